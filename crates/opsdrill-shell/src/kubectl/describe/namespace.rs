//! `kubectl describe namespace`.

use opsdrill_objects::{Object, Status};

use crate::kubectl::context::Context;

use super::Description;

pub(super) fn describe(
    _context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let body = object.namespace().expect("the table calls this for namespaces");
    let status = body.status.clone().unwrap_or_default();
    out.name(&object.meta);
    out.labels_and_annotations(&object.meta);
    out.field(0, "Status", status.phase.unwrap_or_default());
    out.line(0, "\nNo resource quota.\n\nNo LimitRange resource.");
    Ok(())
}
