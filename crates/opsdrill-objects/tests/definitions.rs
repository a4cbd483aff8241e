//! What a CustomResourceDefinition may say, in the words of the real server.

use opsdrill_objects::decode::decode_object;
use opsdrill_objects::{Kind, Object};
use serde_json::{Value, json};

const CRD: Kind = Kind::CustomResourceDefinition;

/// A definition with this schema of its specification.
fn definition(spec: Value) -> Value {
    json!({
        "metadata": { "name": "widgets.example.com" },
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": { "kind": "Widget", "plural": "widgets" },
            "versions": [{ "name": "v1", "served": true, "storage": true,
                "schema": { "openAPIV3Schema": { "type": "object", "properties": { "spec": spec } } } }],
        },
    })
}

fn object(document: Value) -> Object {
    let mut object = decode_object(CRD, document).expect("it can be read").value;
    (CRD.info().default)(&mut object);
    object
}

fn complaints(document: Value) -> Vec<String> {
    let errors = (CRD.info().validate)(&object(document));
    errors.iter().map(ToString::to_string).collect()
}

/// The place where complaints about the only schema of a definition stand.
const SPEC: &str = "spec.validation.openAPIV3Schema.properties[spec]";

#[track_caller]
fn assert_complaint(schema: Value, below: &str, why: &str) {
    assert_eq!(complaints(definition(schema)), [format!("{SPEC}{below}: {why}")]);
}

#[test]
fn a_good_definition_is_good() {
    let schema = json!({ "type": "object", "properties": {
        "port": { "x-kubernetes-int-or-string": true, "anyOf": [{ "type": "integer" }, { "type": "string" }] },
        "size": { "type": "integer", "default": 3, "minimum": 1 },
        "list": { "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "items": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } } },
    }, "oneOf": [{ "required": ["port"] }, { "properties": { "size": { "maximum": 5 } } }] });
    assert_eq!(complaints(definition(schema)), Vec::<String>::new());
}

#[test]
fn names_groups_and_versions() {
    let mut document = definition(json!({ "type": "object" }));
    document["metadata"]["name"] = "gadgets.example.com".into();
    document["spec"]["group"] = "example".into();
    document["spec"]["scope"] = "Everywhere".into();
    document["spec"]["names"]["shortNames"] = json!(["W"]);
    let twin = document["spec"]["versions"][0].clone();
    document["spec"]["versions"].as_array_mut().unwrap().push(twin);
    let label = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
    let told = "spec.versions: Invalid value: []apiextensions.CustomResourceDefinitionVersion{...}";
    assert_eq!(
        complaints(document),
        [
            "metadata.name: Invalid value: \"gadgets.example.com\": must be spec.names.plural+\".\"+spec.group".to_owned(),
            "spec.group: Invalid value: \"example\": should be a domain with at least one dot".to_owned(),
            "spec.scope: Unsupported value: \"Everywhere\": supported values: \"Cluster\", \"Namespaced\"".to_owned(),
            format!("{told}: must contain unique version names"),
            format!("{told}: must have exactly one version marked as storage version"),
            format!("spec.names.shortNames[0]: Invalid value: \"W\": {label}"),
        ]
    );
}

#[test]
fn columns_and_subresources() {
    let mut document = definition(json!({ "type": "object" }));
    document["spec"]["versions"][0]["additionalPrinterColumns"] =
        json!([{ "name": "A", "type": "text", "jsonPath": "spec.a" }]);
    document["spec"]["versions"][0]["subresources"] =
        json!({ "scale": { "specReplicasPath": ".status.x", "statusReplicasPath": "" } });
    assert_eq!(
        complaints(document),
        [
            "spec.subresources.scale.specReplicasPath: Invalid value: \".status.x\": should be a json path under .spec",
            "spec.subresources.scale.statusReplicasPath: Required value",
            "spec.additionalPrinterColumns[0].type: Invalid value: \"text\": must be one of boolean,date,integer,number,string",
            "spec.additionalPrinterColumns[0].JSONPath: Invalid value: \"spec.a\": must be a simple json path starting with .",
        ]
    );
}

#[test]
fn schemas_are_structural() {
    let string = json!({ "type": "string" });
    let field = |it: Value| json!({ "type": "object", "properties": { "a": it } });
    assert_complaint(
        field(json!({ "description": "no type" })),
        ".properties[a].type",
        "Required value: must not be empty for specified object fields",
    );
    assert_complaint(
        field(json!({ "type": "array" })),
        ".properties[a].items",
        "Required value: must be specified",
    );
    let mut document = definition(string.clone());
    let root = "/spec/versions/0/schema/openAPIV3Schema";
    document.pointer_mut(root).unwrap()["anyOf"] =
        json!([{ "properties": { "b": { "minLength": 1 } } }]);
    let root = "spec.validation.openAPIV3Schema";
    assert_eq!(
        complaints(document),
        [format!(
            "{root}.properties[b]: Required value: because it is defined in {root}.anyOf[0].properties[b]"
        )]
    );
    assert_complaint(
        json!({ "type": "object", "properties": { "a": string }, "allOf": [{ "properties": { "a": { "type": "string" } } }] }),
        ".allOf[0].properties[a].type",
        "Forbidden: must be empty to be structural",
    );
    assert_complaint(
        field(json!({ "type": "string", "pattern": "(" })),
        ".properties[a].pattern",
        "Invalid value: \"(\": must be a valid regular expression, but isn't: error parsing regexp: unclosed group: `(`",
    );
}

#[test]
fn what_the_dialect_leaves_out_is_refused() {
    let field = |it: Value| json!({ "type": "object", "properties": { "a": it } });
    assert_complaint(
        field(json!({ "type": "text" })),
        ".properties[a].type",
        "Unsupported value: \"text\": supported values: \"array\", \"boolean\", \"integer\", \"number\", \"object\", \"string\"",
    );
    assert_complaint(
        json!({ "type": "object", "properties": { "a": { "type": "string" } }, "additionalProperties": { "type": "string" } }),
        ".additionalProperties",
        "Forbidden: additionalProperties and properties are mutual exclusive",
    );
    assert_complaint(
        field(json!({ "type": "array", "uniqueItems": true, "items": { "type": "string" } })),
        ".properties[a].uniqueItems",
        "Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
    );
    assert_complaint(
        field(
            json!({ "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["b"],
            "items": { "type": "object", "properties": { "b": { "type": "string" } } } }),
        ),
        ".properties[a].items.properties[b].default",
        "Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
    );
    assert_complaint(
        field(json!({ "type": "integer", "default": "many" })),
        ".properties[a].default",
        "Invalid value: \"string\":  in body must be of type integer: \"string\"",
    );
}

#[test]
fn versions_with_schemas_of_their_own_are_complained_about_one_by_one() {
    let mut document = definition(json!({ "type": "object", "properties": { "a": {} } }));
    let mut second = document["spec"]["versions"][0].clone();
    second["name"] = "v2".into();
    second["storage"] = false.into();
    second["schema"]["openAPIV3Schema"]["properties"]["spec"] = json!({ "type": "object" });
    document["spec"]["versions"].as_array_mut().unwrap().push(second);
    assert_eq!(
        complaints(document),
        [
            "spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[a].type: Required value: must not be empty for specified object fields"
        ]
    );
}

#[test]
fn what_objects_depend_on_stays() {
    let old = object(definition(json!({ "type": "object" })));
    let mut changed = definition(json!({ "type": "object" }));
    changed["spec"]["scope"] = "Cluster".into();
    changed["spec"]["names"]["kind"] = "Gadget".into();
    let new = object(changed);
    assert_eq!((CRD.info().validate_update)(&new, &old), []);
    let mut established = old.clone();
    let body = established.custom_resource_definition_mut().unwrap();
    let status = body.status.get_or_insert_default();
    status
        .conditions
        .get_or_insert_default()
        .push(serde_json::from_value(json!({ "type": "Established", "status": "True" })).unwrap());
    let errors = (CRD.info().validate_update)(&new, &established);
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "spec.scope: Invalid value: \"Cluster\": field is immutable",
            "spec.names.kind: Invalid value: \"Gadget\": field is immutable",
        ]
    );
}

#[test]
fn depth_is_bounded() {
    let deep = (0..45).fold(
        json!({ "type": "string" }),
        |below, _| json!({ "type": "object", "properties": { "a": below } }),
    );
    let told = complaints(definition(deep));
    assert!(told[0].contains("opsdrill: not simulated"), "{told:?}");
}

#[test]
fn groups_of_the_project_need_its_approval() {
    let mut document = definition(json!({ "type": "object" }));
    document["metadata"]["name"] = "widgets.example.k8s.io".into();
    document["spec"]["group"] = "example.k8s.io".into();
    assert_eq!(
        complaints(document.clone()),
        [
            "metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation \"api-approved.kubernetes.io\", see https://github.com/kubernetes/enhancements/pull/1111"
        ]
    );
    document["metadata"]["annotations"] =
        json!({ "api-approved.kubernetes.io": "unapproved, a test" });
    assert_eq!(complaints(document), Vec::<String>::new());
}
