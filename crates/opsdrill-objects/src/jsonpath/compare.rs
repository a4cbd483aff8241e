//! What filters compare, by the rules of Go's templates.

use std::cmp::Ordering;

use serde_json::Value;

const BAD_TYPE: &str = "invalid type for comparison";
const INCOMPATIBLE: &str = "incompatible types for comparison";

/// A value that can be compared.
enum Basic<'a> {
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(&'a str),
}

/// Whether `left operator right` holds.
///
/// # Errors
/// With Go's text if the two cannot be compared, or the operator is unknown.
pub(super) fn holds(left: &Value, operator: &str, right: &Value) -> Result<bool, String> {
    let is_wanted: fn(Ordering) -> bool = match operator {
        "==" => Ordering::is_eq,
        "!=" => Ordering::is_ne,
        "<" => Ordering::is_lt,
        "<=" => Ordering::is_le,
        ">" => Ordering::is_gt,
        ">=" => Ordering::is_ge,
        _ => return Err(format!("unrecognized filter operator {operator}")),
    };
    let is_equality = matches!(operator, "==" | "!=");
    let (left, right) = (basic(left)?, basic(right)?);
    let ordering = match (left, right) {
        (Basic::Bool(left), Basic::Bool(right)) if is_equality => Some(left.cmp(&right)),
        (Basic::Bool(_), Basic::Bool(_)) => return Err(BAD_TYPE.to_owned()),
        (Basic::Integer(left), Basic::Integer(right)) => Some(left.cmp(&right)),
        (Basic::Float(left), Basic::Float(right)) => left.partial_cmp(&right),
        (Basic::Text(left), Basic::Text(right)) => Some(left.cmp(right)),
        _ => return Err(INCOMPATIBLE.to_owned()),
    };
    Ok(ordering.is_some_and(is_wanted))
}

fn basic(value: &Value) -> Result<Basic<'_>, String> {
    match value {
        Value::Bool(it) => Ok(Basic::Bool(*it)),
        Value::String(it) => Ok(Basic::Text(it)),
        Value::Number(it) => it
            .as_i128()
            .map(Basic::Integer)
            .or_else(|| it.as_f64().map(Basic::Float))
            .ok_or_else(|| BAD_TYPE.to_owned()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(BAD_TYPE.to_owned()),
    }
}
