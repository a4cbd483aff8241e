//! `kubectl options`: the flags of every command.

use crate::kubectl::command::{self, Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::flags::Arguments;

/// `kubectl options`.
pub(super) struct Options;

impl Verb for Options {
    const NAME: &'static str = "options";
    const SUMMARY: &'static str = "Print the flags that every command takes";

    fn run(context: &mut Context, _: &Arguments) -> Outcome {
        context.out(&command::options());
        Ok(0)
    }
}
