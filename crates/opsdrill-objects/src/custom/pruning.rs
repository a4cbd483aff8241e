//! Takes out of a document what its schema does not know (`pkg/apiserver/schema/pruning`).

use serde_json::{Map, Value};

use super::schema::Schema;

/// What every resource has beside its schema.
pub(super) const OF_RESOURCES: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Prunes a whole document's fields; answers the paths of what was unknown, sorted.
pub(super) fn prune(schema: &Schema, fields: &mut Map<String, Value>) -> Vec<String> {
    let mut unknown = Vec::new();
    prune_fields(schema, true, fields, "", &mut unknown);
    unknown.sort();
    unknown
}

/// Prunes a value that stands alone, such as a default.
pub(super) fn prune_value(schema: &Schema, value: &mut Value) {
    prune_at(Some(schema), value, "", &mut Vec::new());
}

fn prune_at(schema: Option<&Schema>, value: &mut Value, path: &str, unknown: &mut Vec<String>) {
    match (schema, value) {
        (Some(schema), Value::Object(fields)) => {
            prune_fields(schema, schema.is_resource, fields, path, unknown);
        }
        (None, Value::Object(fields)) => {
            unknown.extend(fields.keys().map(|it| child(path, it)));
            fields.clear();
        }
        // Items of a list that keeps what it does not know are kept, too, but for what their own schema leaves out.
        (Some(schema), Value::Array(items)) if schema.keeps_unknown => {
            let own = schema.items.as_deref();
            for (place, item) in items.iter_mut().enumerate() {
                if let Some(own) = own {
                    keep_at(own, item, &format!("{path}[{place}]"), unknown);
                }
            }
        }
        (schema, Value::Array(items)) => {
            let own = schema.and_then(|it| it.items.as_deref());
            for (place, item) in items.iter_mut().enumerate() {
                prune_at(own, item, &format!("{path}[{place}]"), unknown);
            }
        }
        _ => {}
    }
}

fn prune_fields(
    schema: &Schema,
    is_resource: bool,
    fields: &mut Map<String, Value>,
    path: &str,
    unknown: &mut Vec<String>,
) {
    fields.retain(|name, value| {
        if is_resource && OF_RESOURCES.contains(&name.as_str()) {
            return true;
        }
        let path = child(path, name);
        if let Some(own) = schema.properties.get(name) {
            prune_at(Some(own), value, &path, unknown);
        } else if let Some(other) = &schema.additional {
            match other {
                Some(own) => prune_at(Some(own), value, &path, unknown),
                None => prune_at(None, value, &path, unknown),
            }
        } else if !schema.keeps_unknown {
            unknown.push(path);
            return false;
        }
        true
    });
}

/// Goes through what is kept whatever it is, to where schemas speak again.
fn keep_at(schema: &Schema, value: &mut Value, path: &str, unknown: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                if schema.is_resource && OF_RESOURCES.contains(&name.as_str()) {
                    continue;
                }
                if let Some(own) = schema.field(name) {
                    prune_at(Some(own), value, &child(path, name), unknown);
                }
            }
        }
        Value::Array(items) => {
            let Some(own) = schema.items.as_deref() else { return };
            for (place, item) in items.iter_mut().enumerate() {
                keep_at(own, item, &format!("{path}[{place}]"), unknown);
            }
        }
        _ => {}
    }
}

fn child(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
