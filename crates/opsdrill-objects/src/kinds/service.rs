//! Service.

use k8s_openapi::api::core::v1::Service;

use super::{Column, Kind, KindInfo, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Service,
    name: "Service",
    group: "",
    version: "v1",
    plural: "services",
    singular: "service",
    short_names: &["svc"],
    namespaced: true,
    in_all: true,
    has_status: true,
    has_generation: false,
    decode: decode_body::<Service>,
    default: |_| {},
    validate: |_| Vec::new(),
    validate_update: |_, _| Vec::new(),
    columns: &[Column::always("Name")],
    cells: |object, _| vec![object.meta.name.to_string()],
};
