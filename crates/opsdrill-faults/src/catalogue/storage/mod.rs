//! What is wrong with claims, volumes and what lies in them.

mod access_mode_unsupported;
mod claim_missing;
mod data_on_empty_dir;
mod multi_attach;
mod storage_class_missing;
mod volume_full;
mod volume_permission_denied;

use crate::FaultKind;

/// The group.
pub(super) const FAULTS: &[FaultKind] = &[
    FaultKind::of::<access_mode_unsupported::AccessModeUnsupported>(),
    FaultKind::of::<claim_missing::ClaimMissing>(),
    FaultKind::of::<data_on_empty_dir::DataOnEmptyDir>(),
    FaultKind::of::<multi_attach::MultiAttach>(),
    FaultKind::of::<storage_class_missing::StorageClassMissing>(),
    FaultKind::of::<volume_full::VolumeFull>(),
    FaultKind::of::<volume_permission_denied::VolumePermissionDenied>(),
];
