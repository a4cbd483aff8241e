//! Defaults of claims to volumes, as objects and as templates of a StatefulSet.

use k8s_openapi::api::core::v1::PersistentVolumeClaim;

use super::fill_text;

/// As `SetDefaults_PersistentVolumeClaim` of `pkg/apis/core/v1`.
pub fn default(claim: &mut PersistentVolumeClaim) {
    fill_text(&mut claim.status.get_or_insert_default().phase, "Pending");
    fill_text(&mut claim.spec.get_or_insert_default().volume_mode, "Filesystem");
}
