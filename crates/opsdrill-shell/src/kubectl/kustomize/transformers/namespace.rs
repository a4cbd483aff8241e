//! `namespace`.

use opsdrill_objects::Kind;
use serde_json::Value;

use crate::kubectl::kustomize::resource::{Resource, text_at};

/// Puts all resources that live in a namespace into this one.
pub(super) fn run(namespace: &str, resources: &mut [Resource]) {
    if namespace.is_empty() {
        return;
    }
    let accounts: Vec<String> = resources
        .iter()
        .filter(|it| it.kind() == "ServiceAccount")
        .map(|it| it.name().to_owned())
        .collect();
    for resource in resources {
        let api_version = text_at(&resource.document, "/apiVersion");
        let known = Kind::by_name(api_version, resource.kind());
        match resource.kind() {
            "Namespace" if api_version == "v1" => {
                resource.document["metadata"]["name"] = namespace.into();
            }
            _ if known.is_none_or(|it| it.info().namespaced) => {
                resource.document["metadata"]["namespace"] = namespace.into();
            }
            _ => {}
        }
        if !matches!(resource.kind(), "RoleBinding" | "ClusterRoleBinding") {
            continue;
        }
        let subjects = resource.document.get_mut("subjects").and_then(Value::as_array_mut);
        for subject in subjects.into_iter().flatten() {
            let name = text_at(subject, "/name");
            let ours = name == "default" || accounts.iter().any(|it| it == name);
            if subject["kind"] == "ServiceAccount" && ours {
                subject["namespace"] = namespace.into();
            }
        }
    }
}
