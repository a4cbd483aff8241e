//! `kubectl describe replicationcontroller`.

use opsdrill_objects::{Object, Status};

use crate::kubectl::context::Context;

use super::fields::{number, pairs, pods_status, template};
use super::{Description, events};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    let labels = pairs(&document, "/spec/selector");
    let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let selector = labels.join(",");
    out.name(&object.meta);
    out.field(0, "Selector", &selector);
    out.labels_and_annotations(&object.meta);
    let (current, desired) =
        (number(&document, "/status/replicas"), number(&document, "/spec/replicas"));
    out.field(0, "Replicas", format!("{current} current / {desired} desired"));
    pods_status(context, object, &selector, out)?;
    template(&document, "/spec/template", out);
    events::describe(context, object, out);
    Ok(())
}
