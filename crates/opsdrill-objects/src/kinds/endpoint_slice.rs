//! EndpointSlice.

use k8s_openapi::api::discovery::v1::{EndpointPort, EndpointSlice};

use crate::Object;
use crate::defaults::fill_text;

use super::{Column, Kind, KindInfo, cells, decode_body};

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
    columns: &[
        Column::always("Name"),
        Column::always("AddressType"),
        Column::always("Ports"),
        Column::always("Endpoints"),
        Column::always("Age"),
    ],
    cells,
};

fn default(object: &mut Object) {
    let Some(body) = object.endpoint_slice_mut() else { return };
    for port in body.ports.iter_mut().flatten() {
        fill_text(&mut port.name, "");
        fill_text(&mut port.protocol, "TCP");
    }
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(body) = object.endpoint_slice() else { return Vec::new() };
    let port = |it: &EndpointPort| match (it.port, &it.name) {
        (Some(number), _) => number.to_string(),
        (None, Some(name)) => name.clone(),
        (None, None) => "*".to_owned(),
    };
    let ports: Vec<String> = body.ports.iter().flatten().map(port).collect();
    let addresses: Vec<String> =
        body.endpoints.iter().flat_map(|it| it.addresses.iter().cloned()).collect();
    let list = |items: &[String]| match cells::first_few(items) {
        text if text.is_empty() => "<unset>".to_owned(),
        text => text,
    };
    vec![
        object.meta.name.to_string(),
        body.address_type.clone(),
        list(&ports),
        list(&addresses),
        cells::age(object, now),
    ]
}
