//! Puts into a document what its schema says of fields that are not given (`pkg/apiserver/schema/defaulting`).

use serde_json::{Map, Value};

use super::schema::Schema;

/// Takes out nulls that may not be, then fills in defaults.
pub(super) fn complete(schema: &Schema, fields: &mut Map<String, Value>) {
    drop_nulls(Some(schema), fields);
    fill(schema, fields);
}

/// `PruneNonNullableNullsWithoutDefaults`.
fn drop_nulls(schema: Option<&Schema>, fields: &mut Map<String, Value>) {
    fields.retain(|name, value| {
        let own = schema.and_then(|it| it.field(name));
        if value.is_null() && own.is_some_and(|it| !it.nullable && it.default.is_none()) {
            return false;
        }
        drop_nulls_below(own, value);
        true
    });
}

fn drop_nulls_below(schema: Option<&Schema>, value: &mut Value) {
    match value {
        Value::Object(fields) => drop_nulls(schema, fields),
        Value::Array(items) => {
            let own = schema.and_then(|it| it.items.as_deref());
            for it in items {
                drop_nulls_below(own, it);
            }
        }
        _ => {}
    }
}

fn fill(schema: &Schema, fields: &mut Map<String, Value>) {
    for (name, own) in &schema.properties {
        if let Some(default) = &own.default
            && fields.get(name).is_none_or(|it| it.is_null() && !own.nullable)
        {
            fields.insert(name.clone(), default.clone());
        }
    }
    for (name, value) in fields.iter_mut() {
        if let Some(own) = schema.field(name) {
            fill_value(own, value, !schema.properties.contains_key(name));
        }
    }
}

/// `replaces` says whether a null is to become the default: fields of a struct have been seen to already.
fn fill_value(schema: &Schema, value: &mut Value, replaces: bool) {
    if replaces && value.is_null() && !schema.nullable {
        *value = schema.default.clone().unwrap_or_default();
    }
    match value {
        Value::Object(fields) => fill(schema, fields),
        Value::Array(items) => {
            let Some(own) = schema.items.as_deref() else { return };
            for it in items {
                fill_value(own, it, true);
            }
        }
        _ => {}
    }
}
