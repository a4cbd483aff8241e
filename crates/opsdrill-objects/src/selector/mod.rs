//! Label and field selectors: parsing, matching and printing as the API does.
//!
//! - `label`: a selector and what it matches.
//! - `requirement`: one requirement of it.
//! - `syntax`: the text form, `a=b,c in (d,e),!f`.
//! - `field`: field selectors, `status.phase=Running`.
//! - `names`: what keys and values of labels look like.

mod field;
mod label;
mod names;
mod requirement;
mod syntax;

pub use field::{FieldRequirement, FieldSelector};
pub use label::{Selector, format_label_selector, format_labels};
pub use names::{is_dns1123_subdomain, is_label_value, is_qualified_name};
pub use requirement::{Operator, Requirement};

/// A selector that the API refuses; the text is the API's own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SelectorError(pub String);
