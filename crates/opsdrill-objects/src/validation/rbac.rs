//! Rules, references and subjects of RBAC (`pkg/apis/rbac/validation`).

use k8s_openapi::api::rbac::v1::{PolicyRule, RoleRef, Subject};

use super::{Errors, Path, invalid_each, names};
use crate::field_error::FieldError;

/// The API group of roles and of users and groups.
pub const GROUP: &str = "rbac.authorization.k8s.io";

/// What is wrong with a name that stands in a URL; empty if nothing.
pub(crate) fn is_path_segment(name: &str) -> Vec<String> {
    match name {
        "." | ".." => return vec![format!("may not be '{name}'")],
        _ => {}
    }
    let bad = ["/", "%"].into_iter().filter(|it| name.contains(it));
    bad.map(|it| format!("may not contain '{it}'")).collect()
}

/// The rules of a role.
pub(crate) fn rules(errors: &mut Errors, rules: &[PolicyRule], namespaced: bool) {
    for (place, rule) in rules.iter().enumerate() {
        let path = Path::new("rules").index(place);
        let is_empty = |it: &Option<Vec<String>>| it.as_ref().is_none_or(Vec::is_empty);
        if rule.verbs.is_empty() {
            let why = "verbs must contain at least one value";
            errors.push(FieldError::required(path.child("verbs"), why));
        }
        if !is_empty(&rule.non_resource_urls) {
            let value =
                super::go_value::string_list(rule.non_resource_urls.as_deref().unwrap_or_default());
            let path = path.child("nonResourceURLs");
            if namespaced {
                let why = "namespaced rules cannot apply to non-resource URLs";
                errors.push(FieldError::invalid_raw(&path, &value, why));
            }
            let names_resources = !is_empty(&rule.api_groups)
                || !is_empty(&rule.resources)
                || !is_empty(&rule.resource_names);
            if names_resources {
                let why = "rules cannot apply to both regular resources and non-resource URLs";
                errors.push(FieldError::invalid_raw(&path, &value, why));
            }
            continue;
        }
        if is_empty(&rule.api_groups) {
            let why = "resource rules must supply at least one api group";
            errors.push(FieldError::required(path.child("apiGroups"), why));
        }
        if is_empty(&rule.resources) {
            let why = "resource rules must supply at least one resource";
            errors.push(FieldError::required(path.child("resources"), why));
        }
    }
}

/// The role that a binding names, and whom it names.
pub(crate) fn binding(
    errors: &mut Errors,
    role: &RoleRef,
    subjects: Option<&[Subject]>,
    namespaced: bool,
) {
    let path = Path::new("roleRef");
    if role.api_group != GROUP {
        let path = path.child("apiGroup");
        errors.push(FieldError::not_supported(&path, &role.api_group, &[GROUP]));
    }
    let kinds: &[&str] = if namespaced { &["ClusterRole", "Role"] } else { &["ClusterRole"] };
    if !kinds.contains(&role.kind.as_str()) {
        errors.push(FieldError::not_supported(path.child("kind"), &role.kind, kinds));
    }
    if role.name.is_empty() {
        errors.push(FieldError::required(path.child("name"), ""));
    } else {
        invalid_each(errors, &path.child("name"), &role.name, is_path_segment(&role.name));
    }
    for (place, subject) in subjects.into_iter().flatten().enumerate() {
        validate_subject(errors, &Path::new("subjects").index(place), subject, namespaced);
    }
}

fn validate_subject(errors: &mut Errors, path: &Path, subject: &Subject, namespaced: bool) {
    if subject.name.is_empty() {
        errors.push(FieldError::required(path.child("name"), ""));
    }
    let group = subject.api_group.as_deref().unwrap_or_default();
    let namespace = subject.namespace.as_deref().unwrap_or_default();
    match subject.kind.as_str() {
        "ServiceAccount" => {
            if !subject.name.is_empty() {
                let messages = names::is_dns1123_subdomain(&subject.name);
                invalid_each(errors, &path.child("name"), &subject.name, messages);
            }
            if !group.is_empty() {
                errors.push(FieldError::not_supported(path.child("apiGroup"), group, &[""]));
            }
            if !namespaced && namespace.is_empty() {
                errors.push(FieldError::required(path.child("namespace"), ""));
            }
        }
        "User" | "Group" => {
            if group != GROUP {
                errors.push(FieldError::not_supported(path.child("apiGroup"), group, &[GROUP]));
            }
        }
        other => {
            let kinds = ["Group", "ServiceAccount", "User"];
            errors.push(FieldError::not_supported(path.child("kind"), other, &kinds));
        }
    }
}

/// The role of a binding stays: whoever may change subjects is not to change what they may do.
pub(crate) fn role_stays(errors: &mut Errors, new: &RoleRef, old: &RoleRef) {
    if new != old {
        let value = format!(
            "rbac.RoleRef{{APIGroup:{:?}, Kind:{:?}, Name:{:?}}}",
            new.api_group, new.kind, new.name
        );
        errors.push(FieldError::invalid_raw("roleRef", value, "cannot change roleRef"));
    }
}
