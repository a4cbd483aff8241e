//! Service.

mod validate;

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{LoadBalancerStatus, Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::Object;
use crate::defaults::{fill, fill_text};

use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Service,
    name: "Service",
    plural: "services",
    singular: "service",
    short_names: &["svc"],
    categories: &["all"],
    subresources: &[
        SubresourceInfo::proxy(("", "v1", "ServiceProxyOptions")),
        SubresourceInfo::STATUS,
    ],
    decode: decode_body::<Service>,
    default,
    validate: validate::validate,
    validate_update: validate::validate_update,
    columns: &[
        Column::always("Name"),
        Column::always("Type"),
        Column::always("Cluster-IP"),
        Column::always("External-IP"),
        Column::always("Port(s)"),
        Column::always("Age"),
        Column::wide("Selector"),
    ],
    cells,
    ..ROW
};

/// As `SetDefaults_Service` of `pkg/apis/core/v1` and, for the families of a single-stack IPv4 cluster, the
/// service registry. Addresses and node ports are allotted by the engine.
fn default(object: &mut Object) {
    let Some(body) = object.service_mut() else { return };
    let status = body.status.get_or_insert_default();
    fill(&mut status.load_balancer, LoadBalancerStatus::default());
    let spec = body.spec.get_or_insert_default();
    fill_text(&mut spec.session_affinity, "None");
    match spec.session_affinity.as_deref() {
        Some("None") => spec.session_affinity_config = None,
        Some("ClientIP") => {
            let config = spec.session_affinity_config.get_or_insert_default();
            fill(&mut config.client_ip.get_or_insert_default().timeout_seconds, 10_800);
        }
        _ => {}
    }
    fill_text(&mut spec.type_, "ClusterIP");
    for port in spec.ports.iter_mut().flatten() {
        fill_text(&mut port.protocol, "TCP");
        let number = IntOrString::Int(port.port);
        match &port.target_port {
            None | Some(IntOrString::Int(0)) => port.target_port = Some(number),
            Some(IntOrString::String(name)) if name.is_empty() => port.target_port = Some(number),
            Some(_) => {}
        }
    }
    let kind = spec.type_.clone().unwrap_or_default();
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        fill_text(&mut spec.external_traffic_policy, "Cluster");
    }
    if kind == "LoadBalancer" {
        fill(&mut spec.allocate_load_balancer_node_ports, true);
    }
    if matches!(kind.as_str(), "ClusterIP" | "NodePort" | "LoadBalancer") {
        fill_text(&mut spec.internal_traffic_policy, "Cluster");
        default_families(spec);
    }
}

fn default_families(spec: &mut ServiceSpec) {
    if let Some(address) = &spec.cluster_ip {
        fill(&mut spec.cluster_ips, vec![address.clone()]);
    }
    let headless = spec.cluster_ip.as_deref() == Some("None");
    let policy =
        if headless && spec.selector.is_none() { "RequireDualStack" } else { "SingleStack" };
    fill_text(&mut spec.ip_family_policy, policy);
    let families = match spec.ip_family_policy.as_deref() {
        Some("RequireDualStack") if headless && spec.selector.is_none() => vec!["IPv4", "IPv6"],
        _ => vec!["IPv4"],
    };
    fill(&mut spec.ip_families, families.into_iter().map(str::to_owned).collect());
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(Service { spec: Some(spec), status, .. }) = object.service() else {
        return Vec::new();
    };
    let balancer = status.as_ref().and_then(|it| it.load_balancer.as_ref());
    let port = |it: &ServicePort| {
        let protocol = it.protocol.as_deref().unwrap_or_default();
        match it.node_port {
            Some(node_port) if node_port > 0 => format!("{}:{node_port}/{protocol}", it.port),
            _ => format!("{}/{protocol}", it.port),
        }
    };
    let ports: Vec<String> = spec.ports.iter().flatten().map(port).collect();
    let selector: Vec<String> =
        spec.selector.iter().flatten().map(|(key, value)| format!("{key}={value}")).collect();
    vec![
        object.meta.name.to_string(),
        spec.type_.clone().unwrap_or_default(),
        cells::or_none(spec.cluster_ips.iter().flatten().next().map(String::as_str)),
        external_address(spec, balancer),
        cells::or_none(Some(&ports.join(","))),
        cells::age(object, now),
        cells::or_none(Some(&selector.join(","))),
    ]
}

fn external_address(spec: &ServiceSpec, balancer: Option<&LoadBalancerStatus>) -> String {
    let mut addresses = spec.external_ips.clone().unwrap_or_default();
    match spec.type_.as_deref() {
        Some("ClusterIP" | "NodePort") => cells::or_none(Some(&addresses.join(","))),
        Some("LoadBalancer") => {
            let given = balancer_addresses(balancer);
            if !given.is_empty() {
                addresses.insert(0, given);
            }
            if addresses.is_empty() { "<pending>".to_owned() } else { addresses.join(",") }
        }
        Some("ExternalName") => spec.external_name.clone().unwrap_or_default(),
        _ => "<unknown>".to_owned(),
    }
}

/// The addresses of a load balancer, cut to 16 characters as where `-o wide` is not asked for.
fn balancer_addresses(balancer: Option<&LoadBalancerStatus>) -> String {
    let entries = balancer.into_iter().flat_map(|it| it.ingress.iter().flatten());
    let addresses: BTreeSet<&String> =
        entries.filter_map(|it| it.ip.as_ref().or(it.hostname.as_ref())).collect();
    let text = addresses.into_iter().map(String::as_str).collect::<Vec<_>>().join(",");
    match text.get(..13) {
        Some(start) if text.len() > 16 => format!("{start}..."),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::decode::decode_object;

    #[test]
    fn external_addresses_depend_on_the_type() {
        let external = |spec: serde_json::Value, status: serde_json::Value| {
            let document = json!({ "spec": spec, "status": status });
            let object = decode_object(Kind::Service, document).expect("a service").value;
            cells(&object, 0)[3].clone()
        };
        assert_eq!(
            external(
                json!({ "type": "ExternalName", "externalName": "db.example.com" }),
                json!({})
            ),
            "db.example.com"
        );
        assert_eq!(
            external(
                json!({ "type": "ClusterIP", "externalIPs": ["192.0.2.1", "192.0.2.2"] }),
                json!({})
            ),
            "192.0.2.1,192.0.2.2"
        );
        let given = |ingress| json!({ "loadBalancer": { "ingress": ingress } });
        let balancer = json!({ "type": "LoadBalancer" });
        assert_eq!(external(balancer.clone(), given(json!([{ "ip": "192.0.2.9" }]))), "192.0.2.9");
        assert_eq!(
            external(balancer, given(json!([{ "hostname": "lb.region.example.com" }]))),
            "lb.region.exa..."
        );
    }
}
