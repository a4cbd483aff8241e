//! Secret.

use k8s_openapi::api::core::v1::Secret;

use super::{Column, Kind, KindInfo, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Secret,
    name: "Secret",
    group: "",
    version: "v1",
    plural: "secrets",
    singular: "secret",
    short_names: &[],
    namespaced: true,
    in_all: false,
    has_status: false,
    has_generation: false,
    decode: decode_body::<Secret>,
    default: |_| {},
    validate: |_| Vec::new(),
    validate_update: |_, _| Vec::new(),
    columns: &[Column::always("Name")],
    cells: |object, _| vec![object.meta.name.to_string()],
};
