//! The order in which resources come out: what others need first.

use super::resource::Resource;

/// Kinds that come first, in their order.
const FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
/// Kinds that come last.
const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Puts resources in their order.
pub(super) fn sort(resources: &mut [Resource]) {
    let rank = |kind: &str| {
        let place = |list: &[&str]| list.iter().position(|it| *it == kind);
        match (place(FIRST), place(LAST)) {
            (Some(place), _) => place,
            (None, Some(place)) => FIRST.len() + 1 + place,
            (None, None) => FIRST.len(),
        }
    };
    resources.sort_by_cached_key(|it| {
        let (group, version) = it.group_version();
        let kind = (group.to_owned(), version.to_owned(), it.kind().to_owned());
        (rank(it.kind()), kind, it.namespace().to_owned(), it.name().to_owned())
    });
}
