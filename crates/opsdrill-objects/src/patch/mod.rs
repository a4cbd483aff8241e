//! Patches: the three forms the API server takes, and those that kubectl computes.
//!
//! - [`json_patch`]: a list of operations (RFC 6902).
//! - [`merge_patch`]: a partial document (RFC 7396).
//! - [`strategic`]: a partial document whose lists are merged by key.
//! - [`two_way`]: the strategic patch that turns one document into another.
//! - [`three_way`]: the strategic patch of `kubectl apply`.
//! - [`json_syntax`]: reading a patch, with Go's words for what is wrong with it.
//! - [`merge_keys`]: which lists are merged by which key.

pub mod json_patch;
pub mod json_syntax;
pub mod merge_keys;
pub mod merge_patch;
pub mod strategic;
pub mod three_way;
pub mod two_way;

mod list_order;

use serde_json::{Map, Value};

use crate::Status;
use crate::go_format::{default_format, json_kind};

/// A document's fields.
type Fields = Map<String, Value>;

const PATCH_DIRECTIVE: &str = "$patch";
const RETAIN_KEYS_DIRECTIVE: &str = "$retainKeys";
const DELETE_FROM_LIST_PREFIX: &str = "$deleteFromPrimitiveList";
const SET_ELEMENT_ORDER_PREFIX: &str = "$setElementOrder";

/// A patch that cannot be applied, by the way the API server answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The patch itself is malformed: 400.
    #[error("{0}")]
    BadRequest(String),
    /// The patch does not fit the object: 422. The server keeps the reason to itself.
    #[error("{0}")]
    Unprocessable(String),
    /// The patch asks for too much: 413.
    #[error("{0}")]
    TooLarge(String),
    /// A case that the server does not foresee: 500.
    #[error("{0}")]
    Internal(String),
}

impl From<PatchError> for Status {
    fn from(error: PatchError) -> Self {
        match error {
            PatchError::BadRequest(text) => Self::bad_request(text),
            PatchError::Unprocessable(_) => {
                let text = "the server rejected our request due to an error in our request";
                let mut status = Self::new(422, "Invalid", text);
                status.details = Some(Box::default());
                status
            }
            PatchError::TooLarge(text) => {
                Self::new(413, "RequestEntityTooLarge", format!("Request entity too large: {text}"))
            }
            PatchError::Internal(text) => Self::new(500, "", text),
        }
    }
}

impl PatchError {
    fn wrong_type(expected: &str, actual: &Value) -> Self {
        Self::Internal(format!("expected a {expected}, but received a {}", go_type(actual)))
    }

    fn no_merge_key(item: &Fields, merge_key: &str) -> Self {
        let item = default_format(&Value::Object(item.clone()));
        Self::Internal(format!("map: {item} does not contain declared merge key: {merge_key}"))
    }

    fn unknown_directive(directive: &Value, patch: &Fields) -> Self {
        let (directive, patch) =
            (default_format(directive), default_format(&Value::Object(patch.clone())));
        Self::Internal(format!("unknown patch type: {directive} in map: {patch}"))
    }
}

/// Go's name for the type of a decoded value.
fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "%!s(<nil>)",
        Value::Bool(_) => "bool",
        Value::Number(it) if it.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => GO_LIST,
        Value::Object(_) => GO_MAP,
    }
}

const GO_LIST: &str = "[]interface {}";
const GO_MAP: &str = "map[string]interface {}";

fn fields_of<'a>(value: &'a Value, what: &str) -> Result<&'a Fields, PatchError> {
    value.as_object().ok_or_else(|| {
        PatchError::BadRequest(format!(
            "json: cannot unmarshal {} into Go value of type {what}",
            json_kind(value)
        ))
    })
}
