//! `kubectl describe endpointslice`.

use opsdrill_objects::k8s_openapi::api::discovery::v1::{Endpoint, EndpointPort};
use opsdrill_objects::{Object, Status};

use crate::kubectl::context::Context;

use super::writer::{or_none, or_unset};
use super::{Description, events};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let body = object.endpoint_slice().expect("the table calls this for endpoint slices");
    out.name(&object.meta);
    out.labels_and_annotations(&object.meta);
    out.field(0, "AddressType", &body.address_type);
    describe_ports(body.ports.as_deref().unwrap_or_default(), out);
    if body.endpoints.is_empty() {
        out.line(0, "Endpoints: <none>");
    } else {
        out.line(0, "Endpoints:");
    }
    for endpoint in &body.endpoints {
        describe_endpoint(endpoint, out);
    }
    events::describe(context, object, out);
    Ok(())
}

fn describe_ports(ports: &[EndpointPort], out: &mut Description) {
    if ports.is_empty() {
        return out.line(0, "Ports: <unset>");
    }
    out.line(0, "Ports:");
    out.line(1, "Name\tPort\tProtocol");
    out.line(1, "----\t----\t--------");
    for port in ports {
        let name = or_unset(port.name.as_deref());
        let number = port.port.map(|it| it.to_string());
        let protocol = port.protocol.as_deref().unwrap_or_default();
        out.line(1, format!("{name}\t{}\t{protocol}", or_unset(number.as_deref())));
    }
}

fn describe_endpoint(endpoint: &Endpoint, out: &mut Description) {
    out.field(1, "- Addresses", or_none(&endpoint.addresses.join(", ")));
    out.line(2, "Conditions:");
    let ready = endpoint.conditions.as_ref().and_then(|it| it.ready).map(|it| it.to_string());
    out.field(3, "Ready", or_unset(ready.as_deref()));
    out.field(2, "Hostname", or_unset(endpoint.hostname.as_deref()));
    if let Some(target) = &endpoint.target_ref {
        let part = |it: &Option<String>| it.clone().unwrap_or_default();
        out.field(2, "TargetRef", format!("{}/{}", part(&target.kind), part(&target.name)));
    }
    out.field(2, "NodeName", or_unset(endpoint.node_name.as_deref()));
    out.field(2, "Zone", or_unset(endpoint.zone.as_deref()));
}
