//! Which kinds are installed first.

use crate::render::Generation;

const INSTALL: &[&str] = &[
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
];

/// Helm 4 knows two more.
const INSTALL_LATER: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// A kind's place; kinds that are not known come last, by name.
pub fn of_install(kind: &str, generation: Generation) -> (usize, String) {
    let later = if generation == Generation::Four { INSTALL_LATER } else { &[] };
    let known = INSTALL.iter().chain(later).position(|it| *it == kind);
    match known {
        Some(place) => (place, String::new()),
        None => (usize::MAX, kind.to_owned()),
    }
}

/// A kind's place when all goes: the other way round, but that services stay until nothing leads to them any more.
pub fn of_uninstall(kind: &str, generation: Generation) -> (usize, String) {
    let (place, name) = of_install(kind, generation);
    if place == usize::MAX {
        return (place, name);
    }
    let reversed = |place: usize| 2 * (INSTALL.len() + INSTALL_LATER.len() - place);
    let before = INSTALL.iter().position(|it| *it == "IngressClass").unwrap_or_default();
    (if kind == "Service" { reversed(before) + 1 } else { reversed(place) }, name)
}
