//! `kubectl describe poddisruptionbudget`.

use opsdrill_objects::{Object, Status};

use crate::kubectl::context::Context;

use super::fields::{number, plain, selector};
use super::{Description, events};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    out.name(&object.meta);
    for (title, field) in [("Min available", "minAvailable"), ("Max unavailable", "maxUnavailable")]
    {
        if let Some(value) = document.pointer(&format!("/spec/{field}")) {
            out.field(0, title, plain(value));
        }
    }
    out.field(0, "Selector", selector(&document, "/spec/selector", "<unset>"));
    out.line(0, "Status:");
    for (title, field) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        out.field(2, title, number(&document, &format!("/status/{field}")));
    }
    events::describe(context, object, out);
    Ok(())
}
