//! What a Service may look like (`ValidateService`). Ranges of addresses and node ports are the engine's.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::Object;
use crate::field_error::FieldError;
use crate::validation::{
    Errors, Path, container, go_value, invalid_each, label_selector, metadata, names, numbers,
    one_of,
};

/// The port of the kubelet, which a Service must not hide.
const KUBELET_PORT: i32 = 10_250;

const TYPES: &[&str] = &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

pub(super) fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1035_label);
    let Some(Service { spec: Some(spec), .. }) = object.service() else { return errors };
    let path = Path::new("spec");
    let ports_path = path.child("ports");
    let kind = spec.type_.as_deref().unwrap_or_default();
    let ports = spec.ports.as_deref().unwrap_or_default();
    let headless = is_headless(spec);
    if ports.is_empty() && !headless && kind != "ExternalName" {
        errors.push(FieldError::required(&ports_path, ""));
    }
    validate_type(&mut errors, &path, spec, kind);
    let mut taken = BTreeSet::new();
    for (place, port) in ports.iter().enumerate() {
        let path = ports_path.index(place);
        validate_port(&mut errors, &path, port, ports.len() > 1, &mut taken);
    }
    if let Some(selector) = &spec.selector {
        label_selector::labels(&mut errors, &path.child("selector"), selector);
    }
    let affinity = spec.session_affinity.as_deref();
    one_of(&mut errors, &path.child("sessionAffinity"), affinity, &["ClientIP", "None"]);
    for (place, address) in spec.cluster_ips.iter().flatten().enumerate() {
        if !matches!(address.as_str(), "" | "None") {
            let path = path.child("clusterIPs").index(place);
            invalid_each(&mut errors, &path, address, names::is_ip_address(address));
        }
    }
    for (place, address) in spec.external_ips.iter().flatten().enumerate() {
        let path = path.child("externalIPs").index(place);
        invalid_each(&mut errors, &path, address, names::is_ip_address(address));
    }
    one_of(&mut errors, &path.child("type"), Some(kind), TYPES);
    validate_node_ports(&mut errors, &ports_path, ports, kind);
    validate_duplicate_ports(&mut errors, &ports_path, ports);
    let policies = ["Cluster", "Local"];
    for (field, policy) in [
        ("externalTrafficPolicy", spec.external_traffic_policy.as_deref()),
        ("internalTrafficPolicy", spec.internal_traffic_policy.as_deref()),
    ] {
        if policy.is_some() {
            one_of(&mut errors, &path.child(field), policy, &policies);
        }
    }
    errors
}

fn is_headless(spec: &ServiceSpec) -> bool {
    spec.cluster_ips
        .iter()
        .flatten()
        .next()
        .or(spec.cluster_ip.as_ref())
        .is_some_and(|it| it == "None")
}

fn validate_type(errors: &mut Errors, path: &Path, spec: &ServiceSpec, kind: &str) {
    if kind == "LoadBalancer" {
        for (place, port) in spec.ports.iter().flatten().enumerate() {
            if port.port == KUBELET_PORT {
                let why = format!(
                    "may not expose port {KUBELET_PORT} externally since it is used by kubelet"
                );
                let path = path.child("ports").index(place);
                errors.push(FieldError::invalid_raw(path, port.port, why));
            }
        }
    }
    if matches!(kind, "LoadBalancer" | "NodePort") && is_headless(spec) {
        let why = format!("may not be set to 'None' for {kind} services");
        errors.push(FieldError::invalid(path.child("clusterIPs").index(0), "None", why));
    }
    if kind != "ExternalName" {
        return;
    }
    if spec.cluster_ips.as_ref().is_some_and(|it| !it.is_empty()) {
        let why = "may not be set for ExternalName services";
        errors.push(FieldError::forbidden(path.child("clusterIPs"), why));
    }
    let name_path = path.child("externalName");
    // A dot at the end marks the name as complete.
    let name = spec.external_name.as_deref().unwrap_or_default();
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() {
        errors.push(FieldError::required(name_path, ""));
    } else {
        invalid_each(errors, &name_path, name, names::is_dns1123_subdomain(name));
    }
}

fn validate_port<'a>(
    errors: &mut Errors,
    path: &Path,
    port: &'a ServicePort,
    needs_name: bool,
    taken: &mut BTreeSet<&'a str>,
) {
    let name_path = path.child("name");
    match port.name.as_deref().unwrap_or_default() {
        "" if needs_name => errors.push(FieldError::required(name_path, "")),
        "" => {}
        name => {
            invalid_each(errors, &name_path, name, names::is_dns1123_label(name));
            if !taken.insert(name) {
                errors.push(FieldError::duplicate(name_path, name));
            }
        }
    }
    numbers::port(errors, &path.child("port"), port.port);
    one_of(errors, &path.child("protocol"), port.protocol.as_deref(), container::PROTOCOLS);
    let own_port = IntOrString::Int(port.port);
    let target = port.target_port.as_ref().unwrap_or(&own_port);
    numbers::port_or_name(errors, &path.child("targetPort"), target);
}

fn validate_node_ports(errors: &mut Errors, path: &Path, ports: &[ServicePort], kind: &str) {
    let mut taken = BTreeSet::new();
    for (place, port) in ports.iter().enumerate() {
        let path = path.index(place).child("nodePort");
        let Some(node_port) = port.node_port.filter(|it| *it != 0) else { continue };
        if kind == "ClusterIP" {
            let why = "may not be used when `type` is 'ClusterIP'";
            errors.push(FieldError::forbidden(&path, why));
        }
        if !taken.insert((node_port, port.protocol.as_deref())) {
            let mut error = FieldError::duplicate(&path, "");
            error.value = node_port.to_string();
            errors.push(error);
        }
    }
}

fn validate_duplicate_ports(errors: &mut Errors, path: &Path, ports: &[ServicePort]) {
    let mut taken = BTreeSet::new();
    for (place, port) in ports.iter().enumerate() {
        let protocol = port.protocol.as_deref().unwrap_or_default();
        if !taken.insert((port.port, protocol)) {
            let mut error = FieldError::duplicate(path.index(place), "");
            error.value = format!(
                "core.ServicePort{{Name:\"\", Protocol:{protocol:?}, AppProtocol:(*string)(nil), Port:{}, \
                 TargetPort:intstr.IntOrString{{Type:0, IntVal:0, StrVal:\"\"}}, NodePort:0}}",
                port.port
            );
            errors.push(error);
        }
    }
}

/// The address of a Service stays, unless it becomes or was an external name.
pub(super) fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let spec =
        |object: &Object| object.service().and_then(|it| it.spec.clone()).unwrap_or_default();
    let (new, old) = (spec(new), spec(old));
    let has_address = |it: &ServiceSpec| it.type_.as_deref() != Some("ExternalName");
    if !has_address(&new) || !has_address(&old) {
        return errors;
    }
    let addresses = |it: &ServiceSpec| it.cluster_ips.clone().unwrap_or_default();
    let mut wanted = addresses(&new);
    // A client that changes only the older field means both.
    if let (Some(address), Some(first)) = (&new.cluster_ip, wanted.first_mut())
        && new.cluster_ip != old.cluster_ip
    {
        first.clone_from(address);
    }
    let kept = addresses(&old);
    if let (Some(wanted_first), Some(kept_first)) = (wanted.first(), kept.first())
        && wanted_first != kept_first
    {
        let path = Path::new("spec").child("clusterIPs").index(0);
        let value = go_value::string_list(&wanted);
        errors.push(FieldError::invalid_raw(path, value, "may not change once set"));
    }
    errors
}
