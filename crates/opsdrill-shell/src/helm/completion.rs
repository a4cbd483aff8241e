//! `helm completion`: this prompt completes by itself, so that a script has nothing to add.

use crate::kubectl::flags::{Arguments, Flag};

use super::command::Command;
use super::context::Helm;
use super::failure::Outcome;

/// Its row.
pub(super) const COMMAND: Command = Command::group(
    "completion",
    "generate autocompletion scripts for the specified shell",
    &[script("bash"), script("fish"), script("powershell"), script("zsh")],
);

const FLAGS: &[&[Flag]] = &[&[Flag::switch("no-descriptions").about("Names only.")]];

const fn script(shell: &'static str) -> Command {
    Command::new(shell, "", "generate an autocompletion script for this shell", run).flags(FLAGS)
}

#[expect(clippy::unnecessary_wraps, reason = "all commands have one form")]
fn run(helm: &mut Helm, _: &Arguments) -> Outcome<()> {
    helm.out("# opsdrill: this prompt completes helm by itself.\n");
    Ok(())
}
