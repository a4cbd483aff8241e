//! `index`, `slice` and `len`.

use crate::print::quote;
use crate::value::{IntType, MapType, Value};

/// The element of a list, a map or a string; several indexes go deeper one after another.
pub(super) fn index(arguments: &[Value]) -> Result<Value, String> {
    let mut item = arguments[0].clone();
    if let Value::Nil = item {
        return Err("index of untyped nil".to_owned());
    }
    for index in &arguments[1..] {
        item = match &item {
            Value::Nil => return Err("index of nil pointer".to_owned()),
            Value::List(items) => items[position(index, items.len(), true)?].clone(),
            Value::Text(text) => {
                let byte = text.as_bytes()[position(index, text.len(), true)?];
                Value::Int(IntType::Uint8, i64::from(byte))
            }
            Value::Bytes(bytes) => {
                let byte = bytes[position(index, bytes.len(), true)?];
                Value::Int(IntType::Uint8, i64::from(byte))
            }
            Value::Native(native) => {
                if let Some(entries) = native.entries() {
                    let Value::Text(key) = index else {
                        let found = index.type_name();
                        return Err(format!("value has type {found}; should be string"));
                    };
                    let found = entries.into_iter().find(|(name, _)| **name == **key);
                    found.map(|(_, it)| it).unwrap_or_default()
                } else if let Some(items) = native.elements() {
                    items[position(index, items.len(), true)?].clone()
                } else {
                    let name = native.type_name().trim_start_matches('*');
                    return Err(format!("can't index item of type {name}"));
                }
            }
            Value::Map(fields) => match index {
                Value::Text(key) => match fields.borrow().get(&**key) {
                    Some(found) => found.clone(),
                    None if fields.kind() == MapType::Text => Value::text(""),
                    None => Value::Nil,
                },
                Value::Nil => return Err("value is nil; should be of type string".to_owned()),
                other => {
                    return Err(format!("value has type {}; should be string", other.type_name()));
                }
            },
            other => return Err(format!("can't index item of type {}", other.type_name())),
        };
    }
    Ok(item)
}

/// A place in something so long; the end itself is a place for slices only.
fn position(index: &Value, length: usize, is_element: bool) -> Result<usize, String> {
    let number = match index {
        Value::Int(_, it) => *it,
        Value::Nil => return Err("cannot index slice/array with nil".to_owned()),
        other => {
            return Err(format!("cannot index slice/array with type {}", other.type_name()));
        }
    };
    let place = usize::try_from(number).ok();
    place
        .filter(|it| *it < length || (!is_element && *it == length))
        .ok_or_else(|| format!("index out of range: {number}"))
}

/// A part of a list or a string.
pub(super) fn slice(arguments: &[Value]) -> Result<Value, String> {
    let (item, indexes) = (&arguments[0], &arguments[1..]);
    if indexes.len() > 3 {
        return Err(format!("too many slice indexes: {}", indexes.len()));
    }
    let length = match item {
        Value::Nil => return Err("slice of untyped nil".to_owned()),
        Value::Text(_) if indexes.len() == 3 => {
            return Err("cannot 3-index slice a string".to_owned());
        }
        Value::Text(text) => text.len(),
        Value::List(items) => items.len(),
        Value::Bytes(bytes) => bytes.len(),
        other => return Err(format!("can't slice item of type {}", other.type_name())),
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = position(index, length, false)?;
    }
    let [begin, end, _] = bounds;
    if begin > end {
        return Err(format!("invalid slice index: {begin} > {end}"));
    }
    Ok(match item {
        Value::List(items) => Value::list_of(items.element(), items[begin..end].to_vec()),
        Value::Bytes(bytes) => Value::Bytes(bytes[begin..end].into()),
        Value::Text(text) => {
            Value::text(String::from_utf8_lossy(&text.as_bytes()[begin..end]).into_owned())
        }
        other => unreachable!("no length was found for {}", quote(other.type_name())),
    })
}

/// How many elements or bytes there are.
pub(super) fn length(arguments: &[Value]) -> Result<Value, String> {
    let length = match &arguments[0] {
        Value::Nil => return Err("reflect: call of reflect.Value.Type on zero Value".to_owned()),
        Value::Text(text) => text.len(),
        Value::List(items) => items.len(),
        Value::Map(fields) => fields.borrow().len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Native(native) => match (native.entries(), native.elements()) {
            (Some(entries), _) => entries.len(),
            (None, Some(elements)) => elements.len(),
            (None, None) => return Err(format!("len of type {}", native.type_name())),
        },
        other => return Err(format!("len of type {}", other.type_name())),
    };
    Ok(Value::int(i64::try_from(length).unwrap_or(i64::MAX)))
}
