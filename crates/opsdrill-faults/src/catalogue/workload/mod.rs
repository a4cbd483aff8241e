//! What is wrong with a workload, its containers and their images.

mod bad_command;
mod buggy_version;
mod image_missing;
mod init_container_crashes;
mod init_container_waits;
mod job_fails;
mod liveness_probe_too_early;
mod liveness_probe_wrong;
mod missing_setting;
mod misspelt_field;
mod optional_dependency_lost;
mod pull_secret_missing;
mod readiness_probe_wrong;
mod scaled_to_zero;
mod wrong_namespace;
mod wrong_setting;

use crate::FaultKind;

/// The group.
pub(super) const FAULTS: &[FaultKind] = &[
    FaultKind::of::<bad_command::BadCommand>(),
    FaultKind::of::<buggy_version::BuggyVersion>(),
    FaultKind::of::<image_missing::ImageMissing>(),
    FaultKind::of::<init_container_crashes::InitContainerCrashes>(),
    FaultKind::of::<init_container_waits::InitContainerWaits>(),
    FaultKind::of::<job_fails::JobFails>(),
    FaultKind::of::<liveness_probe_too_early::LivenessProbeTooEarly>(),
    FaultKind::of::<liveness_probe_wrong::LivenessProbeWrong>(),
    FaultKind::of::<missing_setting::MissingSetting>(),
    FaultKind::of::<misspelt_field::MisspeltField>(),
    FaultKind::of::<optional_dependency_lost::OptionalDependencyLost>(),
    FaultKind::of::<pull_secret_missing::PullSecretMissing>(),
    FaultKind::of::<readiness_probe_wrong::ReadinessProbeWrong>(),
    FaultKind::of::<scaled_to_zero::ScaledToZero>(),
    FaultKind::of::<wrong_namespace::WrongNamespace>(),
    FaultKind::of::<wrong_setting::WrongSetting>(),
];
