//! YAML and JSON into values as Helm decodes them: all numbers are floating point numbers.

use opsdrill_objects::go_format;
use opsdrill_objects::go_format::json_kind;
use opsdrill_objects::patch::json_syntax;
use opsdrill_objects::yaml;
use serde_json::{Map, Number, Value};

/// A document that must be a map.
///
/// # Errors
/// With the words of Go's YAML library.
pub(crate) fn map(text: &str) -> Result<Map<String, Value>, String> {
    as_map(document(text)?).map_err(wrapped)
}

/// A document that must be a list.
///
/// # Errors
/// With the words of Go's YAML library.
pub(crate) fn list(text: &str) -> Result<Vec<Value>, String> {
    as_list(document(text)?).map_err(wrapped)
}

/// A JSON text that must be an object.
///
/// # Errors
/// With the words of Go's `encoding/json`.
pub(crate) fn json_map(text: &str) -> Result<Map<String, Value>, String> {
    as_map(json(text)?)
}

/// A JSON text that must be an array.
///
/// # Errors
/// With the words of Go's `encoding/json`.
pub(crate) fn json_list(text: &str) -> Result<Vec<Value>, String> {
    as_list(json(text)?)
}

/// A JSON text.
///
/// # Errors
/// With the words of Go's `encoding/json`.
pub(crate) fn json(text: &str) -> Result<Value, String> {
    json_syntax::parse(text).map(with_floats)
}

/// A document with its numbers as they are written.
///
/// # Errors
/// With the words of Go's YAML library.
pub(crate) fn document(text: &str) -> Result<Value, String> {
    yaml::parse_document(text).map(|it| it.value).map_err(|it| it.to_string())
}

fn wrapped(why: String) -> String {
    format!("error unmarshaling JSON: while decoding JSON: {why}")
}

fn as_map(value: Value) -> Result<Map<String, Value>, String> {
    match with_floats(value) {
        Value::Object(fields) => Ok(fields),
        Value::Null => Ok(Map::new()),
        other => Err(mismatch(&other, "map[string]interface {}")),
    }
}

fn as_list(value: Value) -> Result<Vec<Value>, String> {
    match with_floats(value) {
        Value::Array(items) => Ok(items),
        Value::Null => Ok(Vec::new()),
        other => Err(mismatch(&other, "[]interface {}")),
    }
}

/// What Go says of a value of another type.
fn mismatch(value: &Value, target: &str) -> String {
    format!("json: cannot unmarshal {} into Go value of type {target}", json_kind(value))
}

/// A scalar where a text is wanted: numbers and truths are written down, so that `1.10` is `1.1`.
pub(crate) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(it) => Some(it.clone()),
        Value::Number(it) => Some(go_format::number(it)),
        Value::Bool(it) => Some(it.to_string()),
        _ => None,
    }
}

/// All numbers as floating point numbers.
pub(crate) fn with_floats(value: Value) -> Value {
    match value {
        Value::Number(it) => {
            it.as_f64().and_then(Number::from_f64).map_or(Value::Number(it), Value::Number)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(with_floats).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(key, it)| (key, with_floats(it))).collect())
        }
        other => other,
    }
}
