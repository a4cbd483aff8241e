//! Types that a real cluster has and this one lacks: asking for them is answered aloud.

/// A type of a real cluster.
struct ForeignType {
    plural: &'static str,
    kind: &'static str,
    short: &'static [&'static str],
    api_version: &'static str,
}

const fn row(
    plural: &'static str,
    kind: &'static str,
    short: &'static [&'static str],
    api_version: &'static str,
) -> ForeignType {
    ForeignType { plural, kind, short, api_version }
}

/// The types of Kubernetes 1.32 that can only be created, as questions to the server are.
const TYPES: &[ForeignType] = &[
    row("bindings", "Binding", &[], "v1"),
    row("selfsubjectreviews", "SelfSubjectReview", &[], "authentication.k8s.io/v1"),
    row("tokenreviews", "TokenReview", &[], "authentication.k8s.io/v1"),
    row("localsubjectaccessreviews", "LocalSubjectAccessReview", &[], "authorization.k8s.io/v1"),
    row("selfsubjectaccessreviews", "SelfSubjectAccessReview", &[], "authorization.k8s.io/v1"),
    row("selfsubjectrulesreviews", "SelfSubjectRulesReview", &[], "authorization.k8s.io/v1"),
    row("subjectaccessreviews", "SubjectAccessReview", &[], "authorization.k8s.io/v1"),
];

/// The plural of the type that a document is of, if a real cluster serves it.
pub(super) fn plural_of_kind(api_version: &str, kind: &str) -> Option<&'static str> {
    let found = TYPES.iter().find(|it| it.kind == kind && it.api_version == api_version);
    found.map(|it| it.plural)
}

/// The plural of the type that a word names, if it is one of a real cluster.
pub(super) fn plural_of(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    let name = word.split('.').next().unwrap_or_default();
    let found = TYPES.iter().find(|it| {
        it.plural == name || it.kind.eq_ignore_ascii_case(name) || it.short.contains(&name)
    });
    found.map(|it| it.plural)
}
