//! Resources within resources: they have `apiVersion`, `kind` and `metadata` of their own
//! (`pkg/apiserver/schema/objectmeta`).

use serde_json::Value;

use crate::decode;
use crate::field_error::FieldError;
use crate::go_format::go_syntax;
use crate::validation::names;

use super::schema::Schema;

/// Complaints about the resources within a document.
pub(super) fn check(schema: &Schema, document: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    schema.visit(document, "", &mut |schema, value, path| {
        if schema.is_resource && value.is_object() {
            resource(value, path, &mut errors);
        }
    });
    errors
}

fn resource(value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let at = |name: &str| format!("{path}.{name}");
    for name in ["apiVersion", "kind"] {
        match &value[name] {
            Value::Null if value.get(name).is_none() => {
                errors.push(FieldError::required(at(name), ""));
            }
            Value::String(text) if text.is_empty() => {
                errors.push(FieldError::invalid(at(name), text, "must not be empty"));
            }
            Value::String(text) if name == "kind" => {
                let why = names::is_dns1035_label(&text.to_lowercase());
                if !why.is_empty() {
                    let why = why.join(",");
                    let why = format!("may have mixed case, but should otherwise match: {why}");
                    errors.push(FieldError::invalid(at(name), text, why));
                }
            }
            Value::String(text) if text.matches('/').count() > 1 => {
                let why = format!("unexpected GroupVersion string: {text}");
                errors.push(FieldError::invalid(at(name), text, why));
            }
            Value::String(_) => {}
            other => {
                errors.push(FieldError::invalid_raw(
                    at(name),
                    go_syntax(other),
                    "must be a string",
                ));
            }
        }
    }
    if let Some(metadata) = value.get("metadata")
        && let Err(why) = decode::decode_meta(metadata)
    {
        errors.push(FieldError::invalid_raw(at("metadata"), go_syntax(metadata), why.message));
    }
}
