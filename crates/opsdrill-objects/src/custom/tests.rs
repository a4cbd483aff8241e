//! Whole documents against whole schemas.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use serde_json::{Value, json};

use super::schema::Schema;

fn schema(properties: Value) -> Schema {
    let whole = json!({ "type": "object", "properties": { "spec": properties } });
    Schema::of(&serde_json::from_value::<JSONSchemaProps>(whole).expect("a schema"))
}

fn complaints(properties: Value, spec: Value) -> Vec<String> {
    let errors = schema(properties).validate(&json!({ "spec": spec }), None);
    errors.iter().map(ToString::to_string).collect()
}

/// The fields of `spec` after pruning and defaulting, and what was unknown.
fn completed(properties: Value, spec: Value) -> (Value, Vec<String>) {
    let mut document = json!({ "spec": spec });
    let fields = document.as_object_mut().expect("made one above");
    let unknown = schema(properties).complete(fields);
    (document["spec"].take(), unknown)
}

#[test]
fn types_are_named_as_the_server_names_them() {
    let wanted = json!({ "type": "object", "properties": {
        "size": { "type": "integer" }, "ratio": { "type": "number" }, "names": { "type": "array", "items": { "type": "string" } },
        "port": { "x-kubernetes-int-or-string": true }, "on": { "type": "boolean", "nullable": true },
    } });
    let good = json!({ "size": 3, "ratio": 1, "names": ["a"], "port": "http", "on": null });
    assert_eq!(complaints(wanted.clone(), good), Vec::<String>::new());
    let bad = json!({ "size": "3", "ratio": "1", "names": ["a", 2], "port": true, "on": "yes" });
    assert_eq!(
        complaints(wanted, bad),
        [
            "spec.names[1]: Invalid value: \"integer\": spec.names[1] in body must be of type string: \"integer\"",
            "spec.on: Invalid value: \"string\": spec.on in body must be of type boolean: \"string\"",
            "spec.port: Invalid value: \"boolean\": spec.port in body must be of type integer,string: \"boolean\"",
            "spec.ratio: Invalid value: \"string\": spec.ratio in body must be of type number: \"string\"",
            "spec.size: Invalid value: \"string\": spec.size in body must be of type integer: \"string\"",
        ]
    );
}

#[test]
fn limits_are_told_in_the_servers_words() {
    let wanted = json!({ "type": "object", "required": ["name"], "maxProperties": 6, "properties": {
        "name": { "type": "string" },
        "short": { "type": "string", "minLength": 2, "maxLength": 3 },
        "word": { "type": "string", "pattern": "^[a-z]+$" },
        "when": { "type": "string", "format": "date-time" },
        "count": { "type": "integer", "maximum": 5, "exclusiveMaximum": true, "multipleOf": 2 },
        "list": { "type": "array", "minItems": 2, "maxItems": 3, "items": { "type": "integer" } },
        "map": { "type": "object", "additionalProperties": { "type": "integer", "minimum": 1 } },
    } });
    let bad = json!({ "short": "abcd", "word": "A1", "when": "now", "count": 5, "list": [1], "map": { "a": 0 } });
    assert_eq!(
        complaints(wanted, bad),
        [
            "spec.count: Invalid value: 5: spec.count in body should be a multiple of 2",
            "spec.count: Invalid value: 5: spec.count in body should be less than 5",
            "spec.list: Invalid value: 1: spec.list in body should have at least 2 items",
            "spec.map.a: Invalid value: 0: spec.map.a in body should be greater than or equal to 1",
            "spec.short: Too long: may not be more than 3 bytes",
            "spec.when: Invalid value: \"now\": spec.when in body must be of type date-time: \"now\"",
            "spec.word: Invalid value: \"A1\": spec.word in body should match '^[a-z]+$'",
            "spec.name: Required value",
        ]
    );
    let many = json!({ "type": "array", "maxItems": 1, "items": { "type": "integer" } });
    assert_eq!(complaints(many, json!([1, 2])), ["spec: Too many: 2: must have at most 1 item"]);
}

#[test]
fn alternatives_are_complained_about_as_a_whole_and_where_they_came_nearest() {
    let wanted = json!({ "type": "object",
        "properties": { "a": { "type": "string" }, "b": { "type": "string" } },
        "oneOf": [{ "required": ["a"] }, { "required": ["b"] }],
        "not": { "required": ["c"] },
    });
    assert_eq!(complaints(wanted.clone(), json!({ "a": "x" })), Vec::<String>::new());
    assert_eq!(
        complaints(wanted.clone(), json!({})),
        [
            "<nil>: Invalid value: \"\": \"spec\" must validate one and only one schema (oneOf). Found none valid",
            "spec.a: Required value",
        ]
    );
    assert_eq!(
        complaints(wanted, json!({ "a": "x", "b": "y" })),
        [
            "<nil>: Invalid value: \"\": \"spec\" must validate one and only one schema (oneOf). Found 2 valid alternatives"
        ]
    );
}

#[test]
fn unknown_fields_go_unless_they_are_kept() {
    let wanted = json!({ "type": "object", "properties": {
        "known": { "type": "object", "properties": { "a": { "type": "integer" } } },
        "free": { "type": "object", "x-kubernetes-preserve-unknown-fields": true,
            "properties": { "strict": { "type": "object", "properties": { "a": { "type": "integer" } } } } },
        "list": { "type": "array", "items": { "type": "object", "properties": { "a": { "type": "integer" } } } },
    } });
    let given = json!({ "known": { "a": 1, "b": 2 }, "free": { "x": { "y": 1 }, "strict": { "b": 1 } },
        "list": [{ "a": 1 }, { "b": 2 }], "other": 1 });
    assert_eq!(
        completed(wanted, given),
        (
            json!({ "known": { "a": 1 }, "free": { "x": { "y": 1 }, "strict": {} }, "list": [{ "a": 1 }, {}] }),
            ["spec.free.strict.b", "spec.known.b", "spec.list[1].b", "spec.other"]
                .map(str::to_owned)
                .to_vec()
        )
    );
}

#[test]
fn defaults_fill_what_is_missing_and_nulls_that_may_not_be() {
    let wanted = json!({ "type": "object", "properties": {
        "size": { "type": "integer", "default": 3 },
        "maybe": { "type": "integer", "nullable": true, "default": 4 },
        "gone": { "type": "integer" },
        "nested": { "type": "object", "default": {}, "properties": { "deep": { "type": "string", "default": "x" } } },
        "list": { "type": "array", "items": { "type": "object", "properties": { "p": { "type": "string", "default": "TCP" } } } },
    } });
    let given = json!({ "size": null, "maybe": null, "gone": null, "list": [{}, { "p": "UDP" }] });
    assert_eq!(
        completed(wanted, given).0,
        json!({ "size": 3, "maybe": null, "nested": { "deep": "x" }, "list": [{ "p": "TCP" }, { "p": "UDP" }] })
    );
}

#[test]
fn items_are_told_apart_and_resources_within_are_checked() {
    let wanted = json!({ "type": "object", "properties": {
        "set": { "type": "array", "x-kubernetes-list-type": "set", "items": { "type": "string" } },
        "map": { "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "items": { "type": "object", "properties": { "name": { "type": "string" } } } },
        "template": { "type": "object", "x-kubernetes-embedded-resource": true,
            "x-kubernetes-preserve-unknown-fields": true },
    } });
    let bad = json!({ "set": ["a", "b", "a", "a"], "map": [{ "name": "x" }, { "name": "x" }],
        "template": { "kind": "Pod!" } });
    assert_eq!(
        complaints(wanted, bad),
        [
            "spec.template.apiVersion: Required value",
            "spec.template.kind: Invalid value: \"Pod!\": may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
            "spec.map[1]: Duplicate value: map[string]interface {}{\"name\":\"x\"}",
            "spec.set[2]: Duplicate value: \"a\"",
        ]
    );
}
