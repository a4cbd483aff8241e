//! What is wrong with ConfigMaps and Secrets, and with what was read of them.

mod config_not_reloaded;
mod configmap_drift;
mod configmap_key_missing;
mod configmap_missing;
mod credentials_corrupted;
mod secret_encoding;
mod secret_key_wrong;
mod secret_missing;
mod secret_rotated;

use crate::FaultKind;

/// The group.
pub(super) const FAULTS: &[FaultKind] = &[
    FaultKind::of::<config_not_reloaded::ConfigNotReloaded>(),
    FaultKind::of::<configmap_drift::ConfigmapDrift>(),
    FaultKind::of::<configmap_key_missing::ConfigmapKeyMissing>(),
    FaultKind::of::<configmap_missing::ConfigmapMissing>(),
    FaultKind::of::<credentials_corrupted::CredentialsCorrupted>(),
    FaultKind::of::<secret_encoding::SecretEncoding>(),
    FaultKind::of::<secret_key_wrong::SecretKeyWrong>(),
    FaultKind::of::<secret_missing::SecretMissing>(),
    FaultKind::of::<secret_rotated::SecretRotated>(),
];
