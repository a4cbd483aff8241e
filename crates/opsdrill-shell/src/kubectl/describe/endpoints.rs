//! `kubectl describe endpoints`.

use opsdrill_objects::k8s_openapi::api::core::v1::{EndpointAddress, EndpointSubset};
use opsdrill_objects::{Object, Status};

use crate::kubectl::context::Context;

use super::writer::{or_none, or_unset};
use super::{Description, events};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let body = object.endpoints().expect("the table calls this for endpoints");
    out.name(&object.meta);
    out.labels_and_annotations(&object.meta);
    out.line(0, "Subsets:");
    for subset in body.subsets.iter().flatten() {
        describe_subset(subset, out);
    }
    events::describe(context, object, out);
    Ok(())
}

fn describe_subset(subset: &EndpointSubset, out: &mut Description) {
    let joined = |list: &Option<Vec<EndpointAddress>>| {
        let addresses: Vec<&str> = list.iter().flatten().map(|it| it.ip.as_str()).collect();
        addresses.join(",")
    };
    out.field(1, "Addresses", or_none(&joined(&subset.addresses)));
    out.field(1, "NotReadyAddresses", or_none(&joined(&subset.not_ready_addresses)));
    let ports = subset.ports.as_deref().unwrap_or_default();
    if !ports.is_empty() {
        out.line(1, "Ports:");
        out.line(2, "Name\tPort\tProtocol");
        out.line(2, "----\t----\t--------");
    }
    for port in ports {
        let name = or_unset(port.name.as_deref());
        let protocol = port.protocol.as_deref().unwrap_or_default();
        out.line(2, format!("{name}\t{}\t{protocol}", port.port));
    }
    out.line(0, "");
}
