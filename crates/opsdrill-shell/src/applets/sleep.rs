//! `sleep`: lets simulated time pass.

use std::fmt::Write as _;

use super::duration::parse_seconds;
use super::{Reply, Surroundings};
use crate::ToolResult;
use crate::shell::Request;

const TRY_HELP: &str = "Try 'sleep --help' for more information.\n";

pub(super) fn run(request: &Request, _: &mut Surroundings<'_>) -> Reply {
    let mut operands = &request.argv[1..];
    match operands.first().map(String::as_str) {
        None => return ToolResult::fail(format!("sleep: missing operand\n{TRY_HELP}"), 1).into(),
        Some("--") => operands = &operands[1..],
        Some("--help") => {
            return ToolResult::ok("Usage: sleep NUMBER[SUFFIX]...\n  or:  sleep OPTION\nPause for NUMBER seconds (s), minutes (m), hours (h) or days (d) of simulated time.\n").into();
        }
        Some(option) if option.starts_with("--") => {
            return ToolResult::fail(
                format!("sleep: unrecognized option '{option}'\n{TRY_HELP}"),
                1,
            )
            .into();
        }
        Some(option) if option.len() > 1 && option.starts_with('-') => {
            return ToolResult::fail(
                format!("sleep: invalid option -- '{}'\n{TRY_HELP}", &option[1..2]),
                1,
            )
            .into();
        }
        Some(_) => {}
    }
    let (mut wait_ms, mut complaints) = (0_u64, String::new());
    for operand in operands {
        match parse_seconds(operand) {
            Some(millis) => wait_ms = wait_ms.saturating_add(millis),
            None => {
                let _ = writeln!(complaints, "sleep: invalid time interval ‘{operand}’");
            }
        }
    }
    if !complaints.is_empty() {
        return ToolResult::fail(complaints + TRY_HELP, 1).into();
    }
    Reply::After { wait_ms, result: ToolResult::default() }
}
