//! helm at the prompt: the built-in one, with the session's cluster and files.

use opsdrill_shell::{ToolCall, ToolResult};

use super::kubectl::run_client;
use crate::terminal::Terminal;

pub(super) fn run(terminal: &mut Terminal<'_>, call: ToolCall<'_>) -> ToolResult {
    run_client(terminal, call, opsdrill_shell::helm::run)
}
