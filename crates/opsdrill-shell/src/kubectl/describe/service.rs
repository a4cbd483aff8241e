//! `kubectl describe service`.

use std::sync::Arc;

use opsdrill_objects::k8s_openapi::api::core::v1::{ServicePort, ServiceSpec};
use opsdrill_objects::k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use opsdrill_objects::{Kind, Object, Status};

use crate::kubectl::context::Context;

use super::writer::or_none;
use super::{Description, events};

/// How many endpoints are shown before `+ 2 more...`.
const ENDPOINTS_MAX: usize = 3;

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let service = object.service().expect("the table calls this for services");
    let spec = service.spec.clone().unwrap_or_default();
    out.name(&object.meta);
    out.labels_and_annotations(&object.meta);
    let selector = spec.selector.clone().unwrap_or_default();
    let pairs: Vec<String> = selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    out.field(0, "Selector", or_none(&pairs.join(",")));
    addresses(&spec, out);
    let balancer = service.status.as_ref().and_then(|it| it.load_balancer.as_ref());
    let ingress: Vec<String> = balancer
        .and_then(|it| it.ingress.as_ref())
        .into_iter()
        .flatten()
        .filter_map(|it| it.ip.clone().or_else(|| it.hostname.clone()))
        .collect();
    if !ingress.is_empty() {
        out.field(0, "LoadBalancer Ingress", ingress.join(", "));
    }
    let label = format!("kubernetes.io/service-name={}", object.meta.name);
    let (slices, _) = context.list(Kind::EndpointSlice, object.meta.namespace(), &label, "")?;
    for port in spec.ports.iter().flatten() {
        describe_port(port, &slices, out);
    }
    out.field(0, "Session Affinity", spec.session_affinity.as_deref().unwrap_or_default());
    if let Some(policy) = &spec.external_traffic_policy {
        out.field(0, "External Traffic Policy", policy);
    }
    if let Some(policy) = &spec.internal_traffic_policy {
        out.field(0, "Internal Traffic Policy", policy);
    }
    events::describe(context, object, out);
    Ok(())
}

fn addresses(spec: &ServiceSpec, out: &mut Description) {
    let joined = |list: &Option<Vec<String>>| list.clone().unwrap_or_default().join(",");
    out.field(0, "Type", spec.type_.as_deref().unwrap_or_default());
    if let Some(policy) = &spec.ip_family_policy {
        out.field(0, "IP Family Policy", policy);
    }
    out.field(0, "IP Families", or_none(&joined(&spec.ip_families)));
    out.field(0, "IP", spec.cluster_ip.as_deref().unwrap_or_default());
    out.field(0, "IPs", or_none(&joined(&spec.cluster_ips)));
    let external = joined(&spec.external_ips);
    if !external.is_empty() {
        out.field(0, "External IPs", external);
    }
    if let Some(name) = spec.external_name.as_deref().filter(|it| !it.is_empty()) {
        out.field(0, "External Name", name);
    }
}

fn describe_port(port: &ServicePort, slices: &[Arc<Object>], out: &mut Description) {
    let own = port.name.as_deref().unwrap_or_default();
    let name = if own.is_empty() { "<unset>" } else { own };
    let protocol = port.protocol.as_deref().unwrap_or("TCP");
    out.line(0, format!("Port:\t{name}\t{}/{protocol}", port.port));
    let target = match &port.target_port {
        Some(IntOrString::Int(number)) => number.to_string(),
        Some(IntOrString::String(name)) => name.clone(),
        None => port.port.to_string(),
    };
    out.field(0, "TargetPort", format!("{target}/{protocol}"));
    if let Some(number) = port.node_port.filter(|it| *it != 0) {
        out.line(0, format!("NodePort:\t{name}\t{number}/{protocol}"));
    }
    out.field(0, "Endpoints", endpoints(own, slices));
}

/// The first ready addresses behind a port, and how many more there are.
///
/// The real one looks for a fourth before it knows whether that is ready, and may count none: `+ 0 more...`.
pub(super) fn endpoints(port: &str, slices: &[Arc<Object>]) -> String {
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let (mut list, mut count, mut more) = (Vec::new(), 0, false);
    for slice in slices.iter().filter_map(|it| it.endpoint_slice()) {
        let ports = slice.ports.iter().flatten();
        for found in ports.filter(|it| it.name.as_deref().unwrap_or_default() == port) {
            let number = found.port.unwrap_or_default();
            for endpoint in &slice.endpoints {
                more |= list.len() == ENDPOINTS_MAX;
                let ready = endpoint.conditions.as_ref().and_then(|it| it.ready).unwrap_or(true);
                let Some(address) = endpoint.addresses.first().filter(|_| ready) else { continue };
                count += 1;
                if !more {
                    list.push(format!("{address}:{number}"));
                }
            }
        }
    }
    let shown = list.join(",");
    if more { format!("{shown} + {} more...", count - ENDPOINTS_MAX) } else { shown }
}
