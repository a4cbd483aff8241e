//! Structural schemas: every field has a type, and what stands under `allOf`, `anyOf`, `oneOf` and `not` only limits
//! values (`pkg/apiserver/schema/validation.go`, `complete.go`).

use std::collections::BTreeMap;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};

use crate::custom::compile_pattern;
use crate::field_error::FieldError;
use crate::validation::{Errors, Path};

/// Where a schema stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

/// Complaints in the order of their texts, as the server sorts them. That what is limited has a structure is looked at for
/// the limits at the root only, as there.
pub(super) fn validate(path: &Path, schema: &JSONSchemaProps) -> Errors {
    let mut errors = Errors::new();
    invariants(&mut errors, path, schema, Level::Root);
    complete(&mut errors, path, schema, path, schema);
    errors.sort_by_key(ToString::to_string);
    errors
}

fn items(schema: &JSONSchemaProps) -> Option<&JSONSchemaProps> {
    match &schema.items {
        Some(JSONSchemaPropsOrArray::Schema(own)) => Some(own),
        _ => None,
    }
}

fn additional(schema: &JSONSchemaProps) -> Option<&JSONSchemaProps> {
    match &schema.additional_properties {
        Some(JSONSchemaPropsOrBool::Schema(own)) => Some(own),
        _ => None,
    }
}

fn kind(schema: &JSONSchemaProps) -> &str {
    schema.type_.as_deref().unwrap_or_default()
}

fn is(flag: Option<bool>) -> bool {
    flag.unwrap_or_default()
}

fn invariants(errors: &mut Errors, path: &Path, schema: &JSONSchemaProps, level: Level) {
    let own = items(schema);
    if kind(schema) == "array" && own.is_none() {
        errors.push(FieldError::required(path.child("items"), "must be specified"));
    }
    if let Some(own) = own {
        invariants(errors, &path.child("items"), own, Level::Item);
    }
    for (name, own) in schema.properties.iter().flatten() {
        invariants(errors, &path.child("properties").key(name), own, Level::Field);
    }
    if schema.additional_properties.is_some() && level == Level::Root {
        let why = "must not be used at the root";
        errors.push(FieldError::forbidden(path.child("additionalProperties"), why));
    }
    if let Some(own) = additional(schema) {
        invariants(errors, &path.child("additionalProperties"), own, Level::Field);
    }
    extensions(errors, path, schema);
    values(errors, path, schema, is_int_or_string(schema), is_all_of_int_or_string(schema));
    types(errors, path, schema, level);
    let is_resource = is(schema.x_kubernetes_embedded_resource);
    let has_metadata = level == Level::Root || is_resource;
    for (name, own) in schema.properties.iter().flatten() {
        let path = path.child("properties").key(name);
        if has_metadata && matches!(name.as_str(), "kind" | "apiVersion") && kind(own) != "string" {
            let why = "must be string";
            errors.push(FieldError::invalid(path.child("type"), kind(own), why));
        } else if name == "metadata" {
            metadata(errors, &path, own, has_metadata, level);
        }
    }
    let keeps = is(schema.x_kubernetes_preserve_unknown_fields);
    if is_resource && !keeps && schema.properties.as_ref().is_none_or(BTreeMap::is_empty) {
        let why = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
        errors.push(FieldError::required(path.child("properties"), why));
    }
}

fn types(errors: &mut Errors, path: &Path, schema: &JSONSchemaProps, level: Level) {
    let own = kind(schema);
    let is_resource = is(schema.x_kubernetes_embedded_resource);
    let free =
        is(schema.x_kubernetes_int_or_string) || is(schema.x_kubernetes_preserve_unknown_fields);
    if is_resource && own != "object" {
        let why = "must be object if x-kubernetes-embedded-resource is true";
        errors.push(match own {
            "" => FieldError::required(path.child("type"), why),
            _ => FieldError::invalid(path.child("type"), own, why),
        });
    } else if own.is_empty() && !free {
        let why = match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        };
        errors.push(FieldError::required(path.child("type"), why));
    }
    if is_resource && schema.additional_properties.is_some() {
        let why = "must not be used if x-kubernetes-embedded-resource is set";
        errors.push(FieldError::forbidden(path.child("additionalProperties"), why));
    }
    if level == Level::Root && !own.is_empty() && own != "object" {
        errors.push(FieldError::invalid(path.child("type"), own, "must be object at the root"));
    }
}

fn extensions(errors: &mut Errors, path: &Path, schema: &JSONSchemaProps) {
    if !is(schema.x_kubernetes_int_or_string) {
        return;
    }
    let why = "must be false if x-kubernetes-int-or-string is true";
    for (name, flag) in [
        ("x-kubernetes-preserve-unknown-fields", schema.x_kubernetes_preserve_unknown_fields),
        ("x-kubernetes-embedded-resource", schema.x_kubernetes_embedded_resource),
    ] {
        if is(flag) {
            errors.push(FieldError::invalid_raw(path.child(name), true, why));
        }
    }
}

/// What a schema may say of `metadata`: nothing but limits of the name.
fn metadata(
    errors: &mut Errors,
    path: &Path,
    schema: &JSONSchemaProps,
    is_checked: bool,
    level: Level,
) {
    if is_checked && kind(schema) != "object" {
        errors.push(FieldError::invalid(path.child("type"), kind(schema), "must be object"));
    }
    if level != Level::Root {
        return;
    }
    let mut rest = schema.clone();
    let names = ["name", "generateName"];
    if rest.properties.as_ref().is_some_and(|it| it.keys().all(|it| names.contains(&it.as_str()))) {
        rest.properties = None;
    }
    rest.type_ = None;
    rest.default = None;
    if rest != JSONSchemaProps::default() {
        let why = "must not specify anything other than name and generateName, but metadata is implicitly specified";
        errors.push(FieldError::forbidden(path, why));
    }
}

/// `anyOf: [{type: integer}, {type: string}]`, the one place where types may stand under `anyOf`.
fn is_int_or_string(schema: &JSONSchemaProps) -> bool {
    let only = |kind: &str| JSONSchemaProps { type_: Some(kind.to_owned()), ..Default::default() };
    schema.any_of.as_deref().is_some_and(|it| *it == [only("integer"), only("string")])
}

fn is_all_of_int_or_string(schema: &JSONSchemaProps) -> bool {
    schema.all_of.iter().flatten().next().is_some_and(is_int_or_string)
}

/// Schemas that only limit values, with their places.
fn nested<'s>(
    path: &Path,
    schema: &'s JSONSchemaProps,
) -> impl Iterator<Item = (Path, &'static str, usize, &'s JSONSchemaProps)> {
    let list = |name: &'static str, own: &'s Option<Vec<JSONSchemaProps>>| {
        let path = path.child(name);
        own.iter().flatten().enumerate().map(move |(at, it)| (path.index(at), name, at, it))
    };
    let not = schema.not.as_deref().map(|it| (path.child("not"), "not", 0, it));
    list("anyOf", &schema.any_of)
        .chain(list("allOf", &schema.all_of))
        .chain(list("oneOf", &schema.one_of))
        .chain(not)
}

fn values(
    errors: &mut Errors,
    path: &Path,
    schema: &JSONSchemaProps,
    skips_any_of: bool,
    skips_first_all_of: bool,
) {
    for (path, name, at, own) in nested(path, schema) {
        if !(name == "anyOf" && skips_any_of) {
            limits_only(errors, &path, own, name == "allOf" && at == 0 && skips_first_all_of);
        }
    }
    if let Some(Err(why)) =
        schema.pattern.as_ref().filter(|it| !it.is_empty()).map(|it| compile_pattern(it))
    {
        let why = format!("must be a valid regular expression, but isn't: {why}");
        let given = schema.pattern.as_deref().unwrap_or_default();
        errors.push(FieldError::invalid(path.child("pattern"), given, why));
    }
}

/// A schema that only limits values: no structure may stand in it.
fn limits_only(errors: &mut Errors, path: &Path, schema: &JSONSchemaProps, skips_any_of: bool) {
    values(errors, path, schema, skips_any_of, false);
    if let Some(own) = items(schema) {
        limits_only(errors, &path.child("items"), own, false);
    }
    for (name, own) in schema.properties.iter().flatten() {
        limits_only(errors, &path.child("properties").key(name), own, false);
    }
    let empty = |it: &Option<String>| it.as_ref().is_none_or(String::is_empty);
    let unset = "must be undefined to be structural";
    let blank = "must be empty to be structural";
    let denied = "must be false to be structural";
    for (name, stands, why) in [
        ("type", !empty(&schema.type_), blank),
        ("additionalProperties", schema.additional_properties.is_some(), unset),
        ("default", schema.default.is_some(), unset),
        ("title", !empty(&schema.title), blank),
        ("description", !empty(&schema.description), blank),
        ("nullable", is(schema.nullable), denied),
        (
            "x-kubernetes-preserve-unknown-fields",
            is(schema.x_kubernetes_preserve_unknown_fields),
            denied,
        ),
        ("x-kubernetes-embedded-resource", is(schema.x_kubernetes_embedded_resource), denied),
        ("x-kubernetes-int-or-string", is(schema.x_kubernetes_int_or_string), denied),
        (
            "x-kubernetes-list-map-keys",
            schema.x_kubernetes_list_map_keys.as_ref().is_some_and(|it| !it.is_empty()),
            blank,
        ),
        ("x-kubernetes-list-type", schema.x_kubernetes_list_type.is_some(), unset),
        ("x-kubernetes-map-type", schema.x_kubernetes_map_type.is_some(), unset),
        (
            "x-kubernetes-validations",
            schema.x_kubernetes_validations.as_ref().is_some_and(|it| !it.is_empty()),
            blank,
        ),
    ] {
        if stands {
            errors.push(FieldError::forbidden(path.child(name), why));
        }
    }
    if schema.properties.as_ref().is_some_and(|it| it.contains_key("metadata")) {
        let why = "must not be specified in a nested context";
        errors.push(FieldError::forbidden(path.child("properties").key("metadata"), why));
    }
}

/// Everything that is limited somewhere must have its structure: `limits` stands at `limits_path`, what it limits is
/// `schema` at `path`.
fn complete(
    errors: &mut Errors,
    limits_path: &Path,
    limits: &JSONSchemaProps,
    path: &Path,
    schema: &JSONSchemaProps,
) {
    for (at, _, _, own) in nested(limits_path, limits) {
        complete_nested(errors, &at, own, path, schema);
    }
}

fn complete_nested(
    errors: &mut Errors,
    limits_path: &Path,
    limits: &JSONSchemaProps,
    path: &Path,
    schema: &JSONSchemaProps,
) {
    complete(errors, limits_path, limits, path, schema);
    let missing = |at: &Path| format!("because it is defined in {at}");
    if let Some(own) = items(limits) {
        let (at, path) = (limits_path.child("items"), path.child("items"));
        match items(schema) {
            Some(below) => complete_nested(errors, &at, own, &path, below),
            None => errors.push(FieldError::required(&path, missing(&at))),
        }
    }
    for (name, own) in limits.properties.iter().flatten() {
        let at = limits_path.child("properties").key(name);
        let path = path.child("properties").key(name);
        match schema.properties.as_ref().and_then(|it| it.get(name)) {
            Some(below) => complete_nested(errors, &at, own, &path, below),
            None => errors.push(FieldError::required(&path, missing(&at))),
        }
    }
}
