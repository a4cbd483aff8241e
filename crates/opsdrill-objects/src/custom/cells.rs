//! Printer columns: the cells of an object, as the server's Table has them and as kubectl prints them.

use serde_json::Value;

use crate::go_format::{default_format, json};
use crate::{Kind, Object, duration, timestamp};

/// The cells of an object, NAME first; a path that leads nowhere is `null`.
pub fn json_cells(object: &Object, now: i64) -> Vec<Value> {
    let Kind::Custom(custom) = object.kind else { return Vec::new() };
    let document = object.to_value();
    let found = custom.paths().iter().zip(&custom.row().columns).map(|(path, column)| {
        let groups = path.as_ref()?.find_groups(&document).ok()?;
        cell(&column.cell_type, groups.first()?.first()?, now)
    });
    let own = found.map(Option::unwrap_or_default);
    std::iter::once(Value::from(&*object.meta.name)).chain(own).collect()
}

/// The same as kubectl prints them.
pub(super) fn text_cells(object: &Object, now: i64) -> Vec<String> {
    json_cells(object, now).iter().map(text).collect()
}

fn text(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        other => default_format(other),
    }
}

/// A value as a cell of a type (`cellForJSONValue`); whatever does not fit the type is nothing.
fn cell(cell_type: &str, value: &Value, now: i64) -> Option<Value> {
    match (cell_type, value) {
        ("string", Value::Array(_) | Value::Object(_)) => Some(json(value).into()),
        ("string", Value::Null) => Some("null".into()),
        ("string", value) => Some(default_format(value).into()),
        ("integer", Value::Number(number)) => {
            number.as_i64().or_else(|| number.as_f64().map(|it| it as i64)).map(Value::from)
        }
        ("number", Value::Number(_)) | ("boolean", Value::Bool(_)) => Some(value.clone()),
        ("date", Value::String(text)) => Some(match timestamp::parse(text) {
            Ok(moment) => duration::human((now - moment) * 1000).into(),
            Err(_) => "<invalid>".into(),
        }),
        _ => None,
    }
}
