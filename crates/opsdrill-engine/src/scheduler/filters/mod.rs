//! The filters: each says of a node whether it is out of the question for a pod, and why.

mod inter_pod_affinity;
mod node_affinity;
mod node_ports;
mod node_resources;
mod node_unschedulable;
mod taint_toleration;
mod topology_spread;
mod volume_binding;

use super::attempt::Attempt;
use super::ledger::NodeEntry;
use super::queue::{
    Changes, NODE_ADDED, NODE_LABELS, NODE_RESOURCES, NODE_TAINTS, POD_GONE, POD_PLACED, VOLUMES,
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
    /// Whether it can reject any node for the pod (the real plugins' `Skip` in PreFilter).
    pub applies: fn(&Attempt<'_>) -> bool,
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
        applies: |_| true,
        check: node_unschedulable::check,
        wakes: NODE_ADDED | NODE_TAINTS,
    },
    Filter {
        name: "TaintToleration",
        applies: |_| true,
        check: taint_toleration::check,
        wakes: NODE_ADDED | NODE_TAINTS,
    },
    Filter {
        name: "NodeAffinity",
        applies: |attempt| {
            attempt.demand.node_selector.is_some() || attempt.demand.node_terms.is_some()
        },
        check: node_affinity::check,
        wakes: NODE_ADDED | NODE_LABELS,
    },
    Filter {
        name: "NodePorts",
        applies: |attempt| !attempt.demand.ports.is_empty(),
        check: node_ports::check,
        wakes: NODE_ADDED | POD_GONE,
    },
    Filter {
        name: "NodeResourcesFit",
        applies: |_| true,
        check: node_resources::check,
        wakes: NODE_ADDED | NODE_RESOURCES | POD_GONE,
    },
    Filter {
        name: "VolumeBinding",
        applies: |attempt| attempt.volumes.matter(),
        check: volume_binding::check,
        wakes: NODE_ADDED | NODE_LABELS | VOLUMES,
    },
    Filter {
        name: "PodTopologySpread",
        applies: |attempt| attempt.state.spreads.iter().any(|it| it.required),
        check: topology_spread::check,
        wakes: NODE_ADDED | NODE_LABELS | POD_GONE | POD_PLACED,
    },
    Filter {
        name: "InterPodAffinity",
        applies: |attempt| {
            let state = &attempt.state;
            !state.together.is_empty() || !state.apart.is_empty() || !state.kept_away.is_empty()
        },
        check: inter_pod_affinity::check,
        wakes: NODE_ADDED | NODE_LABELS | POD_GONE | POD_PLACED,
    },
];
