//! `kubectl describe node`.

use opsdrill_objects::k8s_openapi::api::core::v1::{Node, NodeCondition, NodeSystemInfo, Taint};
use opsdrill_objects::quantity::Quantity;
use opsdrill_objects::{Kind, Object, Status, timestamp};

use crate::kubectl::context::Context;

use super::writer::date;
use super::{Description, events, node_resources};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let node = object.node().expect("the table calls this for nodes");
    let name = &object.meta.name;
    out.name(&object.meta);
    out.field(0, "Roles", roles(object, context.now()));
    out.labels_and_annotations(&object.meta);
    out.field(0, "CreationTimestamp", timestamp::format_describe(object.meta.created));
    let spec = node.spec.clone().unwrap_or_default();
    taints(spec.taints.unwrap_or_default(), out);
    out.field(0, "Unschedulable", spec.unschedulable.unwrap_or_default());
    lease(context, name, out);
    state(node, out);
    if let Some(range) = spec.pod_cidr.filter(|it| !it.is_empty()) {
        out.field(0, "PodCIDR", range);
    }
    if let Some(ranges) = spec.pod_cidrs.filter(|it| !it.is_empty()) {
        out.field(0, "PodCIDRs", ranges.join(","));
    }
    if let Some(id) = spec.provider_id.filter(|it| !it.is_empty()) {
        out.field(0, "ProviderID", id);
    }
    let fields = format!("spec.nodeName={name},status.phase!=Succeeded,status.phase!=Failed");
    let (pods, _) = context.list(Kind::Pod, "", "", &fields)?;
    node_resources::describe(node, &pods, out);
    events::describe(context, object, out);
    Ok(())
}

/// As the column of that name has them.
fn roles(object: &Object, now: i64) -> String {
    let info = object.kind.info();
    let mut cells = info.columns.iter().zip((info.cells)(object, now));
    let found = cells.find(|(column, _)| column.name == "Roles");
    found.map(|(_, cell)| cell).unwrap_or_default()
}

fn taints(mut taints: Vec<Taint>, out: &mut Description) {
    taints.sort_by(|one, other| (&one.effect, &one.key).cmp(&(&other.effect, &other.key)));
    if taints.is_empty() {
        return out.field(0, "Taints", "<none>");
    }
    for (place, taint) in taints.iter().enumerate() {
        let head = if place == 0 { "Taints:" } else { "" };
        let value = taint.value.as_deref().filter(|it| !it.is_empty());
        let value = value.map(|it| format!("={it}")).unwrap_or_default();
        out.line(0, format!("{head}\t{}{value}:{}", taint.key, taint.effect));
    }
}

/// When the kubelet was last heard of.
fn lease(context: &mut Context, name: &str, out: &mut Description) {
    let Some(renewed) = context.door.lease_renewed(name) else {
        let why = format!("leases.coordination.k8s.io {name:?} not found");
        return out.field(0, "Lease", format!("Failed to get lease: {why}"));
    };
    out.line(0, "Lease:");
    out.field(1, "HolderIdentity", name);
    out.field(1, "AcquireTime", "<unset>");
    out.field(1, "RenewTime", timestamp::format_describe(renewed));
}

/// What the kubelet tells of its machine.
fn state(node: &Node, out: &mut Description) {
    let status = node.status.clone().unwrap_or_default();
    conditions(&status.conditions.unwrap_or_default(), out);
    out.line(0, "Addresses:");
    for address in status.addresses.iter().flatten() {
        out.field(1, &address.type_, &address.address);
    }
    for (title, list) in [("Capacity", &status.capacity), ("Allocatable", &status.allocatable)] {
        let Some(list) = list.as_ref().filter(|it| !it.is_empty()) else { continue };
        out.line(0, format!("{title}:"));
        for (name, quantity) in list {
            let written = &quantity.0;
            let spelled = Quantity::parse(written).map_or(written.clone(), |it| it.canonical());
            out.field(1, name, spelled);
        }
    }
    system_info(&status.node_info.unwrap_or_default(), out);
}

fn conditions(conditions: &[NodeCondition], out: &mut Description) {
    if conditions.is_empty() {
        return;
    }
    out.line(0, "Conditions:");
    out.line(1, "Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
    out.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
    for it in conditions {
        let [heartbeat, transition] = [&it.last_heartbeat_time, &it.last_transition_time]
            .map(|it| it.as_ref().map(date).unwrap_or_default());
        let [reason, message] =
            [&it.reason, &it.message].map(|it| it.as_deref().unwrap_or_default());
        let (kind, status) = (&it.type_, &it.status);
        out.line(
            1,
            format!("{kind} \t{status} \t{heartbeat} \t{transition} \t{reason} \t{message}"),
        );
    }
}

fn system_info(info: &NodeSystemInfo, out: &mut Description) {
    out.line(0, "System Info:");
    for (title, text) in [
        ("Machine ID", &info.machine_id),
        ("System UUID", &info.system_uuid),
        ("Boot ID", &info.boot_id),
        ("Kernel Version", &info.kernel_version),
        ("OS Image", &info.os_image),
        ("Operating System", &info.operating_system),
        ("Architecture", &info.architecture),
        ("Container Runtime Version", &info.container_runtime_version),
        ("Kubelet Version", &info.kubelet_version),
        ("Kube-Proxy Version", &info.kube_proxy_version),
    ] {
        out.field(1, title, text);
    }
}
