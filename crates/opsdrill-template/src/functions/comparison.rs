//! `eq`, `ne`, `lt`, `le`, `gt` and `ge`.

use std::cmp::Ordering;

use crate::print::{display, sprintf};
use crate::value::{IntType, Value};

/// What a value is when it is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Bool,
    Int,
    Uint,
    Float,
    Text,
    Other,
}

fn sort_of(value: &Value) -> Sort {
    match value {
        Value::Bool(_) => Sort::Bool,
        Value::Int(IntType::Uint8 | IntType::Uint64, _) => Sort::Uint,
        Value::Int(..) => Sort::Int,
        Value::Float(_) => Sort::Float,
        Value::Text(_) => Sort::Text,
        _ => Sort::Other,
    }
}

fn are_integers(one: Sort, other: Sort) -> bool {
    let is_integer = |it| matches!(it, Sort::Int | Sort::Uint);
    is_integer(one) && is_integer(other)
}

fn incompatible(one: &Value, other: &Value) -> String {
    format!("incompatible types for comparison: {} and {}", one.type_name(), other.type_name())
}

/// Whether the first argument equals any of the others.
pub(super) fn equal(arguments: &[Value]) -> Result<Value, String> {
    let (first, others) = (&arguments[0], &arguments[1..]);
    if others.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    for other in others {
        if is_equal(first, other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn is_equal(one: &Value, other: &Value) -> Result<bool, String> {
    let (left, right) = (sort_of(one), sort_of(other));
    if left != right && !are_integers(left, right) {
        let nothing = matches!(one, Value::Nil) || matches!(other, Value::Nil);
        return if nothing { Ok(false) } else { Err(incompatible(one, other)) };
    }
    if left != Sort::Other {
        return Ok(order(one, other) == Some(Ordering::Equal));
    }
    match (one, other) {
        (Value::Nil, _) | (_, Value::Nil) => Ok(matches!((one, other), (Value::Nil, Value::Nil))),
        _ if one.type_name() == other.type_name() => {
            let shown = sprintf("%s", std::slice::from_ref(one));
            Err(format!("non-comparable type {shown}: {}", one.type_name()))
        }
        _ => {
            let shown = sprintf("%s", std::slice::from_ref(one));
            let (one, right) = (one.type_name(), other.type_name());
            Err(format!("non-comparable types {shown}: {one}, {right}: {}", display(other)))
        }
    }
}

fn order(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        (Value::Int(_, one), Value::Int(_, other)) => Some(one.cmp(other)),
        (Value::Float(one), Value::Float(other)) => one.partial_cmp(other),
        (Value::Text(one), Value::Text(other)) => Some(one.cmp(other)),
        _ => None,
    }
}

pub(super) fn not_equal(arguments: &[Value]) -> Result<Value, String> {
    Ok(Value::Bool(!is_equal(&arguments[0], &arguments[1])?))
}

fn is_less(one: &Value, other: &Value) -> Result<bool, String> {
    let (left, right) = (sort_of(one), sort_of(other));
    if left == Sort::Other || right == Sort::Other {
        return Err("invalid type for comparison".to_owned());
    }
    if left != right && !are_integers(left, right) {
        return Err(incompatible(one, other));
    }
    if left == Sort::Bool {
        return Err("invalid type for comparison".to_owned());
    }
    Ok(order(one, other) == Some(Ordering::Less))
}

pub(super) fn less(arguments: &[Value]) -> Result<Value, String> {
    Ok(Value::Bool(is_less(&arguments[0], &arguments[1])?))
}

pub(super) fn less_or_equal(arguments: &[Value]) -> Result<Value, String> {
    let (one, other) = (&arguments[0], &arguments[1]);
    Ok(Value::Bool(is_less(one, other)? || is_equal(one, other)?))
}

pub(super) fn greater(arguments: &[Value]) -> Result<Value, String> {
    let Value::Bool(not) = less_or_equal(arguments)? else { return Ok(Value::Bool(false)) };
    Ok(Value::Bool(!not))
}

pub(super) fn greater_or_equal(arguments: &[Value]) -> Result<Value, String> {
    Ok(Value::Bool(!is_less(&arguments[0], &arguments[1])?))
}
