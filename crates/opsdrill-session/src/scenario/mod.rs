//! Scenarios: the files, how they are read, and what a world made of them is.

pub mod format;
