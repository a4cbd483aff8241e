//! CSIStorageCapacity.

use k8s_openapi::api::storage::v1::CSIStorageCapacity;

use super::row::ROW;
use super::{Column, Kind, KindInfo, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::CSIStorageCapacity,
    name: "CSIStorageCapacity",
    group: "storage.k8s.io",
    plural: "csistoragecapacities",
    singular: "csistoragecapacity",
    not_simulated: "the scheduler does not look at it",
    decode: decode_body::<CSIStorageCapacity>,
    columns: &[
        Column::always("Name"),
        Column::always("StorageClassName"),
        Column::always("Capacity"),
    ],
    cells: |object, _| {
        let Some(body) = object.csi_storage_capacity() else { return Vec::new() };
        let capacity = body.capacity.as_ref().map(|it| it.0.clone());
        vec![
            object.meta.name.to_string(),
            body.storage_class_name.clone(),
            capacity.unwrap_or_else(|| "<unset>".to_owned()),
        ]
    },
    ..ROW
};
