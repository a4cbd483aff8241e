//! ConfigMap.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;

use crate::Object;

use super::{Column, Kind, KindInfo, cells, decode_body};

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
    columns: &[Column::always("Name"), Column::always("Data"), Column::always("Age")],
    cells,
};

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(body) = object.config_map() else { return Vec::new() };
    let texts = body.data.as_ref().map_or(0, BTreeMap::len);
    let binaries = body.binary_data.as_ref().map_or(0, BTreeMap::len);
    vec![object.meta.name.to_string(), (texts + binaries).to_string(), cells::age(object, now)]
}
