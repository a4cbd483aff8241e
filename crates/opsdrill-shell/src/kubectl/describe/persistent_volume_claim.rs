//! `kubectl describe persistentvolumeclaim`.

use opsdrill_objects::{Kind, Object, Status};
use serde_json::Value;

use crate::kubectl::context::Context;

use super::fields::{access_modes, list, text};
use super::{Description, events};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    out.name(&object.meta);
    out.field(0, "StorageClass", text(&document, "/spec/storageClassName"));
    match object.meta.deletion {
        Some(deletion) => {
            let since = out.since(deletion.at);
            out.field(0, "Status", format!("Terminating (lasts {since})"));
        }
        None => out.field(0, "Status", text(&document, "/status/phase")),
    }
    let volume = text(&document, "/spec/volumeName");
    out.field(0, "Volume", &volume);
    out.labels_and_annotations(&object.meta);
    let finalizers = document.pointer("/metadata/finalizers").map(super::fields::plain);
    out.field(0, "Finalizers", finalizers.unwrap_or_else(|| "[]".to_owned()));
    let bound = !volume.is_empty();
    let capacity = if bound { text(&document, "/status/capacity/storage") } else { String::new() };
    out.field(0, "Capacity", capacity);
    let modes = if bound { access_modes(&document, "/status/accessModes") } else { String::new() };
    out.field(0, "Access Modes", modes);
    if let Some(mode) = document.pointer("/spec/volumeMode").and_then(Value::as_str) {
        out.field(0, "VolumeMode", mode);
    }
    let (pods, _) = context.list(Kind::Pod, object.meta.namespace(), "", "")?;
    let mounts = |pod: &Object| {
        let document = pod.to_value();
        let volumes = list(&document, "/spec/volumes");
        volumes.iter().any(|it| text(it, "/persistentVolumeClaim/claimName") == *object.meta.name)
    };
    let users: Vec<&str> = pods.iter().filter(|it| mounts(it)).map(|it| &*it.meta.name).collect();
    out.field(0, "Used By", if users.is_empty() { "<none>" } else { users[0] });
    for user in users.iter().skip(1) {
        out.line(0, format!("\t{user}"));
    }
    conditions(list(&document, "/status/conditions"), out);
    events::describe(context, object, out);
    Ok(())
}

fn conditions(conditions: &[Value], out: &mut Description) {
    if conditions.is_empty() {
        return;
    }
    out.line(0, "Conditions:");
    out.line(1, "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage");
    out.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
    for condition in conditions {
        let date = |pointer: &str| {
            super::fields::date(condition, pointer)
                .unwrap_or_else(|| "Mon, 01 Jan 0001 00:00:00 +0000".to_owned())
        };
        let (probed, changed) = (date("/lastProbeTime"), date("/lastTransitionTime"));
        let [kind, status, reason, message] =
            ["/type", "/status", "/reason", "/message"].map(|it| text(condition, it));
        out.line(1, format!("{kind} \t{status} \t{probed} \t{changed} \t{reason} \t{message}"));
    }
}
