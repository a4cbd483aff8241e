//! `kubectl describe priorityclass`.

use opsdrill_objects::{Object, Status};

use crate::kubectl::context::Context;

use super::fields::{number, switch, text};
use super::writer::joined;
use super::{Description, events};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    out.field(0, "Name", &object.meta.name);
    out.field(0, "Value", number(&document, "/value"));
    out.field(0, "GlobalDefault", switch(&document, "/globalDefault", "false").to_lowercase());
    out.field(0, "PreemptionPolicy", text(&document, "/preemptionPolicy"));
    out.field(0, "Description", text(&document, "/description"));
    out.field(0, "Annotations", joined(&object.meta.annotations));
    events::describe(context, object, out);
    Ok(())
}
