//! Secret.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;

use crate::Object;
use crate::defaults::fill_text;

use super::{Column, Kind, KindInfo, cells, decode_body};

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
    default,
    validate: |_| Vec::new(),
    validate_update: |_, _| Vec::new(),
    columns: &[
        Column::always("Name"),
        Column::always("Type"),
        Column::always("Data"),
        Column::always("Age"),
    ],
    cells,
};

/// The type, and `stringData` moved into `data`.
fn default(object: &mut Object) {
    let Some(body) = object.secret_mut() else { return };
    fill_text(&mut body.type_, "Opaque");
    if let Some(texts) = body.string_data.take() {
        let data = body.data.get_or_insert_default();
        data.extend(texts.into_iter().map(|(key, text)| (key, ByteString(text.into_bytes()))));
    }
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(secret) = object.secret() else { return Vec::new() };
    let count = secret.data.as_ref().map_or(0, BTreeMap::len);
    let kind = secret.type_.clone().unwrap_or_default();
    vec![object.meta.name.to_string(), kind, count.to_string(), cells::age(object, now)]
}
