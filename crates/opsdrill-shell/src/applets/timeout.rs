//! `timeout`: here only its complaints; a right command line becomes a plan of the shell.

use super::{Reply, Surroundings};
use crate::ToolResult;
use crate::shell::{Request, timeout_words};

const HELP: &str = "Usage: timeout [OPTION] DURATION COMMAND [ARG]...\n  or:  timeout [OPTION]\nStart COMMAND, and kill it if still running after DURATION.\n";

pub(super) fn run(request: &Request, _: &mut Surroundings<'_>) -> Reply {
    if request.argv.get(1).is_some_and(|word| word == "--help") {
        return ToolResult::ok(HELP).into();
    }
    match timeout_words(&request.argv[1..]) {
        Err(complaint) => ToolResult::fail(complaint, 125).into(),
        Ok(words) => ToolResult::fail(
            format!("opsdrill: not simulated: timeout {}\n", words.command.join(" ")),
            125,
        )
        .into(),
    }
}
