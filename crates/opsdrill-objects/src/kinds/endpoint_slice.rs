//! EndpointSlice.

use k8s_openapi::api::discovery::v1::EndpointSlice;

use crate::Object;
use crate::defaults::fill_text;

use super::{Column, Kind, KindInfo, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::EndpointSlice,
    name: "EndpointSlice",
    group: "discovery.k8s.io",
    version: "v1",
    plural: "endpointslices",
    singular: "endpointslice",
    short_names: &[],
    namespaced: true,
    in_all: false,
    has_status: false,
    has_generation: true,
    decode: decode_body::<EndpointSlice>,
    default,
    validate: |_| Vec::new(),
    validate_update: |_, _| Vec::new(),
    columns: &[Column::always("Name")],
    cells: |object, _| vec![object.meta.name.to_string()],
};

fn default(object: &mut Object) {
    let Some(body) = object.endpoint_slice_mut() else { return };
    for port in body.ports.iter_mut().flatten() {
        fill_text(&mut port.name, "");
        fill_text(&mut port.protocol, "TCP");
    }
}
