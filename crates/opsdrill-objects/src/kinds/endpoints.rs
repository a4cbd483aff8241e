//! Endpoints.

use k8s_openapi::api::core::v1::{EndpointSubset, Endpoints};

use crate::Object;
use crate::defaults::fill_text;

use super::{Column, Kind, KindInfo, cells, decode_body};

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
    columns: &[Column::always("Name"), Column::always("Endpoints"), Column::always("Age")],
    cells,
};

fn default(object: &mut Object) {
    let Some(body) = object.endpoints_mut() else { return };
    let subsets = body.subsets.iter_mut().flatten();
    for port in subsets.flat_map(|it| it.ports.iter_mut().flatten()) {
        fill_text(&mut port.protocol, "TCP");
    }
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(body) = object.endpoints() else { return Vec::new() };
    let addresses = match &body.subsets {
        Some(subsets) if !subsets.is_empty() => {
            cells::first_few(&subsets.iter().flat_map(addresses).collect::<Vec<_>>())
        }
        _ => cells::NONE.to_owned(),
    };
    vec![object.meta.name.to_string(), addresses, cells::age(object, now)]
}

/// The ready addresses of a subset, each with each port.
fn addresses(subset: &EndpointSubset) -> Vec<String> {
    let addresses = subset.addresses.as_deref().unwrap_or_default();
    let ports = subset.ports.as_deref().unwrap_or_default();
    if ports.is_empty() {
        return addresses.iter().map(|it| it.ip.clone()).collect();
    }
    let on_port = |port: i32| addresses.iter().map(move |it| format!("{}:{port}", it.ip));
    ports.iter().flat_map(|it| on_port(it.port)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::decode::decode_object;

    #[test]
    fn three_addresses_are_named_and_the_rest_counted() {
        let shown = |subsets: serde_json::Value| {
            let document = json!({ "subsets": subsets });
            cells(&decode_object(Kind::Endpoints, document).expect("endpoints").value, 0)[1].clone()
        };
        let addresses: Vec<_> =
            (2..7).map(|it| json!({ "ip": format!("10.244.0.{it}") })).collect();
        assert_eq!(
            shown(json!([{ "addresses": addresses, "ports": [{ "port": 80 }] }])),
            "10.244.0.2:80,10.244.0.3:80,10.244.0.4:80 + 2 more..."
        );
        assert_eq!(shown(json!([])), "<none>");
        assert_eq!(
            shown(json!([{ "notReadyAddresses": addresses, "ports": [{ "port": 80 }] }])),
            ""
        );
        assert_eq!(shown(json!([{ "addresses": [{ "ip": "10.244.0.2" }] }])), "10.244.0.2");
    }
}
