//! Every fault, one row each.

mod create_object;
mod delete_object;
mod delete_pod;
mod patch_object;
mod reboot_node;
mod traffic_surge;

use crate::FaultKind;

/// The catalogue.
pub const FAULTS: &[FaultKind] = &[
    FaultKind::of::<create_object::CreateObject>(),
    FaultKind::of::<delete_object::DeleteObject>(),
    FaultKind::of::<delete_pod::DeletePod>(),
    FaultKind::of::<patch_object::PatchObject>(),
    FaultKind::of::<reboot_node::RebootNode>(),
    FaultKind::of::<traffic_surge::TrafficSurge>(),
];
