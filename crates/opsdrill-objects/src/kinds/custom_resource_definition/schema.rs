//! What the schema of a version may say (`validateCustomResourceDefinitionValidation`).

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool, ValidationRule,
};

use crate::custom::schema::Schema;
use crate::field_error::FieldError;
use crate::go_format::go_syntax;
use crate::validation::{Errors, Path};

use super::structural;

const TYPES: &[&str] = &["array", "boolean", "integer", "number", "object", "string"];

/// How deep schemas may be nested in each other.
const DEPTH_MAX: usize = 40;
/// How many schemas may be in one.
const COUNT_MAX: usize = 50_000;

/// What may stand at the root beside a status of its own.
const AT_ROOT: &str = "[Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations]";

/// Complaints about the schema at the root of a version.
pub(super) fn validate(
    errors: &mut Errors,
    path: &Path,
    schema: &JSONSchemaProps,
    has_status: bool,
) {
    let mut count = 0;
    if !is_bounded(schema, DEPTH_MAX, &mut count) {
        let why =
            "opsdrill: not simulated: a schema of more than 50000 parts, or nested deeper than 40";
        errors.push(FieldError::invalid(path, "", why));
        return;
    }
    if has_status {
        status_at_root(errors, path, schema);
    }
    if schema.nullable == Some(true) {
        let why = "nullable cannot be true at the root";
        errors.push(FieldError::forbidden(path.child("nullable"), why));
    }
    let structure = structural::validate(path, schema);
    if structure.is_empty() {
        defaults(errors, path, schema, false);
    }
    errors.extend(structure);
    let rules = Rules { forbids_defaults: None, is_metadata: false };
    check(errors, path, schema, true, rules);
}

fn is_bounded(schema: &JSONSchemaProps, depth: usize, count: &mut usize) -> bool {
    *count += 1;
    depth > 0 && *count <= COUNT_MAX && below(schema).all(|it| is_bounded(it.2, depth - 1, count))
}

/// Every schema directly within one, with its place; the numbers of lists apart.
fn below(
    schema: &JSONSchemaProps,
) -> impl Iterator<Item = (&'static str, Option<String>, &JSONSchemaProps)> {
    let items = match &schema.items {
        Some(JSONSchemaPropsOrArray::Schema(own)) => std::slice::from_ref(&**own),
        Some(JSONSchemaPropsOrArray::Schemas(list)) => list,
        None => &[],
    };
    let additional = match &schema.additional_properties {
        Some(JSONSchemaPropsOrBool::Schema(own)) => Some(&**own),
        _ => None,
    };
    let properties =
        schema.properties.iter().flatten().map(|(name, it)| ("properties", Some(name.clone()), it));
    let lists = [("allOf", &schema.all_of), ("oneOf", &schema.one_of), ("anyOf", &schema.any_of)];
    let lists = lists
        .into_iter()
        .flat_map(|(name, own)| own.iter().flatten().map(move |it| (name, None, it)));
    let additional = additional.into_iter().map(|it| ("additionalProperties", None, it));
    let not = schema.not.as_deref().into_iter().map(|it| ("not", None, it));
    let items = items.iter().map(|it| ("items", None, it));
    additional.chain(properties).chain(not).chain(lists).chain(items)
}

/// What may stand beside the schema of a status that is written by itself.
fn status_at_root(errors: &mut Errors, path: &Path, schema: &JSONSchemaProps) {
    let kind = schema.type_.as_deref().unwrap_or_default();
    if !kind.is_empty() && kind != "object" {
        let why = "only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled";
        errors.push(FieldError::invalid(path.child("type"), kind, why));
        return;
    }
    let others = schema.all_of.is_some()
        || schema.any_of.is_some()
        || schema.one_of.is_some()
        || schema.not.is_some()
        || schema.enum_.is_some()
        || schema.default.is_some()
        || schema.nullable == Some(true)
        || schema.max_properties.is_some()
        || schema.min_properties.is_some()
        || schema.additional_properties.is_some();
    if others {
        let why = format!(
            "only {AT_ROOT} fields are allowed at the root of the schema if the status subresource is enabled"
        );
        errors.push(FieldError::invalid_raw(path, "apiextensions.JSONSchemaProps{...}", why));
    }
}

/// What changes on the way from the root.
#[derive(Clone, Copy)]
struct Rules {
    /// Why defaults may not stand here.
    forbids_defaults: Option<&'static str>,
    /// Whether this is about `metadata`, `apiVersion` or `kind` of a resource.
    is_metadata: bool,
}

/// `ValidateCustomResourceDefinitionOpenAPISchema`.
fn check(errors: &mut Errors, path: &Path, schema: &JSONSchemaProps, is_root: bool, rules: Rules) {
    standard(errors, path, schema, rules);
    if schema.unique_items == Some(true) {
        let why =
            "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        errors.push(FieldError::forbidden(path.child("uniqueItems"), why));
    }
    let has_properties = schema.properties.as_ref().is_some_and(|it| !it.is_empty());
    let is_open =
        matches!(schema.additional_properties, Some(JSONSchemaPropsOrBool::Bool(true)) | None);
    if has_properties && !is_open {
        let why = "additionalProperties and properties are mutual exclusive";
        errors.push(FieldError::forbidden(path.child("additionalProperties"), why));
    }
    let mut places = std::collections::BTreeMap::new();
    for (name, key, own) in below(schema) {
        let place = places.entry(name).or_insert(0_usize);
        let at = match (name, &key) {
            ("properties", Some(key)) => path.child(name).key(key),
            ("allOf" | "oneOf" | "anyOf", _) => path.child(name).index(*place),
            _ => path.child(name),
        };
        *place += 1;
        check(errors, &at, own, false, rules_below(rules, schema, is_root, name, key.as_deref()));
    }
    extensions(errors, path, schema);
    cel(errors, path, schema.x_kubernetes_validations.as_deref().unwrap_or_default());
}

fn rules_below(
    mut rules: Rules,
    schema: &JSONSchemaProps,
    is_root: bool,
    name: &str,
    key: Option<&str>,
) -> Rules {
    if name == "additionalProperties" && rules.is_metadata {
        let why = "inside additionalProperties applying to object metadata";
        rules.forbids_defaults = Some(why);
    }
    let is_resource = is_root || schema.x_kubernetes_embedded_resource == Some(true);
    if let Some(key @ ("metadata" | "kind" | "apiVersion")) = key
        && is_resource
    {
        rules.is_metadata = true;
        if is_root {
            rules.forbids_defaults = Some(match key {
                "metadata" => "in top-level metadata",
                "kind" => "in top-level kind",
                _ => "in top-level apiVersion",
            });
        }
    }
    rules
}

/// What this dialect of OpenAPI leaves out (`specStandardValidatorV3`).
fn standard(errors: &mut Errors, path: &Path, schema: &JSONSchemaProps, rules: Rules) {
    let kind = schema.type_.as_deref().unwrap_or_default();
    if !kind.is_empty() && !TYPES.contains(&kind) {
        errors.push(FieldError::not_supported(path.child("type"), kind, TYPES));
    }
    if let Some(why) = rules.forbids_defaults.filter(|_| schema.default.is_some()) {
        errors.push(FieldError::forbidden(path.child("default"), format!("must not be set {why}")));
    }
    for (name, stands) in [
        ("id", schema.id.as_ref().is_some_and(|it| !it.is_empty())),
        ("additionalItems", schema.additional_items.is_some()),
        ("patternProperties", schema.pattern_properties.as_ref().is_some_and(|it| !it.is_empty())),
        ("definitions", schema.definitions.as_ref().is_some_and(|it| !it.is_empty())),
        ("dependencies", schema.dependencies.is_some()),
        ("$ref", schema.ref_path.is_some()),
    ] {
        if stands {
            errors
                .push(FieldError::forbidden(path.child(name), format!("{name} is not supported")));
        }
    }
    if kind == "null" {
        let why = "type cannot be set to null, use nullable as an alternative";
        errors.push(FieldError::forbidden(path.child("type"), why));
    }
    if matches!(schema.items, Some(JSONSchemaPropsOrArray::Schemas(_))) {
        let why = "items must be a schema object and not an array";
        errors.push(FieldError::forbidden(path.child("items"), why));
    }
    if rules.is_metadata && schema.x_kubernetes_embedded_resource == Some(true) {
        let why = "must not be used inside of resource meta";
        errors.push(FieldError::forbidden(path.child("x-kubernetes-embedded-resource"), why));
    }
}

/// The server's own additions to the dialect: types of lists and maps.
fn extensions(errors: &mut Errors, path: &Path, schema: &JSONSchemaProps) {
    let kind = schema.type_.as_deref().unwrap_or_default();
    if schema.x_kubernetes_preserve_unknown_fields == Some(false) {
        let path = path.child("x-kubernetes-preserve-unknown-fields");
        errors.push(FieldError::invalid_raw(path, false, "must be true or undefined"));
    }
    let types = [
        (
            "x-kubernetes-map-type",
            &schema.x_kubernetes_map_type,
            "object",
            &["atomic", "granular"][..],
        ),
        (
            "x-kubernetes-list-type",
            &schema.x_kubernetes_list_type,
            "array",
            &["atomic", "set", "map"],
        ),
    ];
    for (name, given, wanted, words) in types {
        let Some(given) = given else { continue };
        if kind != wanted {
            let why = format!("must be {wanted} if {name} is specified");
            errors.push(match kind {
                "" => FieldError::required(path.child("type"), why),
                _ => FieldError::invalid(path.child("type"), kind, why),
            });
        }
        if !words.contains(&given.as_str()) {
            errors.push(FieldError::not_supported(path.child(name), given, words));
        }
    }
    lists(errors, path, schema);
}

fn lists(errors: &mut Errors, path: &Path, schema: &JSONSchemaProps) {
    let list_type = schema.x_kubernetes_list_type.as_deref().unwrap_or_default();
    let keys = schema.x_kubernetes_list_map_keys.as_deref().unwrap_or_default();
    if !keys.is_empty() && list_type != "map" {
        let path = path.child("x-kubernetes-list-type");
        let why = "must be map if x-kubernetes-list-map-keys is non-empty";
        errors.push(match list_type {
            "" => FieldError::required(path, why),
            _ => FieldError::invalid(path, list_type, why),
        });
    }
    let item = match &schema.items {
        Some(JSONSchemaPropsOrArray::Schema(own)) => Some(&**own),
        _ => None,
    };
    let item_type = item.and_then(|it| it.type_.as_deref()).unwrap_or_default();
    let items_path = path.child("items");
    if list_type == "set"
        && item_type == "object"
        && item.is_some_and(|it| it.x_kubernetes_map_type.as_deref() != Some("atomic"))
    {
        let why = "must be atomic as item of a list with x-kubernetes-list-type=set";
        errors.push(FieldError::invalid_raw(
            items_path.child("x-kubernetes-map-type"),
            "null",
            why,
        ));
    }
    if !matches!(list_type, "set" | "map") {
        return;
    }
    if list_type == "map" {
        if keys.is_empty() {
            let why = "must not be empty if x-kubernetes-list-type is map";
            errors.push(FieldError::required(path.child("x-kubernetes-list-map-keys"), why));
        }
        match item {
            None => {
                let why = "must have a schema if x-kubernetes-list-type is map";
                errors.push(FieldError::required(&items_path, why));
            }
            Some(_) if item_type != "object" => {
                let why = "must be object if parent array's x-kubernetes-list-type is map";
                errors.push(FieldError::invalid(items_path.child("type"), item_type, why));
            }
            Some(item) => map_keys(errors, path, item, keys),
        }
    }
    let Some(item) = item else { return };
    if item.nullable == Some(true) {
        let why = format!("cannot be nullable when x-kubernetes-list-type is {list_type}");
        errors.push(FieldError::forbidden(items_path.child("nullable"), why));
    }
    for key in keys.iter().filter(|_| list_type == "map") {
        let Some(own) = item.properties.as_ref().and_then(|it| it.get(key)) else { continue };
        let path = items_path.child("properties").key(key);
        if own.default.is_none() && !item.required.iter().flatten().any(|it| it == key) {
            let why = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
            errors.push(FieldError::required(path.child("default"), why));
        }
        if own.nullable == Some(true) {
            let why = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
            errors.push(FieldError::forbidden(path.child("nullable"), why));
        }
    }
}

fn map_keys(errors: &mut Errors, path: &Path, item: &JSONSchemaProps, keys: &[String]) {
    let shown = format!(
        "[]string{{{}}}",
        keys.iter().map(|it| format!("{it:?}")).collect::<Vec<_>>().join(", ")
    );
    let own_path = path.child("x-kubernetes-list-map-keys");
    for (place, key) in keys.iter().enumerate() {
        match item.properties.as_ref().and_then(|it| it.get(key)) {
            Some(own) if matches!(own.type_.as_deref(), Some("array" | "object")) => {
                let path = path.child("items").child("properties").key(key).child("type");
                let why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
                errors.push(FieldError::invalid(path, "object", why));
            }
            Some(_) => {}
            None => {
                let why = "entries must all be names of item properties";
                errors.push(FieldError::invalid_raw(&own_path, &shown, why));
            }
        }
        if keys[..place].contains(key) {
            let why = "must not contain duplicate entries";
            errors.push(FieldError::invalid_raw(&own_path, &shown, why));
        }
    }
}

/// What can be said of rules without evaluating them.
fn cel(errors: &mut Errors, path: &Path, rules: &[ValidationRule]) {
    let path = path.child("x-kubernetes-validations");
    for (place, rule) in rules.iter().enumerate() {
        let path = path.index(place);
        let message = rule.message.as_deref().unwrap_or_default();
        if rule.rule.trim().is_empty() {
            errors.push(FieldError::required(path.child("rule"), "rule is not specified"));
        } else if !message.is_empty() && message.trim().is_empty() {
            let why = "must be non-empty if specified";
            errors.push(FieldError::invalid(path.child("message"), message, why));
        } else if message.trim().contains(['\n', '\r']) {
            let why = "must not contain line breaks";
            errors.push(FieldError::invalid(path.child("message"), message, why));
        } else if rule.rule.trim().contains(['\n', '\r']) && message.is_empty() {
            let why = "message must be specified if rule contains line breaks";
            errors.push(FieldError::required(path.child("message"), why));
        }
    }
}

/// Defaults are good values of their schemas (`ValidateDefaults`).
fn defaults(errors: &mut Errors, path: &Path, schema: &JSONSchemaProps, is_metadata: bool) {
    if let Some(default) = schema.default.as_ref().filter(|_| !is_metadata) {
        let own = Schema::of(schema);
        let path = path.child("default");
        if own.has_unknown(&default.0) {
            let shown = go_syntax(&default.0);
            errors.push(FieldError::invalid_raw(&path, shown, "must not have unknown fields"));
        }
        errors.extend(own.validate_default(&default.0, &String::from(&path)));
    }
    if let Some(JSONSchemaPropsOrArray::Schema(own)) = &schema.items {
        defaults(errors, &path.child("items"), own, is_metadata);
    }
    for (name, own) in schema.properties.iter().flatten() {
        let inside = is_metadata
            || name == "metadata" && schema.x_kubernetes_embedded_resource == Some(true);
        defaults(errors, &path.child("properties").key(name), own, inside);
    }
}
