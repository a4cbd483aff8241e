//! `kubectl describe configmap`.

use opsdrill_objects::{Object, Status};

use crate::kubectl::context::Context;

use super::{Description, events};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let body = object.config_map().expect("the table calls this for config maps");
    out.name(&object.meta);
    out.labels_and_annotations(&object.meta);
    out.line(0, "\nData\n====");
    for (key, value) in body.data.iter().flatten() {
        out.line(0, format!("{key}:\n----\n{value}\n"));
    }
    out.line(0, "\nBinaryData\n====");
    for (key, value) in body.binary_data.iter().flatten() {
        out.line(0, format!("{key}: {} bytes", value.0.len()));
    }
    out.line(0, "");
    events::describe(context, object, out);
    Ok(())
}
