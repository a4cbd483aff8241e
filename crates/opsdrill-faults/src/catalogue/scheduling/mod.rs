//! What keeps pods from their nodes, and nodes from their work.

mod anti_affinity_unsatisfiable;
mod disruption_budget_blocks;
mod kubelet_down;
mod node_affinity_mismatch;
mod node_cordoned;
mod node_selector_matches_nothing;
mod node_tainted;

use crate::FaultKind;

/// The group.
pub(super) const FAULTS: &[FaultKind] = &[
    FaultKind::of::<anti_affinity_unsatisfiable::AntiAffinityUnsatisfiable>(),
    FaultKind::of::<disruption_budget_blocks::DisruptionBudgetBlocks>(),
    FaultKind::of::<kubelet_down::KubeletDown>(),
    FaultKind::of::<node_affinity_mismatch::NodeAffinityMismatch>(),
    FaultKind::of::<node_cordoned::NodeCordoned>(),
    FaultKind::of::<node_selector_matches_nothing::NodeSelectorMatchesNothing>(),
    FaultKind::of::<node_tainted::NodeTainted>(),
];
