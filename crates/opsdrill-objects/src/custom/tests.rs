//! Whole documents against whole schemas.
