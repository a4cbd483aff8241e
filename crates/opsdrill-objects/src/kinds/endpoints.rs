//! Endpoints.

use k8s_openapi::api::core::v1::{EndpointSubset, Endpoints};

use crate::Object;
use crate::defaults::fill_text;

use crate::field_error::FieldError;
use crate::validation::{Errors, Path, container, invalid_each, metadata, names, numbers, one_of};

use super::row::ROW;
use super::{Column, Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Endpoints,
    name: "Endpoints",
    plural: "endpoints",
    singular: "endpoints",
    short_names: &["ep"],
    decode: decode_body::<Endpoints>,
    default,
    validate,
    columns: &[Column::always("Name"), Column::always("Endpoints"), Column::always("Age")],
    cells,
    ..ROW
};

fn default(object: &mut Object) {
    let Some(body) = object.endpoints_mut() else { return };
    let subsets = body.subsets.iter_mut().flatten();
    for port in subsets.flat_map(|it| it.ports.iter_mut().flatten()) {
        fill_text(&mut port.protocol, "TCP");
    }
}

/// A subset has addresses, and its ports are numbers of ports.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let subsets = object.endpoints().and_then(|it| it.subsets.as_ref());
    for (place, subset) in subsets.into_iter().flatten().enumerate() {
        let path = Path::new("subsets").index(place);
        let lists =
            [("addresses", &subset.addresses), ("notReadyAddresses", &subset.not_ready_addresses)];
        if lists.iter().all(|(_, it)| it.as_ref().is_none_or(Vec::is_empty)) {
            let why = "must specify `addresses` or `notReadyAddresses`";
            errors.push(FieldError::required(&path, why));
        }
        for (field, addresses) in lists {
            for (place, address) in addresses.iter().flatten().enumerate() {
                let path = path.child(field).index(place).child("ip");
                invalid_each(&mut errors, &path, &address.ip, names::is_ip_address(&address.ip));
            }
        }
        for (place, port) in subset.ports.iter().flatten().enumerate() {
            let path = path.child("ports").index(place);
            numbers::port(&mut errors, &path.child("port"), port.port);
            one_of(
                &mut errors,
                &path.child("protocol"),
                port.protocol.as_deref(),
                container::PROTOCOLS,
            );
        }
    }
    errors
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
