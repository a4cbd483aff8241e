//! Where a custom resource keeps the numbers of its `scale` subresource.

use serde_json::{Map, Value, json};

use crate::Object;
use crate::field_error::FieldError;
use crate::go_format::{default_format, go_syntax, go_type};

use super::ScalePaths;

/// Complaints about what stands at the paths (`ValidateScaleSpec`, `ValidateScaleStatus`).
pub(super) fn check(paths: &ScalePaths, document: &Value, with_spec: bool) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if with_spec {
        count(&paths.spec_replicas, document, &mut errors);
    }
    count(&paths.status_replicas, document, &mut errors);
    if let Some(value) = at(&paths.selector, document).filter(|it| !it.is_string()) {
        let name = paths.selector.trim_start_matches('.');
        let why = format!(
            ".{name} accessor error: {} is of the type {}, expected string",
            go_syntax(value),
            go_type(value)
        );
        errors.push(FieldError::invalid(&paths.selector, "", why));
    }
    errors
}

fn count(path: &str, document: &Value, errors: &mut Vec<FieldError>) {
    let Some(value) = at(path, document) else { return };
    match value.as_i64() {
        Some(it) if it < 0 => {
            errors.push(FieldError::invalid_raw(path, it, "should be a non-negative integer"));
        }
        Some(it) if it > i64::from(i32::MAX) => {
            let why = format!("should be less than or equal to {}", i32::MAX);
            errors.push(FieldError::invalid_raw(path, it, why));
        }
        Some(_) => {}
        None => {
            let why = format!(
                "{path} accessor error: {} is of the type {}, expected int64",
                default_format(value),
                go_type(value)
            );
            errors.push(FieldError::invalid_raw(path, 0, why));
        }
    }
}

fn at<'a>(path: &str, document: &'a Value) -> Option<&'a Value> {
    let path = path.strip_prefix('.')?;
    path.split('.').try_fold(document, |value, name| value.get(name))
}

impl ScalePaths {
    /// What a Scale says of an object: replicas wanted, replicas there, and the selector.
    pub fn read(&self, object: &Object) -> (Option<i32>, Option<i32>, String) {
        let document = object.body.to_value();
        let number = |path: &str| {
            at(path, &document).and_then(Value::as_i64).and_then(|it| i32::try_from(it).ok())
        };
        let selector = at(&self.selector, &document).and_then(Value::as_str).unwrap_or_default();
        (number(&self.spec_replicas), number(&self.status_replicas), selector.to_owned())
    }

    /// Sets the replicas that are wanted.
    pub fn write(&self, object: &mut Object, replicas: i32) {
        let Some(body) = object.custom_mut() else { return };
        let mut names: Vec<&str> = self.spec_replicas.trim_start_matches('.').split('.').collect();
        let last = names.pop().unwrap_or_default();
        let mut fields = &mut body.fields;
        for name in names {
            let next = fields.entry(name).or_insert_with(|| json!({}));
            if !next.is_object() {
                *next = Value::Object(Map::new());
            }
            fields = next.as_object_mut().expect("made one above");
        }
        fields.insert(last.to_owned(), replicas.into());
    }
}
