//! `kubectl describe rolebinding` and `clusterrolebinding`.

use opsdrill_objects::{Object, Status};

use crate::kubectl::context::Context;

use super::Description;
use super::fields::{list, text};

pub(super) fn describe(
    _context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    out.field(0, "Name", &object.meta.name);
    out.labels_and_annotations(&object.meta);
    out.line(0, "Role:");
    out.field(1, "Kind", text(&document, "/roleRef/kind"));
    out.field(1, "Name", text(&document, "/roleRef/name"));
    out.line(0, "Subjects:");
    out.line(1, "Kind\tName\tNamespace");
    out.line(1, "----\t----\t---------");
    for subject in list(&document, "/subjects") {
        let cells = ["/kind", "/name", "/namespace"].map(|it| text(subject, it));
        out.line(1, cells.join("\t"));
    }
    Ok(())
}
