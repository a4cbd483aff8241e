//! Parts of verbs that the real kubectl has and this one refuses aloud.

use crate::kubectl::command::{Command, Outcome};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::Arguments;

/// The row of a part that is not modelled.
pub(super) const fn row(name: &'static str) -> Command {
    Command {
        name,
        aliases: &[],
        usage: "",
        summary: "Not simulated",
        flags: &[],
        run: Some(refuse),
        children: &[],
    }
}

fn refuse(context: &mut Context, _: &Arguments) -> Outcome {
    Err(ToolError::not_simulated(context.path.clone()))
}
