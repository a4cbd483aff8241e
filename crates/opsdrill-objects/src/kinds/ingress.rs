//! Ingress.

use k8s_openapi::api::networking::v1::{
    HTTPIngressPath, Ingress, IngressBackend, IngressLoadBalancerStatus, IngressRule, IngressSpec,
};

use crate::Object;
use crate::defaults::fill;
use crate::field_error::FieldError;
use crate::validation::{Errors, Path, invalid_each, metadata, names, numbers};

use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

/// How many characters of the addresses are shown.
const ADDRESSES_WIDTH: usize = 16;

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Ingress,
    name: "Ingress",
    group: "networking.k8s.io",
    plural: "ingresses",
    singular: "ingress",
    short_names: &["ing"],
    subresources: &[SubresourceInfo::STATUS],
    has_generation: true,
    decode: decode_body::<Ingress>,
    default: |object| {
        if let Some(body) = object.ingress_mut() {
            body.spec.get_or_insert_default();
            let status = body.status.get_or_insert_default();
            fill(&mut status.load_balancer, IngressLoadBalancerStatus::default());
        }
    },
    validate,
    columns: &[
        Column::always("Name"),
        Column::always("Class"),
        Column::always("Hosts"),
        Column::always("Address"),
        Column::always("Ports"),
        Column::always("Age"),
    ],
    cells,
    ..ROW
};

/// As `ValidateIngressSpec` of `pkg/apis/networking/validation`.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(Ingress { spec: Some(spec), .. }) = object.ingress() else { return errors };
    let path = Path::new("spec");
    let rules = spec.rules.as_deref().unwrap_or_default();
    if rules.is_empty() && spec.default_backend.is_none() {
        let why = "either `defaultBackend` or `rules` must be specified";
        errors.push(FieldError::invalid_raw(&path, "[]", why));
    }
    if let Some(backend) = &spec.default_backend {
        validate_backend(&mut errors, &path.child("defaultBackend"), backend);
    }
    for (place, rule) in rules.iter().enumerate() {
        validate_rule(&mut errors, &path.child("rules").index(place), rule);
    }
    for (place, tls) in spec.tls.iter().flatten().enumerate() {
        let path = path.child("tls").index(place).child("hosts");
        for (place, host) in tls.hosts.iter().flatten().enumerate() {
            invalid_each(&mut errors, &path.index(place), host, is_host(host));
        }
    }
    if let Some(class) = &spec.ingress_class_name {
        let messages = names::is_dns1123_subdomain(class);
        invalid_each(&mut errors, &path.child("ingressClassName"), class, messages);
    }
    errors
}

/// What is wrong with a host that may begin with `*.`.
fn is_host(host: &str) -> Vec<String> {
    if let Some(rest) = host.strip_prefix("*.") {
        if names::is_dns1123_subdomain(rest).is_empty() {
            return Vec::new();
        }
        return vec![
            "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must \
             consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character \
             (e.g. '*.example.com', regex used for validation is \
             '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
                .into(),
        ];
    }
    names::is_dns1123_subdomain(host)
}

fn validate_rule(errors: &mut Errors, path: &Path, rule: &IngressRule) {
    if let Some(host) = rule.host.as_deref().filter(|it| !it.is_empty()) {
        if host.parse::<std::net::IpAddr>().is_ok() {
            let why = "must be a DNS name, not an IP address";
            errors.push(FieldError::invalid(path.child("host"), host, why));
        } else {
            invalid_each(errors, &path.child("host"), host, is_host(host));
        }
    }
    let Some(http) = &rule.http else { return };
    let paths = path.child("http").child("paths");
    if http.paths.is_empty() {
        errors.push(FieldError::required(&paths, ""));
    }
    for (place, entry) in http.paths.iter().enumerate() {
        validate_path(errors, &paths.index(place), entry);
    }
}

fn validate_path(errors: &mut Errors, path: &Path, entry: &HTTPIngressPath) {
    let text = entry.path.as_deref().unwrap_or_default();
    let text_path = path.child("path");
    match entry.path_type.as_str() {
        "" => {
            errors.push(FieldError::required(path.child("pathType"), "pathType must be specified"));
        }
        "Exact" | "Prefix" => {
            if !text.starts_with('/') {
                errors.push(FieldError::invalid(&text_path, text, "must be an absolute path"));
            }
            for part in ["//", "/./", "/../", "%2f", "%2F"] {
                if text.contains(part) {
                    let why = format!("must not contain '{part}'");
                    errors.push(FieldError::invalid(&text_path, text, why));
                }
            }
            for part in ["/..", "/."] {
                if text.ends_with(part) {
                    let why = format!("cannot end with '{part}'");
                    errors.push(FieldError::invalid(&text_path, text, why));
                }
            }
        }
        "ImplementationSpecific" => {
            if !text.is_empty() && !text.starts_with('/') {
                errors.push(FieldError::invalid(&text_path, text, "must be an absolute path"));
            }
        }
        other => {
            let words = ["Exact", "ImplementationSpecific", "Prefix"];
            errors.push(FieldError::not_supported(path.child("pathType"), other, &words));
        }
    }
    validate_backend(errors, &path.child("backend"), &entry.backend);
}

fn validate_backend(errors: &mut Errors, path: &Path, backend: &IngressBackend) {
    match (&backend.resource, &backend.service) {
        (Some(_), Some(_)) => {
            let why = "cannot set both resource and service backends";
            errors.push(FieldError::invalid(path, "", why));
        }
        (None, None) => {
            errors.push(FieldError::required(path, "resource or service backend is required"));
        }
        (Some(_), None) => {}
        (None, Some(service)) => {
            let path = path.child("service");
            if service.name.is_empty() {
                errors.push(FieldError::required(path.child("name"), ""));
            } else {
                let messages = names::is_dns1035_label(&service.name);
                invalid_each(errors, &path.child("name"), &service.name, messages);
            }
            let port = service.port.clone().unwrap_or_default();
            let name = port.name.filter(|it| !it.is_empty());
            let path = path.child("port");
            match (name, port.number.filter(|it| *it != 0)) {
                (Some(_), Some(_)) => {
                    errors.push(FieldError::invalid(
                        &path,
                        "",
                        "cannot set both port name & port number",
                    ));
                }
                (None, None) => {
                    errors.push(FieldError::required(&path, "port name or number is required"));
                }
                (Some(name), None) => {
                    invalid_each(errors, &path.child("name"), &name, names::is_port_name(&name));
                }
                (None, Some(number)) => numbers::port(errors, &path.child("number"), number),
            }
        }
    }
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(Ingress { spec: Some(spec), status, .. }) = object.ingress() else {
        return Vec::new();
    };
    let balancer = status.as_ref().and_then(|it| it.load_balancer.as_ref());
    let entries = balancer.into_iter().flat_map(|it| it.ingress.iter().flatten());
    let addresses: std::collections::BTreeSet<&str> = entries
        .filter_map(|it| it.ip.as_deref().or(it.hostname.as_deref()))
        .filter(|it| !it.is_empty())
        .collect();
    let addresses = addresses.into_iter().collect::<Vec<_>>().join(",");
    let addresses = match addresses.get(..ADDRESSES_WIDTH - 3) {
        Some(start) if addresses.len() > ADDRESSES_WIDTH => format!("{start}..."),
        _ => addresses,
    };
    let ports = if spec.tls.as_ref().is_some_and(|it| !it.is_empty()) { "80, 443" } else { "80" };
    vec![
        object.meta.name.to_string(),
        spec.ingress_class_name.clone().unwrap_or_else(|| cells::NONE.to_owned()),
        hosts(spec),
        addresses,
        ports.to_owned(),
        cells::age(object, now),
    ]
}

fn hosts(spec: &IngressSpec) -> String {
    let named = spec.rules.iter().flatten().filter_map(|it| it.host.clone());
    let named: Vec<String> = named.filter(|it| !it.is_empty()).collect();
    match cells::first_few(&named) {
        text if text.is_empty() => "*".to_owned(),
        text => text,
    }
}
