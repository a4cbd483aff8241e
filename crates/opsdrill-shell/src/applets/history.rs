//! `history`: the lines typed so far.

use super::{Reply, Surroundings};
use crate::ToolResult;
use crate::shell::Request;

pub(super) fn run(request: &Request, around: &mut Surroundings<'_>) -> Reply {
    let lines = around.history;
    let count = match request.argv.get(1).map(String::as_str) {
        None => lines.len(),
        Some(option) if option.starts_with('-') => {
            return ToolResult::fail(format!("opsdrill: not simulated: history {option}\n"), 126)
                .into();
        }
        Some(number) => match number.parse() {
            Ok(count) => count,
            Err(_) => {
                return ToolResult::fail(
                    format!("bash: history: {number}: numeric argument required\n"),
                    1,
                )
                .into();
            }
        },
    };
    let skipped = lines.len().saturating_sub(count);
    let numbered = lines
        .iter()
        .enumerate()
        .skip(skipped)
        .map(|(index, line)| format!("{:5}  {line}\n", index + 1));
    ToolResult::ok(numbered.collect::<String>()).into()
}
