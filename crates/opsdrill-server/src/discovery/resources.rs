//! Every resource that the server has: the kinds of the store, and those that only answer.
//!
//! Subresources, categories and the order of the groups are facts of the real server (recordings `discovery/`).

use opsdrill_objects::Kind;
use opsdrill_objects::kinds::{KINDS, KindInfo};

/// The groups in the order of the real server, each with the versions that it prefers in this order.
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
];

/// A subresource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its name.
    pub(crate) name: &'static str,
    /// Group, version and kind of its documents where they are not those of the resource.
    pub(crate) kind: Option<(&'static str, &'static str, &'static str)>,
    /// Its verbs.
    pub(crate) verbs: &'static [&'static str],
}

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
    pub(crate) parts: Vec<Part>,
    /// Whether its objects are kept, so that they have a version in the store.
    pub(crate) stored: bool,
}

/// The verbs of what is stored.
const ALL: &[&str] =
    &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
/// Namespaces are not deleted all at once.
const OF_NAMESPACES: &[&str] = &["create", "delete", "get", "list", "patch", "update", "watch"];
const REWRITE: &[&str] = &["get", "patch", "update"];
const CREATE: &[&str] = &["create"];
const CONNECT: &[&str] = &["create", "get"];
const PROXY: &[&str] = &["create", "delete", "get", "patch", "update"];

/// The documents of `scale`.
pub(crate) const SCALE: (&str, &str, &str) = ("autoscaling", "v1", "Scale");

const fn part(name: &'static str, verbs: &'static [&'static str]) -> Part {
    Part { name, kind: None, verbs }
}

const fn part_of(
    name: &'static str,
    kind: (&'static str, &'static str, &'static str),
    verbs: &'static [&'static str],
) -> Part {
    Part { name, kind: Some(kind), verbs }
}

/// The subresources of a stored resource, beside `status`.
fn parts(group: &str, plural: &str) -> &'static [Part] {
    match (group, plural) {
        ("", "namespaces") => const { &[part("finalize", &["update"])] },
        ("", "nodes") => const { &[part_of("proxy", ("", "v1", "NodeProxyOptions"), PROXY)] },
        ("", "services") => const { &[part_of("proxy", ("", "v1", "ServiceProxyOptions"), PROXY)] },
        ("", "pods") => {
            const {
                &[
                    part_of("attach", ("", "v1", "PodAttachOptions"), CONNECT),
                    part_of("binding", ("", "v1", "Binding"), CREATE),
                    part("ephemeralcontainers", REWRITE),
                    part_of("eviction", ("policy", "v1", "Eviction"), CREATE),
                    part_of("exec", ("", "v1", "PodExecOptions"), CONNECT),
                    part("log", &["get"]),
                    part_of("portforward", ("", "v1", "PodPortForwardOptions"), CONNECT),
                    part_of("proxy", ("", "v1", "PodProxyOptions"), PROXY),
                ]
            }
        }
        ("", "serviceaccounts") => {
            const { &[part_of("token", ("authentication.k8s.io", "v1", "TokenRequest"), CREATE)] }
        }
        ("", "replicationcontrollers")
        | ("apps", "deployments" | "replicasets" | "statefulsets") => {
            const { &[part_of("scale", SCALE, REWRITE)] }
        }
        ("certificates.k8s.io", "certificatesigningrequests") => {
            const { &[part("approval", REWRITE)] }
        }
        _ => &[],
    }
}

/// Resources that only answer: group, version, plural, singular, kind, whether namespaced.
const ANSWERING: &[(&str, &str, &str, &str, &str, bool)] = &[
    ("", "v1", "bindings", "binding", "Binding", true),
    (
        "authentication.k8s.io",
        "v1",
        "selfsubjectreviews",
        "selfsubjectreview",
        "SelfSubjectReview",
        false,
    ),
    ("authentication.k8s.io", "v1", "tokenreviews", "tokenreview", "TokenReview", false),
    (
        "authorization.k8s.io",
        "v1",
        "localsubjectaccessreviews",
        "localsubjectaccessreview",
        "LocalSubjectAccessReview",
        true,
    ),
    (
        "authorization.k8s.io",
        "v1",
        "selfsubjectaccessreviews",
        "selfsubjectaccessreview",
        "SelfSubjectAccessReview",
        false,
    ),
    (
        "authorization.k8s.io",
        "v1",
        "selfsubjectrulesreviews",
        "selfsubjectrulesreview",
        "SelfSubjectRulesReview",
        false,
    ),
    (
        "authorization.k8s.io",
        "v1",
        "subjectaccessreviews",
        "subjectaccessreview",
        "SubjectAccessReview",
        false,
    ),
];

/// Kinds that belong to the category of what extends the API.
const EXTENSIONS: &[&str] =
    &["admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io"];

/// The resource of a stored kind.
pub(crate) fn of_kind(info: &KindInfo) -> Resource {
    let mut own = parts(info.group, info.plural).to_vec();
    if info.has_status {
        own.push(part("status", REWRITE));
    }
    own.sort_by_key(|it| it.name);
    let mut categories = Vec::new();
    if info.in_all {
        categories.push("all".to_owned());
    }
    if EXTENSIONS.contains(&info.group) {
        categories.push("api-extensions".to_owned());
    }
    Resource {
        group: info.group.to_owned(),
        version: info.version.to_owned(),
        plural: info.plural.to_owned(),
        singular: info.singular.to_owned(),
        kind: info.name.to_owned(),
        namespaced: info.namespaced,
        verbs: if info.kind == Kind::Namespace { OF_NAMESPACES } else { ALL },
        short_names: info.short_names.iter().map(|it| (*it).to_owned()).collect(),
        categories,
        parts: own,
        stored: true,
    }
}

/// Every resource, in the order of groups and names.
pub(crate) fn all() -> Vec<Resource> {
    let answering =
        ANSWERING.iter().map(|&(group, version, plural, singular, kind, namespaced)| Resource {
            group: group.to_owned(),
            version: version.to_owned(),
            plural: plural.to_owned(),
            singular: singular.to_owned(),
            kind: kind.to_owned(),
            namespaced,
            verbs: CREATE,
            short_names: Vec::new(),
            categories: Vec::new(),
            parts: Vec::new(),
            stored: false,
        });
    let mut all: Vec<Resource> = KINDS.iter().map(of_kind).chain(answering).collect();
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
        versions.sort_unstable_by(|a, b| b.cmp(a));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_have_the_parts_that_clients_connect_to() {
        let all = all();
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
        let all = all();
        let groups = groups(&all);
        assert_eq!(groups[0], ("", vec!["v1"]));
        let mut names: Vec<&str> = groups.iter().map(|it| it.0).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), groups.len());
    }
}
