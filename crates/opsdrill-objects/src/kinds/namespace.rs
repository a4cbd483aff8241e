//! Namespace.

use k8s_openapi::api::core::v1::Namespace;

use super::{Column, Kind, KindInfo, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Namespace,
    name: "Namespace",
    group: "",
    version: "v1",
    plural: "namespaces",
    singular: "namespace",
    short_names: &["ns"],
    namespaced: false,
    in_all: false,
    has_status: true,
    has_generation: false,
    decode: decode_body::<Namespace>,
    default: |_| {},
    validate: |_| Vec::new(),
    validate_update: |_, _| Vec::new(),
    columns: &[Column::always("Name")],
    cells: |object, _| vec![object.meta.name.to_string()],
};
