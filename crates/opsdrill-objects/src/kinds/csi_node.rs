//! CSINode.

use k8s_openapi::api::storage::v1::CSINode;

use super::row::ROW;
use super::{Column, Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::CSINode,
    name: "CSINode",
    group: "storage.k8s.io",
    plural: "csinodes",
    singular: "csinode",
    namespaced: false,
    not_simulated: "no driver runs",
    decode: decode_body::<CSINode>,
    columns: &[Column::always("Name"), Column::integer("Drivers"), Column::always("Age")],
    cells: |object, now| {
        let drivers = object.csi_node().map_or(0, |it| it.spec.drivers.len());
        vec![object.meta.name.to_string(), drivers.to_string(), cells::age(object, now)]
    },
    ..ROW
};
