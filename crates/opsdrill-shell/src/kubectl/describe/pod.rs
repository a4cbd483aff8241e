//! `kubectl describe pod`.

use opsdrill_objects::k8s_openapi::api::core::v1::{ContainerStatus, PodSpec, PodStatus};
use opsdrill_objects::pod::as_container;
use opsdrill_objects::{Object, Status};

use crate::kubectl::context::Context;

use super::containers::{self, Owner};
use super::writer::date;
use super::{Description, events, pod_template, volumes};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let pod = object.pod().expect("the table calls this for pods");
    let (spec, status) = (pod.full_spec(), &*pod.status);
    head(object, &spec, status, out);
    body(object, &spec, status, out);
    out.field(0, "QoS Class", status.qos_class.as_deref().unwrap_or_default());
    pod_template::placement(&spec, "", out);
    pod_template::spread(&spec, "", out);
    events::describe(context, object, out);
    Ok(())
}

fn head(object: &Object, spec: &PodSpec, status: &PodStatus, out: &mut Description) {
    let optional = |name: &str, text: &Option<String>, out: &mut Description| {
        if let Some(text) = text.as_deref().filter(|it| !it.is_empty()) {
            out.field(0, name, text);
        }
    };
    out.name(&object.meta);
    if let Some(priority) = spec.priority {
        out.field(0, "Priority", priority);
    }
    optional("Priority Class Name", &spec.priority_class_name, out);
    optional("Service Account", &spec.service_account_name, out);
    let host = status.host_ip.as_deref().unwrap_or_default();
    match spec.node_name.as_deref().unwrap_or_default() {
        "" => out.field(0, "Node", "<none>"),
        node => out.field(0, "Node", format!("{node}/{host}")),
    }
    if let Some(start) = &status.start_time {
        out.field(0, "Start Time", date(start));
    }
    out.labels_and_annotations(&object.meta);
    let phase = status.phase.as_deref().unwrap_or_default();
    match object.meta.deletion {
        Some(deletion) if !matches!(phase, "Failed" | "Succeeded") => {
            out.field(0, "Status", format!("Terminating (lasts {})", out.since(deletion.at)));
            out.field(0, "Termination Grace Period", format!("{}s", deletion.grace_seconds));
        }
        _ => out.field(0, "Status", phase),
    }
    optional("Reason", &status.reason, out);
    optional("Message", &status.message, out);
    out.field(0, "IP", status.pod_ip.as_deref().unwrap_or_default());
    let addresses = status.pod_ips.as_deref().unwrap_or_default();
    if addresses.is_empty() {
        out.field(0, "IPs", "<none>");
    } else {
        out.line(0, "IPs:");
    }
    for address in addresses {
        out.field(1, "IP", &address.ip);
    }
    if let Some(owner) = object.meta.controller() {
        out.field(0, "Controlled By", format!("{}/{}", owner.kind.info().name, owner.name));
    }
    optional("NominatedNodeName", &status.nominated_node_name, out);
}

fn owner<'a>(object: &'a Object, list: Option<&'a Vec<ContainerStatus>>) -> Owner<'a> {
    Owner {
        statuses: list.map(Vec::as_slice).unwrap_or_default(),
        pod: Some(&object.meta),
        indent: "",
    }
}

fn body(object: &Object, spec: &PodSpec, status: &PodStatus, out: &mut Description) {
    if let Some(init) = spec.init_containers.as_deref().filter(|it| !it.is_empty()) {
        let owner = owner(object, status.init_container_statuses.as_ref());
        containers::describe("Init Containers", init, owner, out);
    }
    let owner = owner(object, status.container_statuses.as_ref());
    containers::describe("Containers", &spec.containers, owner, out);
    let ephemeral: Vec<_> = spec.ephemeral_containers.iter().flatten().map(as_container).collect();
    if !ephemeral.is_empty() {
        let owner = self::owner(object, status.ephemeral_container_statuses.as_ref());
        containers::describe("Ephemeral Containers", &ephemeral, owner, out);
    }
    let conditions = status.conditions.as_deref().unwrap_or_default();
    if !conditions.is_empty() {
        out.line(0, "Conditions:\n  Type\tStatus");
    }
    for condition in conditions {
        out.line(1, format!("{} \t{} ", condition.type_, condition.status));
    }
    volumes::describe(spec.volumes.as_deref().unwrap_or_default(), "", out);
}
