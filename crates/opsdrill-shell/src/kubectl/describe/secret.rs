//! `kubectl describe secret`: sizes, not contents.

use opsdrill_objects::{Object, Status};

use crate::kubectl::context::Context;

use super::Description;

pub(super) fn describe(
    _context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let body = object.secret().expect("the table calls this for secrets");
    let kind = body.type_.as_deref().unwrap_or_default();
    out.name(&object.meta);
    out.labels_and_annotations(&object.meta);
    out.line(0, format!("\nType:\t{kind}\n\nData\n===="));
    for (key, value) in body.data.iter().flatten() {
        if key == "token" && kind == "kubernetes.io/service-account-token" {
            out.field(0, key, String::from_utf8_lossy(&value.0));
        } else {
            out.field(0, key, format!("{} bytes", value.0.len()));
        }
    }
    Ok(())
}
