//! Types and kinds.
#![expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]

use opsdrill_template::Value;

use crate::arguments::{kind_of as kind, text};

type Answer = Result<Value, String>;

pub(super) fn type_of(arguments: &[Value]) -> Answer {
    Ok(arguments[0].type_name().into())
}

pub(super) fn type_is(arguments: &[Value]) -> Answer {
    Ok((arguments[1].type_name() == text(arguments, 0)).into())
}

/// The type, or a pointer to it.
pub(super) fn type_is_like(arguments: &[Value]) -> Answer {
    let name = arguments[1].type_name();
    let target = text(arguments, 0);
    Ok((name == target || name.strip_prefix('*') == Some(target)).into())
}

pub(super) fn kind_of(arguments: &[Value]) -> Answer {
    Ok(kind(&arguments[0]).into())
}

pub(super) fn kind_is(arguments: &[Value]) -> Answer {
    Ok((kind(&arguments[1]) == text(arguments, 0)).into())
}

pub(super) fn deep_equal(arguments: &[Value]) -> Answer {
    Ok(is_deep_equal(&arguments[0], &arguments[1]).into())
}

/// Whether types and values are the same all the way down.
pub(super) fn is_deep_equal(one: &Value, other: &Value) -> bool {
    let deep = |one: &[Value], other: &[Value]| {
        one.len() == other.len() && one.iter().zip(other).all(|(a, b)| is_deep_equal(a, b))
    };
    if one.type_name() != other.type_name() {
        return false;
    }
    match (one, other) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Int(_, one), Value::Int(_, other)) => one == other,
        (Value::Float(one), Value::Float(other)) => {
            one.partial_cmp(other) == Some(std::cmp::Ordering::Equal)
        }
        (Value::Text(one), Value::Text(other)) => one == other,
        (Value::Bytes(one), Value::Bytes(other)) => one == other,
        (Value::List(one), Value::List(other)) => deep(one, other),
        (Value::Map(one), Value::Map(other)) => {
            if one.is_same(other) {
                return true;
            }
            let (one, other) = (one.borrow(), other.borrow());
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, it)| other.get(key).is_some_and(|other| is_deep_equal(it, other)))
        }
        (Value::Native(one), Value::Native(other)) => one.text() == other.text(),
        _ => false,
    }
}
