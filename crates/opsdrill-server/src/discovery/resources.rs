//! Every resource that the server has, each in all its versions.
//!
//! The order of the groups is a fact of the real server (recordings `discovery/`).

use std::sync::Arc;

use opsdrill_objects::Kind;
use opsdrill_objects::custom::definition::{Definition, prefer};
use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_objects::kinds::{KINDS, KindInfo, SubresourceInfo};
use serde_json::Value;

use crate::metrics;

/// The groups in the order of the real server.
const GROUPS: &[&str] = &[
    "",
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    metrics::GROUP,
];

/// A resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) plural: String,
    pub(crate) singular: String,
    pub(crate) kind: String,
    pub(crate) namespaced: bool,
    pub(crate) verbs: &'static [&'static str],
    pub(crate) short_names: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) parts: Vec<SubresourceInfo>,
    /// Whether its objects are kept, so that they have a version in the store.
    pub(crate) stored: bool,
    /// The version in which its objects are stored.
    pub(crate) storage_version: String,
    /// The schema of a custom kind; those of the built-in ones are the program's own.
    pub(crate) schema: Option<Arc<Value>>,
}

/// The resource of a stored kind in one of its versions.
fn of_kind(info: &KindInfo, group: &str, version: &str) -> Resource {
    let owned = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect();
    let mut parts = info.subresources.to_vec();
    if !matches!(info.kind, Kind::Custom(_)) {
        parts.sort_by_key(|it| it.name);
    }
    Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        plural: info.plural.to_owned(),
        singular: info.singular.to_owned(),
        kind: info.name.to_owned(),
        namespaced: info.namespaced,
        verbs: info.verbs,
        short_names: owned(info.short_names),
        categories: owned(info.categories),
        parts,
        stored: info.is_stored() && info.kind != Kind::ComponentStatus,
        storage_version: version.to_owned(),
        schema: None,
    }
}

/// A stored kind in all its versions.
fn versions(info: &KindInfo) -> impl Iterator<Item = Resource> {
    let others = info.other_versions.iter().map(|it| (it.group, it.version));
    let all = std::iter::once((info.group, info.version)).chain(others);
    all.map(|(group, version)| of_kind(info, group, version))
}

/// What the metrics server has.
fn measured() -> impl Iterator<Item = Resource> {
    metrics::RESOURCES.iter().map(|(plural, kind, of)| Resource {
        group: metrics::GROUP.to_owned(),
        version: metrics::VERSION.to_owned(),
        plural: (*plural).to_owned(),
        singular: String::new(),
        kind: (*kind).to_owned(),
        namespaced: of.info().namespaced,
        verbs: metrics::VERBS,
        short_names: Vec::new(),
        categories: Vec::new(),
        parts: Vec::new(),
        stored: false,
        storage_version: metrics::VERSION.to_owned(),
        schema: None,
    })
}

/// What can be asked of a resource whose definition is being deleted.
const WHILE_TERMINATING: &[&str] = &["delete", "deletecollection", "get", "list", "watch"];

/// A custom kind in all its versions.
fn custom(definition: &Definition) -> impl Iterator<Item = Resource> {
    definition.versions.iter().map(|it| {
        let info = it.kind.info();
        let mut resource = of_kind(info, info.group, info.version);
        resource.schema = Some(it.published.clone());
        resource.storage_version.clone_from(&definition.storage);
        if definition.terminating {
            resource.verbs = WHILE_TERMINATING;
        }
        resource
    })
}

/// Every resource that the cluster serves with these kinds, in the order of groups and names. It is another list only
/// when `kinds` has another revision.
pub(crate) fn all(kinds: &Kinds) -> Vec<Resource> {
    let mut all: Vec<Resource> = KINDS.iter().flat_map(versions).collect();
    if !kinds.without_metrics {
        all.extend(measured());
    }
    all.extend(kinds.definitions().flat_map(|it| custom(it)));
    all.sort_by_key(|it| (place(&it.group), it.group.clone(), it.plural.clone()));
    all
}

/// A group's place in the list of groups; unknown ones come last.
fn place(group: &str) -> usize {
    GROUPS.iter().position(|it| *it == group).unwrap_or(GROUPS.len())
}

/// The groups with their versions, in order.
pub(crate) fn groups(resources: &[Resource]) -> Vec<(&str, Vec<&str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for resource in resources {
        let found = groups.iter().position(|it| it.0 == resource.group);
        let place = found.unwrap_or_else(|| {
            groups.push((&resource.group, Vec::new()));
            groups.len() - 1
        });
        if !groups[place].1.contains(&resource.version.as_str()) {
            groups[place].1.push(&resource.version);
        }
    }
    for (_, versions) in &mut groups {
        versions.sort_unstable_by(|one, other| prefer(one, other));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_have_the_parts_that_clients_connect_to() {
        let all = all(&Kinds::default());
        let pods = all.iter().find(|it| it.plural == "pods" && it.group.is_empty()).unwrap();
        let names: Vec<&str> = pods.parts.iter().map(|it| it.name).collect();
        assert_eq!(
            names,
            [
                "attach",
                "binding",
                "ephemeralcontainers",
                "eviction",
                "exec",
                "log",
                "portforward",
                "proxy",
                "status"
            ]
        );
    }

    #[test]
    fn core_comes_first_and_no_group_twice() {
        let all = all(&Kinds::default());
        let groups = groups(&all);
        assert_eq!(groups[0], ("", vec!["v1"]));
        let mut names: Vec<&str> = groups.iter().map(|it| it.0).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), groups.len());
    }
}
