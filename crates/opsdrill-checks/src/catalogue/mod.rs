//! Every check, one row each.

mod connections_given_back;
mod container_keeps;
mod container_runs;
mod nothing_else_touched;
mod pods_do_not_restart;
mod release_deployed;
mod release_keeps_history;
mod secrets_stay_secret;
mod service_reaches;
mod users_served;
mod workload_available;

use crate::CheckKind;

/// The catalogue.
pub const CHECKS: &[CheckKind] = &[
    CheckKind::of::<connections_given_back::ConnectionsGivenBack>(),
    CheckKind::of::<container_keeps::ContainerKeeps>(),
    CheckKind::of::<container_runs::ContainerRuns>(),
    CheckKind::of::<nothing_else_touched::NothingElseTouched>(),
    CheckKind::of::<pods_do_not_restart::PodsDoNotRestart>(),
    CheckKind::of::<release_deployed::ReleaseDeployed>(),
    CheckKind::of::<release_keeps_history::ReleaseKeepsHistory>(),
    CheckKind::of::<secrets_stay_secret::SecretsStaySecret>(),
    CheckKind::of::<service_reaches::ServiceReaches>(),
    CheckKind::of::<users_served::UsersServed>(),
    CheckKind::of::<workload_available::WorkloadAvailable>(),
];
