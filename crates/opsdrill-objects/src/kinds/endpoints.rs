//! Endpoints.

use k8s_openapi::api::core::v1::Endpoints;

use crate::Object;
use crate::defaults::fill_text;

use super::{Column, Kind, KindInfo, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Endpoints,
    name: "Endpoints",
    group: "",
    version: "v1",
    plural: "endpoints",
    singular: "endpoints",
    short_names: &["ep"],
    namespaced: true,
    in_all: false,
    has_status: false,
    has_generation: false,
    decode: decode_body::<Endpoints>,
    default,
    validate: |_| Vec::new(),
    validate_update: |_, _| Vec::new(),
    columns: &[Column::always("Name")],
    cells: |object, _| vec![object.meta.name.to_string()],
};

fn default(object: &mut Object) {
    let Some(body) = object.endpoints_mut() else { return };
    let subsets = body.subsets.iter_mut().flatten();
    for port in subsets.flat_map(|it| it.ports.iter_mut().flatten()) {
        fill_text(&mut port.protocol, "TCP");
    }
}
