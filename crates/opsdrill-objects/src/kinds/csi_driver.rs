//! CSIDriver.

use k8s_openapi::api::storage::v1::CSIDriver;

use crate::Object;
use crate::defaults::{fill, fill_text};

use super::row::ROW;
use super::{Column, Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::CSIDriver,
    name: "CSIDriver",
    group: "storage.k8s.io",
    plural: "csidrivers",
    singular: "csidriver",
    namespaced: false,
    not_simulated: "its driver makes, grows and removes volumes; its other fields are not looked at",
    decode: decode_body::<CSIDriver>,
    default,
    columns: &[
        Column::always("Name"),
        Column::boolean("AttachRequired"),
        Column::boolean("PodInfoOnMount"),
        Column::boolean("StorageCapacity"),
        Column::always("TokenRequests"),
        Column::boolean("RequiresRepublish"),
        Column::always("Modes"),
        Column::always("Age"),
    ],
    cells,
    ..ROW
};

/// As `SetDefaults_CSIDriver` of `pkg/apis/storage/v1`.
fn default(object: &mut Object) {
    let Some(body) = object.csi_driver_mut() else { return };
    let spec = &mut body.spec;
    fill(&mut spec.attach_required, true);
    fill(&mut spec.pod_info_on_mount, false);
    fill(&mut spec.storage_capacity, false);
    fill(&mut spec.requires_republish, false);
    fill(&mut spec.se_linux_mount, false);
    fill_text(&mut spec.fs_group_policy, "ReadWriteOnceWithFSType");
    fill(&mut spec.volume_lifecycle_modes, vec!["Persistent".to_owned()]);
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(body) = object.csi_driver() else { return Vec::new() };
    let spec = &body.spec;
    let audiences = spec
        .token_requests
        .as_ref()
        .map(|it| it.iter().map(|it| it.audience.as_str()).collect::<Vec<_>>().join(","));
    let modes = spec.volume_lifecycle_modes.as_deref().unwrap_or_default().join(",");
    vec![
        object.meta.name.to_string(),
        spec.attach_required.unwrap_or(true).to_string(),
        spec.pod_info_on_mount.unwrap_or_default().to_string(),
        spec.storage_capacity.unwrap_or_default().to_string(),
        cells::or_unset(audiences.as_deref()),
        spec.requires_republish.unwrap_or_default().to_string(),
        cells::or_none(Some(&modes)),
        cells::age(object, now),
    ]
}
