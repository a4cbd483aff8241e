//! `namePrefix`, `nameSuffix`, and what else names a resource that has another name by now.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kubectl::kustomize::resource::{Resource, text_at};

/// Kinds whose names are left alone.
const KEPT: &[&str] = &["Namespace", "CustomResourceDefinition", "APIService"];

/// Puts something before and after all names.
pub(super) fn run(prefix: &str, suffix: &str, resources: &mut [Resource]) {
    if prefix.is_empty() && suffix.is_empty() {
        return;
    }
    for resource in resources.iter_mut().filter(|it| !KEPT.contains(&it.kind())) {
        let name = format!("{prefix}{}{suffix}", resource.name());
        resource.document["metadata"]["name"] = name.into();
    }
}

/// Kind and name of each resource.
pub(in crate::kubectl::kustomize) fn names_of(resources: &[Resource]) -> Vec<(String, String)> {
    resources.iter().map(|it| (it.kind().to_owned(), it.name().to_owned())).collect()
}

/// A path through a document whose end holds a name; `*` stands for all elements of a list.
type Path = &'static [&'static str];

/// Where names of a kind stand in a pod's specification.
const IN_PODS: &[(&str, Path)] = &[
    ("ConfigMap", &["volumes", "*", "configMap", "name"]),
    ("ConfigMap", &["volumes", "*", "projected", "sources", "*", "configMap", "name"]),
    ("Secret", &["volumes", "*", "secret", "secretName"]),
    ("Secret", &["volumes", "*", "projected", "sources", "*", "secret", "name"]),
    ("Secret", &["imagePullSecrets", "*", "name"]),
    ("PersistentVolumeClaim", &["volumes", "*", "persistentVolumeClaim", "claimName"]),
    ("ServiceAccount", &["serviceAccountName"]),
    ("ServiceAccount", &["serviceAccount"]),
    ("PriorityClass", &["priorityClassName"]),
];

/// The same in a container.
const IN_CONTAINERS: &[(&str, Path)] = &[
    ("ConfigMap", &["env", "*", "valueFrom", "configMapKeyRef", "name"]),
    ("ConfigMap", &["envFrom", "*", "configMapRef", "name"]),
    ("Secret", &["env", "*", "valueFrom", "secretKeyRef", "name"]),
    ("Secret", &["envFrom", "*", "secretRef", "name"]),
];

/// Where pods' specifications stand, by the kind of what holds them.
const POD_SPECS: &[Path] = &[
    &["spec"],
    &["spec", "template", "spec"],
    &["spec", "jobTemplate", "spec", "template", "spec"],
];

/// Where names stand elsewhere: kind of the holder, kind of what is named, path.
const ELSEWHERE: &[(&str, &str, Path)] = &[
    ("StatefulSet", "Service", &["spec", "serviceName"]),
    (
        "Ingress",
        "Service",
        &["spec", "rules", "*", "http", "paths", "*", "backend", "service", "name"],
    ),
    ("Ingress", "Service", &["spec", "defaultBackend", "service", "name"]),
    ("Ingress", "Secret", &["spec", "tls", "*", "secretName"]),
    ("Ingress", "IngressClass", &["spec", "ingressClassName"]),
    ("ServiceAccount", "Secret", &["imagePullSecrets", "*", "name"]),
    ("ServiceAccount", "Secret", &["secrets", "*", "name"]),
    ("PersistentVolumeClaim", "PersistentVolume", &["spec", "volumeName"]),
    ("PersistentVolumeClaim", "StorageClass", &["spec", "storageClassName"]),
    ("APIService", "Service", &["spec", "service", "name"]),
];

/// Writes the new names wherever a resource names another.
pub(in crate::kubectl::kustomize) fn follow(
    resources: &mut [Resource],
    before: &[(String, String)],
) {
    let mut renamed: BTreeMap<(String, String), String> = BTreeMap::new();
    for ((kind, name), resource) in before.iter().zip(resources.iter()) {
        if resource.name() != name {
            renamed.insert((kind.clone(), name.clone()), resource.name().to_owned());
        }
    }
    if renamed.is_empty() {
        return;
    }
    for resource in resources {
        let kind = resource.kind().to_owned();
        let document = &mut resource.document;
        for spec in POD_SPECS {
            visit(document, spec, &mut |spec| {
                for (named, path) in IN_PODS {
                    visit(spec, path, &mut |it| rename(it, named, &renamed));
                }
                for list in ["containers", "initContainers", "ephemeralContainers"] {
                    for (named, path) in IN_CONTAINERS {
                        let whole: Vec<&str> = [list, "*"].iter().chain(*path).copied().collect();
                        visit(spec, &whole, &mut |it| rename(it, named, &renamed));
                    }
                }
            });
        }
        for (_, named, path) in ELSEWHERE.iter().filter(|(holder, ..)| *holder == kind) {
            visit(document, path, &mut |it| rename(it, named, &renamed));
        }
        let by_kind: &[Path] = match kind.as_str() {
            "RoleBinding" | "ClusterRoleBinding" => &[&["roleRef"], &["subjects", "*"]],
            "HorizontalPodAutoscaler" => &[&["spec", "scaleTargetRef"]],
            _ => &[],
        };
        for path in by_kind {
            visit(document, path, &mut |it| {
                let named = text_at(it, "/kind").to_owned();
                if let Some(name) = it.get_mut("name") {
                    rename(name, &named, &renamed);
                }
            });
        }
    }
}

fn rename(value: &mut Value, kind: &str, renamed: &BTreeMap<(String, String), String>) {
    let name = value.as_str().unwrap_or_default().to_owned();
    if let Some(new) = renamed.get(&(kind.to_owned(), name)) {
        *value = new.clone().into();
    }
}

/// Does something with everything that a path leads to.
pub(super) fn visit(value: &mut Value, path: &[&str], act: &mut dyn FnMut(&mut Value)) {
    let Some((step, rest)) = path.split_first() else { return act(value) };
    if *step == "*" {
        for item in value.as_array_mut().into_iter().flatten() {
            visit(item, rest, act);
        }
    } else if let Some(inner) = value.get_mut(*step) {
        visit(inner, rest, act);
    }
}
