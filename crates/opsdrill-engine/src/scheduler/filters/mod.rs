//! The filters: each says of a node whether it is out of the question for a pod, and why.

mod inter_pod_affinity;
mod node_affinity;
mod node_ports;
mod node_resources;
mod node_unschedulable;
mod taint_toleration;
mod topology_spread;

use super::attempt::Attempt;
use super::ledger::NodeEntry;
use super::queue::{
    Changes, NODE_ADDED, NODE_LABELS, NODE_RESOURCES, NODE_TAINTS, POD_GONE, POD_PLACED,
};

/// Why a node is out of the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rejection {
    /// The scheduler's words, one for each thing that is missing.
    pub reasons: Vec<String>,
    /// Whether removing pods from the node could help.
    pub preemption_helps: bool,
}

impl Rejection {
    /// A rejection that removing pods could lift.
    pub(super) fn passing(reason: &str) -> Self {
        Self { reasons: vec![reason.to_owned()], preemption_helps: true }
    }

    /// A rejection that removing pods cannot lift.
    pub(super) fn lasting(reason: &str) -> Self {
        Self { reasons: vec![reason.to_owned()], preemption_helps: false }
    }
}

/// A filter: a row of the table.
pub(super) struct Filter {
    /// The real plugin's name.
    #[expect(dead_code, reason = "says which of the real scheduler's plugins the row models")]
    pub name: &'static str,
    /// Looks at a node.
    pub check: fn(&Attempt<'_>, &NodeEntry) -> Result<(), Rejection>,
    /// Changes of the cluster after which a pod that this filter rejected is worth another try.
    pub wakes: Changes,
}

/// The filters in the order in which the real scheduler runs them; the first rejection counts.
///
/// `NodeName` is not among them: a pod that names its node never comes to the scheduler.
pub(super) const FILTERS: &[Filter] = &[
    Filter {
        name: "NodeUnschedulable",
        check: node_unschedulable::check,
        wakes: NODE_ADDED | NODE_TAINTS,
    },
    Filter {
        name: "TaintToleration",
        check: taint_toleration::check,
        wakes: NODE_ADDED | NODE_TAINTS,
    },
    Filter { name: "NodeAffinity", check: node_affinity::check, wakes: NODE_ADDED | NODE_LABELS },
    Filter { name: "NodePorts", check: node_ports::check, wakes: NODE_ADDED | POD_GONE },
    Filter {
        name: "NodeResourcesFit",
        check: node_resources::check,
        wakes: NODE_ADDED | NODE_RESOURCES | POD_GONE,
    },
    Filter {
        name: "PodTopologySpread",
        check: topology_spread::check,
        wakes: NODE_ADDED | NODE_LABELS | POD_GONE | POD_PLACED,
    },
    Filter {
        name: "InterPodAffinity",
        check: inter_pod_affinity::check,
        wakes: NODE_ADDED | NODE_LABELS | POD_GONE | POD_PLACED,
    },
];
