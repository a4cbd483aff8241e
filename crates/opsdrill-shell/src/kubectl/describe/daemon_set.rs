//! `kubectl describe daemonset`.

use opsdrill_objects::{Object, Status};

use crate::kubectl::context::Context;

use super::fields::{number, pairs, pods_status, selector, template};
use super::writer::or_none;
use super::{Description, events};

/// The counts of nodes that the status has.
const COUNTS: &[(&str, &str)] = &[
    ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
    ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
    ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
    ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
    ("Number of Nodes Misscheduled", "numberMisscheduled"),
];

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    let selector = selector(&document, "/spec/selector", "<none>");
    out.field(0, "Name", &object.meta.name);
    out.field(0, "Selector", &selector);
    let nodes = pairs(&document, "/spec/template/spec/nodeSelector");
    let nodes: Vec<String> = nodes.iter().map(|(key, value)| format!("{key}={value}")).collect();
    out.field(0, "Node-Selector", or_none(&nodes.join(",")));
    out.labels_and_annotations(&object.meta);
    for (title, field) in COUNTS {
        let count = number(&document, &format!("/status/{field}"));
        out.line(0, format!("{title}: {count}"));
    }
    pods_status(context, object, &selector, out)?;
    template(&document, "/spec/template", out);
    events::describe(context, object, out);
    Ok(())
}
