//! CustomResourceDefinition: its row, its defaults, and its rules (`pkg/apis/apiextensions/validation`).
//!
//! - `versions`: groups, names, versions, columns, subresources
//! - `schema`: what the schema of a version may say
//! - `structural`: that it gives every field a type outside of `allOf`, `anyOf`, `oneOf` and `not`
//! - `selectable`: fields by which objects are selected

mod schema;
mod selectable;
mod structural;
mod versions;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceConversion, CustomResourceDefinition, CustomResourceDefinitionStatus,
};

use crate::Object;
use crate::custom::definition::has_condition;
use crate::field_error::FieldError;
use crate::go_format::quote;
use crate::validation::{Errors, IMMUTABLE, Path, metadata, names};

use super::row::ROW;
use super::{Kind, KindInfo, SubresourceInfo, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::CustomResourceDefinition,
    name: "CustomResourceDefinition",
    group: "apiextensions.k8s.io",
    plural: "customresourcedefinitions",
    singular: "customresourcedefinition",
    short_names: &["crd", "crds"],
    categories: &["api-extensions"],
    namespaced: false,
    subresources: &[SubresourceInfo::STATUS],
    has_generation: true,
    decode: decode_body::<CustomResourceDefinition>,
    default,
    validate,
    validate_update,
    ..ROW
};

/// As `SetDefaults_CustomResourceDefinitionSpec`; the registry lists the stored version.
fn default(object: &mut Object) {
    let Some(body) = object.custom_resource_definition_mut() else { return };
    let spec = &mut body.spec;
    let named = !spec.names.kind.is_empty();
    if named && spec.names.singular.as_deref().unwrap_or_default().is_empty() {
        spec.names.singular = Some(spec.names.kind.to_lowercase());
    }
    if named && spec.names.list_kind.as_deref().unwrap_or_default().is_empty() {
        spec.names.list_kind = Some(format!("{}List", spec.names.kind));
    }
    let conversion = spec.conversion.get_or_insert_with(CustomResourceConversion::default);
    if conversion.strategy.is_empty() {
        "None".clone_into(&mut conversion.strategy);
    }
    let status = body.status.get_or_insert_with(CustomResourceDefinitionStatus::default);
    status.accepted_names.get_or_insert_default();
    for version in spec.versions.iter().filter(|it| it.storage) {
        let stored = status.stored_versions.get_or_insert_default();
        if !stored.contains(&version.name) {
            stored.push(version.name.clone());
        }
    }
}

fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate_generic(object, names::is_dns1123_subdomain);
    let Some(body) = object.custom_resource_definition() else { return errors };
    let spec = &body.spec;
    if *object.meta.name != *format!("{}.{}", spec.names.plural, spec.group) {
        let why = "must be spec.names.plural+\".\"+spec.group";
        errors.push(FieldError::invalid("metadata.name", &object.meta.name, why));
    }
    versions::validate(&mut errors, &Path::new("spec"), spec);
    if let Some(conversion) = &spec.conversion {
        let path = Path::new("spec").child("conversion").child("strategy");
        match conversion.strategy.as_str() {
            "None" => {}
            "Webhook" => {
                let why = "opsdrill: not simulated: conversion by a webhook";
                errors.push(FieldError::invalid(&path, "Webhook", why));
            }
            other => errors.push(FieldError::not_supported(&path, other, &["None", "Webhook"])),
        }
    }
    stored_versions(&mut errors, body);
    api_approval(&mut errors, object, &spec.group);
    if spec.preserve_unknown_fields == Some(true) {
        let why = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
        errors.push(FieldError::invalid_raw("spec.preserveUnknownFields", true, why));
    }
    errors
}

/// `ValidateCustomResourceDefinitionStoredVersions`: a version of which objects may be stored stays in the specification.
fn stored_versions(errors: &mut Errors, body: &CustomResourceDefinition) {
    let path = Path::new("status").child("storedVersions");
    let stored = body.status.as_ref().and_then(|it| it.stored_versions.as_deref());
    let stored = stored.unwrap_or_default();
    if stored.is_empty() {
        let why = "must have at least one stored version";
        errors.push(FieldError::invalid_raw(&path, "[]string(nil)", why));
        return;
    }
    for (place, name) in stored.iter().enumerate() {
        if body.spec.versions.iter().all(|it| it.name != *name) {
            let why = format!(
                "missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in {name} and removes {name} from status.storedVersions"
            );
            errors.push(FieldError::invalid(path.index(place), name, why));
        }
    }
}

/// Groups of the Kubernetes project need its approval (`validateAPIApproval`).
fn api_approval(errors: &mut Errors, object: &Object, group: &str) {
    const ANNOTATION: &str = "api-approved.kubernetes.io";
    let protected = ["k8s.io", "kubernetes.io"]
        .iter()
        .any(|it| group == *it || group.ends_with(&format!(".{it}")));
    if !protected {
        return;
    }
    let path = format!("metadata.annotations[{ANNOTATION}]");
    let given = object.meta.annotation(ANNOTATION).unwrap_or_default();
    let is_address = given.contains("://") && !given.ends_with("://");
    if given.is_empty() {
        let why = format!(
            "protected groups must have approval annotation {}, see https://github.com/kubernetes/enhancements/pull/1111",
            quote(ANNOTATION)
        );
        errors.push(FieldError::required(path, why));
    } else if !given.starts_with("unapproved") && !is_address {
        let why = format!(
            "protected groups must have approval annotation {} with either a URL or a reason starting with \"unapproved\", see https://github.com/kubernetes/enhancements/pull/1111",
            quote(ANNOTATION)
        );
        errors.push(FieldError::invalid(path, given, why));
    }
}

/// As `ValidateCustomResourceDefinitionUpdate`: group and plural stay, and scope and kind once it is established.
fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let (Some(new), Some(old)) =
        (new.custom_resource_definition(), old.custom_resource_definition())
    else {
        return errors;
    };
    let established = has_condition(old, "Established");
    let (new, old) = (&new.spec, &old.spec);
    for (field, new, old, always) in [
        ("spec.scope", &new.scope, &old.scope, false),
        ("spec.names.kind", &new.names.kind, &old.names.kind, false),
        ("spec.group", &new.group, &old.group, true),
        ("spec.names.plural", &new.names.plural, &old.names.plural, true),
    ] {
        if new != old && (always || established) {
            errors.push(FieldError::invalid(field, new, IMMUTABLE));
        }
    }
    errors
}
