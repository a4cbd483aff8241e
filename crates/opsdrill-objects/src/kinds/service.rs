//! Service.

use k8s_openapi::api::core::v1::{LoadBalancerStatus, Service, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::Object;
use crate::defaults::{fill, fill_text};

use super::{Column, Kind, KindInfo, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Service,
    name: "Service",
    group: "",
    version: "v1",
    plural: "services",
    singular: "service",
    short_names: &["svc"],
    namespaced: true,
    in_all: true,
    has_status: true,
    has_generation: false,
    decode: decode_body::<Service>,
    default,
    validate: |_| Vec::new(),
    validate_update: |_, _| Vec::new(),
    columns: &[Column::always("Name")],
    cells: |object, _| vec![object.meta.name.to_string()],
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
