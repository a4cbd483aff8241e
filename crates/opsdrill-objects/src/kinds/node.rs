//! Node.

use k8s_openapi::api::core::v1::Node;

use super::{Column, Kind, KindInfo, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Node,
    name: "Node",
    group: "",
    version: "v1",
    plural: "nodes",
    singular: "node",
    short_names: &["no"],
    namespaced: false,
    in_all: false,
    has_status: true,
    has_generation: false,
    decode: decode_body::<Node>,
    default: |_| {},
    validate: |_| Vec::new(),
    validate_update: |_, _| Vec::new(),
    columns: &[Column::always("Name")],
    cells: |object, _| vec![object.meta.name.to_string()],
};
