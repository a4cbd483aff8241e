//! VolumeAttachment.

use k8s_openapi::api::storage::v1::{VolumeAttachment, VolumeAttachmentStatus};

use crate::defaults::fill;

use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::VolumeAttachment,
    name: "VolumeAttachment",
    group: "storage.k8s.io",
    plural: "volumeattachments",
    singular: "volumeattachment",
    namespaced: false,
    subresources: &[SubresourceInfo::STATUS],
    not_simulated: "attaches nothing",
    decode: decode_body::<VolumeAttachment>,
    default: |object| {
        if let Some(body) = object.volume_attachment_mut() {
            fill(&mut body.status, VolumeAttachmentStatus::default());
        }
    },
    columns: &[
        Column::always("Name"),
        Column::always("Attacher"),
        Column::always("PV"),
        Column::always("Node"),
        Column::boolean("Attached"),
        Column::always("Age"),
    ],
    cells: |object, now| {
        let Some(body) = object.volume_attachment() else { return Vec::new() };
        vec![
            object.meta.name.to_string(),
            body.spec.attacher.clone(),
            body.spec.source.persistent_volume_name.clone().unwrap_or_default(),
            body.spec.node_name.clone(),
            body.status.as_ref().is_some_and(|it| it.attached).to_string(),
            cells::age(object, now),
        ]
    },
    ..ROW
};
