//! What the metrics server adds to the types that the server knows: measurements, which are no objects of the cluster's.

use opsdrill_objects::custom::kinds::Kinds;

/// The group.
pub(crate) const GROUP: &str = "metrics.k8s.io";
/// Its version.
pub(crate) const VERSION: &str = "v1beta1";
/// What can be done with its resources.
pub(crate) const VERBS: &[&str] = &["get", "list"];

/// A resource of the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// `pods`.
    pub(crate) plural: &'static str,
    /// `PodMetrics`.
    pub(crate) kind: &'static str,
    /// Whether what is measured lives in a namespace.
    pub(crate) namespaced: bool,
}

/// The resources; none where there is no metrics server.
pub(crate) fn resources(kinds: &Kinds) -> impl Iterator<Item = Resource> + use<> {
    let rows = if kinds.without_metrics { &[] } else { MEASURED };
    rows.iter().copied()
}

const MEASURED: &[Resource] = &[
    Resource { plural: "nodes", kind: "NodeMetrics", namespaced: false },
    Resource { plural: "pods", kind: "PodMetrics", namespaced: true },
];
