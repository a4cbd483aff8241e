//! Lists whose items are told apart: no item twice in a set, no keys twice in a map
//! (`pkg/apiserver/schema/listtype`).

use serde_json::{Map, Value};

use crate::field_error::{FieldError, FieldErrorKind};
use crate::go_format::go_syntax;

use super::schema::Schema;

/// Complaints about all lists of a document.
pub(super) fn check(schema: &Schema, document: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    schema.visit(document, "", &mut |schema, value, path| {
        let Value::Array(items) = value else { return };
        match schema.list_type.as_str() {
            "set" => errors.extend(repeated(path, items)),
            "map" => errors.extend(repeated_keys(schema, path, items)),
            _ => {}
        }
    });
    errors
}

fn repeated_keys(schema: &Schema, path: &str, items: &[Value]) -> Vec<FieldError> {
    if let Some(place) = items.iter().position(|it| !it.is_object() && !it.is_null()) {
        let path = format!("{path}[{place}]");
        let why = "must be an object for an array of list-type map";
        return vec![FieldError::invalid_raw(path, go_syntax(&items[place]), why)];
    }
    let keys = |item: &Value| -> Value {
        let given =
            schema.list_keys.iter().filter_map(|it| Some((it.clone(), item.get(it)?.clone())));
        Value::Object(given.collect::<Map<_, _>>())
    };
    repeated(path, &items.iter().map(keys).collect::<Vec<_>>())
}

/// Each value's second appearance.
fn repeated(path: &str, items: &[Value]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut seen: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for (place, item) in items.iter().enumerate() {
        let times = seen.entry(item.to_string()).or_default();
        *times += 1;
        if *times == 2 {
            errors.push(FieldError {
                kind: FieldErrorKind::Duplicate,
                field: format!("{path}[{place}]"),
                value: go_syntax(item),
                detail: String::new(),
            });
        }
    }
    errors
}
