//! What is wrong with how new versions replace old ones.

mod all_pods_at_once;
mod rollout_stuck;

use crate::FaultKind;

/// The group.
pub(super) const FAULTS: &[FaultKind] = &[
    FaultKind::of::<all_pods_at_once::AllPodsAtOnce>(),
    FaultKind::of::<rollout_stuck::RolloutStuck>(),
];
