//! ReplicaSet.

use k8s_openapi::api::apps::v1::ReplicaSet;

use super::{Column, Kind, KindInfo, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::ReplicaSet,
    name: "ReplicaSet",
    group: "apps",
    version: "v1",
    plural: "replicasets",
    singular: "replicaset",
    short_names: &["rs"],
    namespaced: true,
    in_all: true,
    has_status: true,
    has_generation: true,
    decode: decode_body::<ReplicaSet>,
    default: |_| {},
    validate: |_| Vec::new(),
    validate_update: |_, _| Vec::new(),
    columns: &[Column::always("Name")],
    cells: |object, _| vec![object.meta.name.to_string()],
};
