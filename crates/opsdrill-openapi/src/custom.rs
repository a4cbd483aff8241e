//! The schemas of custom resources as clients read them: what the definition says, and what every resource has.

use serde_json::{Map, Value, json};

/// The name of the schema of `metadata`.
pub const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

const API_VERSION: &str = "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources";
const KIND: &str = "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds";
const METADATA: &str = "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

/// `com.example.v1.Widget`: the group's words from the last to the first.
pub fn name_of(group: &str, version: &str, kind: &str) -> String {
    let mut words: Vec<&str> = group.split('.').collect();
    words.reverse();
    words.extend([version, kind]);
    words.join(".")
}

/// A definition's schema as it is published.
pub fn published(schema: &Value) -> Value {
    let mut schema = schema.clone();
    embed(&mut schema, true);
    schema
}

/// Adds what every resource has to the schema of one, and to those of resources within it.
fn embed(schema: &mut Value, is_resource: bool) {
    let Some(fields) = schema.as_object_mut() else { return };
    let embedded = fields.get("x-kubernetes-embedded-resource").and_then(Value::as_bool);
    let properties = fields.get_mut("properties").and_then(Value::as_object_mut);
    properties.into_iter().flat_map(Map::values_mut).for_each(|it| embed(it, false));
    for name in ["items", "additionalProperties"] {
        if let Some(below) = fields.get_mut(name) {
            embed(below, false);
        }
    }
    if !is_resource && embedded != Some(true) {
        return;
    }
    if !is_resource {
        let required = fields.entry("required").or_insert_with(|| json!([]));
        for name in ["kind", "apiVersion"] {
            let stands = required.as_array().is_some_and(|it| it.iter().any(|it| it == name));
            if let Some(list) = required.as_array_mut().filter(|_| !stands) {
                list.push(name.into());
            }
        }
    }
    fields.entry("type").or_insert_with(|| "object".into());
    let properties = fields.entry("properties").or_insert_with(|| json!({}));
    properties["apiVersion"] = json!({ "description": API_VERSION, "type": "string" });
    properties["kind"] = json!({ "description": KIND, "type": "string" });
    let reference = format!("#/components/schemas/{OBJECT_META}");
    properties["metadata"] = json!({ "description": METADATA, "allOf": [{ "$ref": reference }] });
}
