//! Every fault, one row each: those that do anything to any object here, the mechanisms of the field by group below.

mod config;
mod create_object;
mod delete_object;
mod delete_pod;
mod network;
mod patch_object;
mod reboot_node;
mod resources;
mod rollout;
mod scaling;
mod scheduling;
mod security;
mod storage;
mod workload;

use crate::FaultKind;

/// What can be done to anything.
const ANYTHING: &[FaultKind] = &[
    FaultKind::of::<create_object::CreateObject>(),
    FaultKind::of::<delete_object::DeleteObject>(),
    FaultKind::of::<delete_pod::DeletePod>(),
    FaultKind::of::<patch_object::PatchObject>(),
    FaultKind::of::<reboot_node::RebootNode>(),
];

/// The catalogue: each group with its name.
pub const GROUPS: &[(&str, &[FaultKind])] = &[
    ("anything", ANYTHING),
    ("workload", workload::FAULTS),
    ("config", config::FAULTS),
    ("resources", resources::FAULTS),
    ("network", network::FAULTS),
    ("storage", storage::FAULTS),
    ("security", security::FAULTS),
    ("scheduling", scheduling::FAULTS),
    ("scaling", scaling::FAULTS),
    ("rollout", rollout::FAULTS),
];

/// Every fault.
pub fn all() -> impl Iterator<Item = &'static FaultKind> {
    GROUPS.iter().flat_map(|(_, faults)| faults.iter())
}
