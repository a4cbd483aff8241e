//! EndpointSlice.

use k8s_openapi::api::discovery::v1::{EndpointPort, EndpointSlice};

use crate::Object;
use crate::defaults::fill_text;

use crate::field_error::FieldError;
use crate::validation::{Errors, IMMUTABLE, Path, invalid_each, metadata, names, one_of};

use super::row::ROW;
use super::{Column, Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::EndpointSlice,
    name: "EndpointSlice",
    group: "discovery.k8s.io",
    plural: "endpointslices",
    singular: "endpointslice",
    has_generation: true,
    decode: decode_body::<EndpointSlice>,
    default,
    validate,
    validate_update,
    columns: &[
        Column::always("Name"),
        Column::always("AddressType"),
        Column::always("Ports"),
        Column::always("Endpoints"),
        Column::always("Age"),
    ],
    cells,
    ..ROW
};

fn default(object: &mut Object) {
    let Some(body) = object.endpoint_slice_mut() else { return };
    for port in body.ports.iter_mut().flatten() {
        fill_text(&mut port.name, "");
        fill_text(&mut port.protocol, "TCP");
    }
}

/// The type of the addresses is given and they are of it.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(body) = object.endpoint_slice() else { return errors };
    let kind = Some(body.address_type.as_str());
    one_of(&mut errors, &Path::new("addressType"), kind, &["FQDN", "IPv4", "IPv6"]);
    for (place, endpoint) in body.endpoints.iter().enumerate() {
        let path = Path::new("endpoints").index(place).child("addresses");
        if endpoint.addresses.is_empty() {
            errors.push(FieldError::required(&path, "must contain at least 1 address"));
        }
        for (place, address) in endpoint.addresses.iter().enumerate() {
            if body.address_type != "FQDN" {
                let messages = names::is_ip_address(address);
                invalid_each(&mut errors, &path.index(place), address, messages);
            }
        }
    }
    errors
}

fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let kind =
        |it: &Object| it.endpoint_slice().map(|it| it.address_type.clone()).unwrap_or_default();
    if kind(new) != kind(old) {
        errors.push(FieldError::invalid("addressType", &kind(new), IMMUTABLE));
    }
    errors
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
