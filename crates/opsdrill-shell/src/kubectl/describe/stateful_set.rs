//! `kubectl describe statefulset`.

use opsdrill_objects::{Object, Status, timestamp};
use serde_json::Value;

use crate::kubectl::context::Context;

use super::fields::{list, number, plain, pods_status, selector, template, text, text_or};
use super::{Description, events};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    let selector = selector(&document, "/spec/selector", "<none>");
    out.name(&object.meta);
    out.field(0, "CreationTimestamp", timestamp::format_describe(object.meta.created));
    out.field(0, "Selector", &selector);
    out.labels_and_annotations(&object.meta);
    let desired = document.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
    let current = number(&document, "/status/replicas");
    out.field(0, "Replicas", format!("{desired} desired | {current} total"));
    out.field(0, "Update Strategy", text(&document, "/spec/updateStrategy/type"));
    let rolling = "/spec/updateStrategy/rollingUpdate";
    if document.pointer(rolling).is_some() {
        for (title, name) in [("Partition", "partition"), ("MaxUnavailable", "maxUnavailable")] {
            if let Some(value) = document.pointer(&format!("{rolling}/{name}")) {
                out.field(1, title, plain(value));
            }
        }
    }
    pods_status(context, object, &selector, out)?;
    template(&document, "/spec/template", out);
    claims(list(&document, "/spec/volumeClaimTemplates"), out);
    events::describe(context, object, out);
    Ok(())
}

/// The templates of the claims that each pod gets.
fn claims(templates: &[Value], out: &mut Description) {
    if templates.is_empty() {
        return out.field(0, "Volume Claims", "<none>");
    }
    out.line(0, "Volume Claims:");
    for template in templates {
        out.field(1, "Name", text(template, "/metadata/name"));
        out.field(1, "StorageClass", text(template, "/spec/storageClassName"));
        let map = |pointer: &str| super::fields::pairs(template, pointer).into_iter().collect();
        out.pairs("  ", "Labels", &map("/metadata/labels"));
        out.annotations("  ", "Annotations", &map("/metadata/annotations"));
        let capacity = text_or(template, "/spec/resources/requests/storage", "<default>");
        out.field(1, "Capacity", capacity);
        out.field(1, "Access Modes", text(template, "/spec/accessModes"));
    }
}
