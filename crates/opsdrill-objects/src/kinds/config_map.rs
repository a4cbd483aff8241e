//! ConfigMap.

use k8s_openapi::api::core::v1::ConfigMap;

use super::{Column, Kind, KindInfo, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::ConfigMap,
    name: "ConfigMap",
    group: "",
    version: "v1",
    plural: "configmaps",
    singular: "configmap",
    short_names: &["cm"],
    namespaced: true,
    in_all: false,
    has_status: false,
    has_generation: false,
    decode: decode_body::<ConfigMap>,
    default: |_| {},
    validate: |_| Vec::new(),
    validate_update: |_, _| Vec::new(),
    columns: &[Column::always("Name")],
    cells: |object, _| vec![object.meta.name.to_string()],
};
