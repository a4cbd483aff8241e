//! `kubectl describe ingressclass`.

use opsdrill_objects::{Object, Status};

use crate::kubectl::context::Context;

use super::fields::{plain, text};
use super::{Description, events};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    out.field(0, "Name", &object.meta.name);
    out.labels_and_annotations(&object.meta);
    out.field(0, "Controller", text(&document, "/spec/controller"));
    if document.pointer("/spec/parameters").is_some() {
        out.line(0, "Parameters:");
        for (title, field) in [("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")] {
            if let Some(value) = document.pointer(&format!("/spec/parameters/{field}")) {
                out.field(1, title, plain(value));
            }
        }
    }
    events::describe(context, object, out);
    Ok(())
}
