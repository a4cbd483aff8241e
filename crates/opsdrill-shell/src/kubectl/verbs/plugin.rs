//! `kubectl plugin`: programs named `kubectl-…`, of which the trainee's machine has none.

use crate::kubectl::command::{Command, Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};

/// `kubectl plugin …`.
pub(super) const PARTS: &[Command] = &[Command::of::<PluginList>()];

/// `kubectl plugin list`.
pub(super) struct PluginList;

impl Verb for PluginList {
    const NAME: &'static str = "list";
    const SUMMARY: &'static str = "Print the plugins that can be found";
    const FLAGS: &'static [&'static [Flag]] =
        &[&[Flag::switch("name-only").about("Only the names of the files.")]];

    fn run(_: &mut Context, _: &Arguments) -> Outcome {
        Err(ToolError::plain("unable to find any kubectl plugins in your PATH"))
    }
}
