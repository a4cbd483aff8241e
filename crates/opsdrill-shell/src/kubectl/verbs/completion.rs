//! `kubectl completion`: the prompt completes kubectl by itself, so the script that is printed does nothing.

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::Arguments;

/// `kubectl completion`.
pub(super) struct Completion;

impl Verb for Completion {
    const NAME: &'static str = "completion";
    const USAGE: &'static str = "SHELL";
    const SUMMARY: &'static str = "Print a script for the shell; this prompt needs none";

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        match arguments.positional.as_slice() {
            [] => Err(ToolError::usage("Shell not specified.")),
            [shell] if matches!(shell.as_str(), "bash" | "zsh" | "fish" | "powershell") => {
                context.out("# opsdrill: this prompt completes kubectl by itself.\n");
                Ok(0)
            }
            [shell] => Err(ToolError::usage(format!("Unsupported shell type {shell:?}."))),
            _ => Err(ToolError::usage("Too many arguments. Expected only the shell type.")),
        }
    }
}
