//! `--sort-by`: objects in the order of what a path finds in them.
//!
//! Equal objects keep the order in which the server listed them; the real kubectl promises none.

use std::cmp::Ordering;
use std::sync::Arc;

use opsdrill_objects::Object;
use opsdrill_objects::jsonpath::{Template, relaxed};
use opsdrill_objects::quantity::Quantity;
use serde_json::Value;

use super::errors::ToolError;

/// Sorts by a path; objects that lack the field come first.
///
/// # Errors
/// kubectl's complaint: the text is no path, or no object has the field.
pub(super) fn sort(objects: &mut Vec<Arc<Object>>, path: &str) -> Result<(), ToolError> {
    let template = Template::parse_relaxed(path).map_err(ToolError::plain)?;
    let mut keyed = Vec::new();
    for object in objects.iter() {
        let document = object.to_value();
        let groups = template.find_groups(&document).map_err(ToolError::plain)?;
        let key = groups.first().and_then(|it| it.first()).map(|it| (*it).clone());
        keyed.push((key, Arc::clone(object)));
    }
    if !keyed.is_empty() && keyed.iter().all(|(key, _)| key.is_none()) {
        return Err(ToolError::plain(format!(
            "couldn't find any field with path \"{}\" in the list of objects",
            relaxed(path).unwrap_or_default()
        )));
    }
    keyed.sort_by(|(one, _), (other, _)| match (one, other) {
        (Some(one), Some(other)) => compare(one, other),
        _ => one.is_some().cmp(&other.is_some()),
    });
    *objects = keyed.into_iter().map(|(_, object)| object).collect();
    Ok(())
}

/// Numbers by value, texts that are quantities by amount, other texts in natural order.
fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_i64().cmp(&other.as_i64()),
        (Value::String(one), Value::String(other)) => {
            match (Quantity::parse(one), Quantity::parse(other)) {
                (Ok(one), Ok(other)) => one.cmp(&other),
                _ => natural(one.as_bytes(), other.as_bytes()),
            }
        }
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        _ => Ordering::Equal,
    }
}

/// Runs of digits compare as numbers: `web-2` before `web-10`.
fn natural(mut one: &[u8], mut other: &[u8]) -> Ordering {
    loop {
        let (Some(left), Some(right)) = (one.first(), other.first()) else {
            return one.len().cmp(&other.len());
        };
        if left.is_ascii_digit() && right.is_ascii_digit() {
            let (left, left_rest) = number(one);
            let (right, right_rest) = number(other);
            let order = left.len().cmp(&right.len()).then_with(|| left.cmp(right));
            if order != Ordering::Equal {
                return order;
            }
            (one, other) = (left_rest, right_rest);
        } else if left == right {
            (one, other) = (&one[1..], &other[1..]);
        } else {
            return left.cmp(right);
        }
    }
}

/// The digits at the beginning, without leading zeros, and what follows.
fn number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|it| !it.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let zeros = digits.iter().position(|it| *it != b'0').unwrap_or(digits.len());
    (&digits[zeros..], rest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_sort_naturally_and_quantities_by_amount() {
        assert_eq!(compare(&json!("web-2"), &json!("web-10")), Ordering::Less);
        assert_eq!(compare(&json!("1Gi"), &json!("900Mi")), Ordering::Greater);
        assert_eq!(compare(&json!(9), &json!(10)), Ordering::Less);
    }
}
