//! What a function was called with. The template checks types before the call, so that another one here is a mistake
//! in the table.

use std::rc::Rc;

use opsdrill_template::{Fields, IntType, Items, Value};

/// A text.
pub(crate) fn text(arguments: &[Value], index: usize) -> &str {
    match &arguments[index] {
        Value::Text(it) => it,
        other => unreachable!("{} is no text", other.type_name()),
    }
}

/// A whole number of Go's type `int`.
pub(crate) fn int(arguments: &[Value], index: usize) -> i64 {
    match &arguments[index] {
        Value::Int(IntType::Int, it) => *it,
        other => unreachable!("{} is no int", other.type_name()),
    }
}

/// A truth.
pub(crate) fn truth(arguments: &[Value], index: usize) -> bool {
    match &arguments[index] {
        Value::Bool(it) => *it,
        other => unreachable!("{} is no bool", other.type_name()),
    }
}

/// A map; `None` if it is nil.
pub(crate) fn map(arguments: &[Value], index: usize) -> Option<&Fields> {
    match &arguments[index] {
        Value::Map(it) => Some(it),
        Value::Nil => None,
        other => unreachable!("{} is no map", other.type_name()),
    }
}

/// The elements of anything that Go counts as a slice.
pub(crate) fn elements(value: &Value) -> Option<Rc<[Value]>> {
    match value {
        Value::List(it) => Some(Rc::from(&**it)),
        Value::Bytes(it) => {
            Some(it.iter().map(|it| Value::Int(IntType::Uint8, i64::from(*it))).collect())
        }
        Value::Native(it) => it.elements().map(Rc::from),
        _ => None,
    }
}

/// The elements of a list, or the complaint that it is none; `complaint` has a place for the kind.
pub(crate) fn list(value: &Value, complaint: &str) -> Result<Rc<[Value]>, String> {
    if let Value::Nil = value {
        return Err(NIL_POINTER.to_owned());
    }
    elements(value).ok_or_else(|| complaint.replace("{}", kind_of(value)))
}

/// What Go says of a step through nothing.
pub(crate) const NIL_POINTER: &str =
    "runtime error: invalid memory address or nil pointer dereference";

/// The name of a value's kind.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Nil => "invalid",
        Value::Bool(_) => "bool",
        Value::Int(IntType::Int, _) => "int",
        Value::Int(IntType::Int64, _) => "int64",
        Value::Int(IntType::Uint8, _) => "uint8",
        Value::Int(IntType::Uint64, _) => "uint64",
        Value::Float(_) => "float64",
        Value::Text(_) => "string",
        Value::Bytes(_) | Value::List(_) => "slice",
        Value::Map(_) => "map",
        Value::Native(it) => it.kind(),
    }
}

/// A list's type for a list that is made of it.
pub(crate) fn items(value: &Value) -> Option<&Items> {
    match value {
        Value::List(it) => Some(it),
        _ => None,
    }
}
