//! Environment variables and where they come from.

use k8s_openapi::api::core::v1::{EnvFromSource, EnvVar, EnvVarSource, ObjectFieldSelector};

use super::{Errors, Path, invalid_each, names, require};
use crate::field_error::FieldError;

/// The fields that a variable may show, in the server's order.
const FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// Fields that exist but may not be shown.
const OTHER_FIELDS: &[&str] = &[
    "metadata.annotations",
    "metadata.labels",
    "spec.restartPolicy",
    "spec.schedulerName",
    "status.phase",
];

pub(crate) fn variables(errors: &mut Errors, path: &Path, variables: &[EnvVar]) {
    for (place, variable) in variables.iter().enumerate() {
        let path = path.index(place);
        let name = path.child("name");
        if variable.name.is_empty() {
            errors.push(FieldError::required(&name, ""));
        } else {
            let messages = names::is_environment_variable_name(&variable.name);
            invalid_each(errors, &name, &variable.name, messages);
        }
        if let Some(source) = &variable.value_from {
            let has_value = variable.value.as_ref().is_some_and(|it| !it.is_empty());
            value_from(errors, &path.child("valueFrom"), source, has_value);
        }
    }
}

fn value_from(errors: &mut Errors, path: &Path, source: &EnvVarSource, has_value: bool) {
    if let Some(field) = &source.field_ref {
        field_ref(errors, &path.child("fieldRef"), field);
    }
    if let Some(resource) = &source.resource_field_ref {
        require(
            errors,
            &path.child("resourceFieldRef").child("resource"),
            Some(&resource.resource),
        );
    }
    for (field, key) in [
        ("configMapKeyRef", source.config_map_key_ref.as_ref().map(|it| it.key.as_str())),
        ("secretKeyRef", source.secret_key_ref.as_ref().map(|it| it.key.as_str())),
    ] {
        let path = path.child(field).child("key");
        match key {
            None => {}
            Some("") => errors.push(FieldError::required(&path, "")),
            Some(key) => invalid_each(errors, &path, key, names::is_config_map_key(key)),
        }
    }
    let sources = usize::from(source.field_ref.is_some())
        + usize::from(source.resource_field_ref.is_some())
        + usize::from(source.config_map_key_ref.is_some())
        + usize::from(source.secret_key_ref.is_some());
    let complaint = match (sources, has_value) {
        (0, _) => {
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
        }
        (_, true) => "may not be specified when `value` is not empty",
        (2.., false) => "may not have more than one field specified at a time",
        _ => return,
    };
    errors.push(FieldError::invalid(path, "", complaint));
}

fn field_ref(errors: &mut Errors, path: &Path, field: &ObjectFieldSelector) {
    require(errors, &path.child("apiVersion"), field.api_version.as_deref());
    let wanted = field.field_path.as_str();
    let path = path.child("fieldPath");
    let (base, subscript) = match wanted.split_once("['") {
        Some((base, rest)) => (base, rest.strip_suffix("']")),
        None => (wanted, None),
    };
    let subscripted =
        subscript.is_some() && matches!(base, "metadata.annotations" | "metadata.labels");
    if subscripted || FIELDS.contains(&wanted) {
        return;
    }
    if wanted.is_empty() {
        errors.push(FieldError::required(&path, ""));
    } else if OTHER_FIELDS.contains(&wanted) {
        errors.push(FieldError::not_supported(&path, wanted, FIELDS));
    } else {
        let why = format!("error converting fieldPath: field label not supported: {wanted}");
        errors.push(FieldError::invalid(&path, wanted, why));
    }
}

pub(crate) fn sources(errors: &mut Errors, path: &Path, sources: &[EnvFromSource]) {
    for (place, source) in sources.iter().enumerate() {
        let path = path.index(place);
        let prefix = source.prefix.as_deref().unwrap_or_default();
        if !prefix.is_empty() {
            let messages = names::is_environment_variable_name(prefix);
            invalid_each(errors, &path.child("prefix"), prefix, messages);
        }
        if let Some(reference) = &source.config_map_ref {
            require(errors, &path.child("configMapRef").child("name"), Some(&reference.name));
        }
        if let Some(reference) = &source.secret_ref {
            require(errors, &path.child("secretRef").child("name"), Some(&reference.name));
        }
        let complaint = match (&source.config_map_ref, &source.secret_ref) {
            (None, None) => "must specify one of: `configMapRef` or `secretRef`",
            (Some(_), Some(_)) => "may not have more than one field specified at a time",
            _ => continue,
        };
        errors.push(FieldError::invalid(&path, "", complaint));
    }
}
