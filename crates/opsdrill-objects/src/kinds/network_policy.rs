//! NetworkPolicy.

use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort};

use crate::Object;
use crate::defaults::{fill, fill_text};
use crate::field_error::FieldError;
use crate::selector::format_label_selector;
use crate::validation::{Errors, Path, label_selector, metadata, names, numbers, one_of};

use super::row::ROW;
use super::{Column, Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::NetworkPolicy,
    name: "NetworkPolicy",
    group: "networking.k8s.io",
    plural: "networkpolicies",
    singular: "networkpolicy",
    short_names: &["netpol"],
    has_generation: true,
    decode: decode_body::<NetworkPolicy>,
    default,
    validate,
    columns: &[Column::always("Name"), Column::always("Pod-Selector"), Column::always("Age")],
    cells: |object, now| {
        let spec = object.network_policy().and_then(|it| it.spec.as_ref());
        let selector = spec.and_then(|it| it.pod_selector.as_ref());
        vec![object.meta.name.to_string(), format_label_selector(selector), cells::age(object, now)]
    },
    ..ROW
};

/// As `SetDefaults_NetworkPolicy`: a policy is about incoming connections, and about outgoing ones if it names some.
fn default(object: &mut Object) {
    let Some(body) = object.network_policy_mut() else { return };
    let spec = body.spec.get_or_insert_default();
    spec.pod_selector.get_or_insert_default();
    let mut types = vec!["Ingress".to_owned()];
    if spec.egress.as_ref().is_some_and(|it| !it.is_empty()) {
        types.push("Egress".to_owned());
    }
    fill(&mut spec.policy_types, types);
    let incoming = spec.ingress.iter_mut().flatten().filter_map(|it| it.ports.as_mut());
    let outgoing = spec.egress.iter_mut().flatten().filter_map(|it| it.ports.as_mut());
    for port in incoming.chain(outgoing).flatten() {
        fill_text(&mut port.protocol, "TCP");
    }
}

/// As `ValidateNetworkPolicySpec`.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(NetworkPolicy { spec: Some(spec), .. }) = object.network_policy() else {
        return errors;
    };
    let path = Path::new("spec");
    if let Some(selector) = &spec.pod_selector {
        label_selector::label_selector(&mut errors, &path.child("podSelector"), selector);
    }
    for (place, rule) in spec.ingress.iter().flatten().enumerate() {
        let path = path.child("ingress").index(place);
        ports(&mut errors, &path, rule.ports.as_deref());
        peers(&mut errors, &path.child("from"), rule.from.as_deref());
    }
    for (place, rule) in spec.egress.iter().flatten().enumerate() {
        let path = path.child("egress").index(place);
        ports(&mut errors, &path, rule.ports.as_deref());
        peers(&mut errors, &path.child("to"), rule.to.as_deref());
    }
    let types = spec.policy_types.as_deref().unwrap_or_default();
    if types.len() > 2 {
        let why = "may not specify more than two policyTypes";
        errors.push(FieldError::invalid_raw(path.child("policyTypes"), format!("{types:?}"), why));
    }
    for (place, word) in types.iter().enumerate() {
        let path = path.child("policyTypes").index(place);
        if !matches!(word.as_str(), "Ingress" | "Egress") {
            errors.push(FieldError::not_supported(&path, word, &["Egress", "Ingress"]));
        }
    }
    errors
}

fn ports(errors: &mut Errors, path: &Path, ports: Option<&[NetworkPolicyPort]>) {
    for (place, port) in ports.into_iter().flatten().enumerate() {
        let path = path.child("ports").index(place);
        let words = ["SCTP", "TCP", "UDP"];
        one_of(errors, &path.child("protocol"), port.protocol.as_deref(), &words);
        if let Some(number) = &port.port {
            numbers::port_or_name(errors, &path.child("port"), number);
        }
    }
}

fn peers(errors: &mut Errors, path: &Path, peers: Option<&[NetworkPolicyPeer]>) {
    for (place, peer) in peers.into_iter().flatten().enumerate() {
        let path = path.index(place);
        let selects = peer.pod_selector.is_some() || peer.namespace_selector.is_some();
        if !selects && peer.ip_block.is_none() {
            errors.push(FieldError::required(&path, "must specify a peer"));
        } else if selects && peer.ip_block.is_some() {
            let why = "may not specify both ipBlock and another peer";
            errors.push(FieldError::forbidden(&path, why));
        }
        for (field, selector) in
            [("podSelector", &peer.pod_selector), ("namespaceSelector", &peer.namespace_selector)]
        {
            if let Some(selector) = selector {
                label_selector::label_selector(errors, &path.child(field), selector);
            }
        }
    }
}
