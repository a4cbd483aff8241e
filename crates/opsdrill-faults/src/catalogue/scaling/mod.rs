//! What is wrong with load, and with how workloads follow it.

mod autoscaler_bounds_wrong;
mod autoscaler_without_requests;
mod connection_limit;
mod metrics_server_missing;
mod traffic_surge;

use crate::FaultKind;

/// The group.
pub(super) const FAULTS: &[FaultKind] = &[
    FaultKind::of::<autoscaler_bounds_wrong::AutoscalerBoundsWrong>(),
    FaultKind::of::<autoscaler_without_requests::AutoscalerWithoutRequests>(),
    FaultKind::of::<connection_limit::ConnectionLimit>(),
    FaultKind::of::<metrics_server_missing::MetricsServerMissing>(),
    FaultKind::of::<traffic_surge::TrafficSurge>(),
];
