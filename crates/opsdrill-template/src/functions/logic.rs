//! `and`, `or`, `not` and `call`.
#![expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]

use crate::print::display;
use crate::value::Value;

/// The first argument that is not true, or the last.
pub(super) fn and(arguments: &[Value]) -> Result<Value, String> {
    deciding(arguments, false)
}

/// The first argument that is true, or the last.
pub(super) fn or(arguments: &[Value]) -> Result<Value, String> {
    deciding(arguments, true)
}

fn deciding(arguments: &[Value], truth: bool) -> Result<Value, String> {
    let found = arguments.iter().find(|it| it.is_true() == truth);
    Ok(found.or(arguments.last()).cloned().unwrap_or_default())
}

pub(super) fn not(arguments: &[Value]) -> Result<Value, String> {
    Ok(Value::Bool(!arguments[0].is_true()))
}

/// No value of a document is a function.
pub(super) fn call(arguments: &[Value]) -> Result<Value, String> {
    Err(match &arguments[0] {
        Value::Nil => "call of nil".to_owned(),
        other => format!("non-function {} of type {}", display(other), other.type_name()),
    })
}
