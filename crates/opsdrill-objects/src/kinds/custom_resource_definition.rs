//! CustomResourceDefinition.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceConversion, CustomResourceDefinition, CustomResourceDefinitionStatus,
};

use crate::Object;
use crate::field_error::FieldError;
use crate::validation::{Errors, Path, invalid_each, metadata, names};

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
    not_simulated: "its resources are not served",
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

/// As `ValidateCustomResourceDefinitionSpec`, without the rules of the schema itself.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(body) = object.custom_resource_definition() else { return errors };
    let spec = &body.spec;
    let expected = format!("{}.{}", spec.names.plural, spec.group);
    if *object.meta.name != *expected {
        let why = "must be spec.names.plural+\".\"+spec.group";
        errors.push(FieldError::invalid("metadata.name", &object.meta.name, why));
    }
    let path = Path::new("spec");
    if spec.group.is_empty() {
        errors.push(FieldError::required(path.child("group"), ""));
    } else {
        let messages = names::is_dns1123_subdomain(&spec.group);
        invalid_each(&mut errors, &path.child("group"), &spec.group, messages);
        if !spec.group.contains('.') {
            let why = "should be a domain with at least one dot";
            errors.push(FieldError::invalid(path.child("group"), &spec.group, why));
        }
    }
    let scopes = ["Cluster", "Namespaced"];
    if spec.scope.is_empty() {
        errors.push(FieldError::required(path.child("scope"), ""));
    } else if !scopes.contains(&spec.scope.as_str()) {
        errors.push(FieldError::not_supported(path.child("scope"), &spec.scope, &scopes));
    }
    validate_versions(&mut errors, &path, body);
    validate_names(&mut errors, &path.child("names"), body);
    if let Some(conversion) = &spec.conversion
        && conversion.strategy == "Webhook"
    {
        let path = path.child("conversion").child("strategy");
        let why = "opsdrill: not simulated: conversion by a webhook";
        errors.push(FieldError::invalid(&path, "Webhook", why));
    }
    errors
}

fn validate_versions(errors: &mut Errors, path: &Path, body: &CustomResourceDefinition) {
    let versions = &body.spec.versions;
    let versions_path = path.child("versions");
    for (place, version) in versions.iter().enumerate() {
        let path = versions_path.index(place);
        let messages = names::is_dns1035_label(&version.name);
        invalid_each(errors, &path.child("name"), &version.name, messages);
        if versions[..place].iter().any(|it| it.name == version.name) {
            let why = "must be unique";
            errors.push(FieldError::invalid(path.child("name"), &version.name, why));
        }
        let schema = version.schema.as_ref().and_then(|it| it.open_api_v3_schema.as_ref());
        let schema_path = path.child("schema").child("openAPIV3Schema");
        match schema {
            None => errors.push(FieldError::required(&schema_path, "schemas are required")),
            Some(schema) => {
                let kind = schema.type_.as_deref().unwrap_or_default();
                if kind.is_empty() {
                    let why = "must not be empty at the root";
                    errors.push(FieldError::required(schema_path.child("type"), why));
                } else if kind != "object" {
                    let why = "must be object at the root";
                    errors.push(FieldError::invalid(schema_path.child("type"), kind, why));
                }
            }
        }
    }
    let stored = versions.iter().filter(|it| it.storage).count();
    if stored != 1 {
        let why = "must have exactly one version marked as storage version";
        errors.push(FieldError::invalid_raw(&versions_path, format!("{stored}"), why));
    }
}

fn validate_names(errors: &mut Errors, path: &Path, body: &CustomResourceDefinition) {
    let given = &body.spec.names;
    for (field, name) in [
        ("plural", given.plural.clone()),
        ("singular", given.singular.clone().unwrap_or_default()),
        ("kind", given.kind.to_lowercase()),
        ("listKind", given.list_kind.clone().unwrap_or_default().to_lowercase()),
    ] {
        let path = path.child(field);
        if name.is_empty() {
            errors.push(FieldError::required(&path, ""));
        } else {
            invalid_each(errors, &path, &name, names::is_dns1035_label(&name));
        }
    }
    let list = [("shortNames", &given.short_names), ("categories", &given.categories)];
    for (field, words) in list {
        for (place, word) in words.iter().flatten().enumerate() {
            let messages = names::is_dns1035_label(word);
            invalid_each(errors, &path.child(field).index(place), word, messages);
        }
    }
}

/// As `ValidateCustomResourceDefinitionUpdate`: once established, group, scope and kind stay.
fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let (Some(new), Some(old)) =
        (new.custom_resource_definition(), old.custom_resource_definition())
    else {
        return errors;
    };
    let (new, old) = (&new.spec, &old.spec);
    for (field, new, old) in [
        ("spec.group", &new.group, &old.group),
        ("spec.scope", &new.scope, &old.scope),
        ("spec.names.kind", &new.names.kind, &old.names.kind),
        ("spec.names.plural", &new.names.plural, &old.names.plural),
    ] {
        if new != old {
            errors.push(FieldError::invalid(field, new, crate::validation::IMMUTABLE));
        }
    }
    errors
}
