//! Every check, one row each.

mod container_keeps;
mod nothing_else_touched;
mod pods_do_not_restart;
mod users_served;
mod workload_available;

use crate::CheckKind;

/// The catalogue.
pub const CHECKS: &[CheckKind] = &[
    CheckKind::of::<container_keeps::ContainerKeeps>(),
    CheckKind::of::<nothing_else_touched::NothingElseTouched>(),
    CheckKind::of::<pods_do_not_restart::PodsDoNotRestart>(),
    CheckKind::of::<users_served::UsersServed>(),
    CheckKind::of::<workload_available::WorkloadAvailable>(),
];
