//! Node.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Node, NodeSystemInfo};

use crate::Object;

use crate::field_error::FieldError;
use crate::validation::{Errors, Path, metadata, names, toleration};

use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Node,
    name: "Node",
    plural: "nodes",
    singular: "node",
    short_names: &["no"],
    namespaced: false,
    subresources: &[
        SubresourceInfo::proxy(("", "v1", "NodeProxyOptions")),
        SubresourceInfo::STATUS,
    ],
    decode: decode_body::<Node>,
    validate,
    validate_update,
    columns: &[
        Column::always("Name"),
        Column::always("Status"),
        Column::always("Roles"),
        Column::always("Age"),
        Column::always("Version"),
        Column::wide("Internal-IP"),
        Column::wide("External-IP"),
        Column::wide("OS-Image"),
        Column::wide("Kernel-Version"),
        Column::wide("Container-Runtime"),
    ],
    cells,
    ..ROW
};

fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let spec = object.node().and_then(|it| it.spec.as_ref());
    if let Some(taints) = spec.and_then(|it| it.taints.as_ref()) {
        toleration::taints(&mut errors, &Path::new("spec").child("taints"), taints);
    }
    errors
}

/// What the machine says of itself stays once it is said.
fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let spec = |it: &Object| it.node().and_then(|it| it.spec.clone()).unwrap_or_default();
    let (new, old) = (spec(new), spec(old));
    let path = Path::new("spec");
    for (field, new, old) in [
        ("podCIDR", &new.pod_cidr, &old.pod_cidr),
        ("providerID", &new.provider_id, &old.provider_id),
    ] {
        if old.as_deref().is_some_and(|it| !it.is_empty()) && new != old {
            let why =
                "node updates may not change ".to_owned() + field + " except from \"\" to valid";
            errors.push(FieldError::forbidden(path.child(field), why));
        }
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(node) = object.node() else { return Vec::new() };
    let status = node.status.as_ref();
    let info = status.and_then(|it| it.node_info.as_ref());
    let told = |of: fn(&NodeSystemInfo) -> &String| match info.map(of) {
        Some(text) if !text.is_empty() => text.clone(),
        _ => "<unknown>".to_owned(),
    };
    let address = |kind: &str| {
        let mut addresses = status.into_iter().flat_map(|it| it.addresses.iter().flatten());
        cells::or_none(addresses.find(|it| it.type_ == kind).map(|it| it.address.as_str()))
    };
    vec![
        object.meta.name.to_string(),
        state(node),
        roles(object),
        cells::age(object, now),
        info.map(|it| it.kubelet_version.clone()).unwrap_or_default(),
        address("InternalIP"),
        address("ExternalIP"),
        told(|it| &it.os_image),
        told(|it| &it.kernel_version),
        told(|it| &it.container_runtime_version),
    ]
}

fn state(node: &Node) -> String {
    let mut conditions = node.status.iter().flat_map(|it| it.conditions.iter().flatten());
    let ready = match conditions.find(|it| it.type_ == "Ready") {
        Some(condition) if condition.status == "True" => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    };
    let closed = node.spec.as_ref().is_some_and(|it| it.unschedulable == Some(true));
    if closed { format!("{ready},SchedulingDisabled") } else { ready.to_owned() }
}

/// The roles that labels give a node, in the order of their names.
fn roles(object: &Object) -> String {
    let role = |(key, value): (&String, &String)| match key.strip_prefix("node-role.kubernetes.io/")
    {
        Some(role) => Some(role.to_owned()),
        None => (key == "kubernetes.io/role").then(|| value.clone()),
    };
    let roles: BTreeSet<String> =
        object.meta.labels.iter().filter_map(role).filter(|it| !it.is_empty()).collect();
    cells::or_none(Some(&roles.into_iter().collect::<Vec<_>>().join(",")))
}
