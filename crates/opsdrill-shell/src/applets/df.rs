//! `df`: what the trainee's disk holds.

use super::ls::layout::size;
use super::{Reply, Surroundings};
use crate::ToolResult;
use crate::shell::Request;

pub(super) fn run(request: &Request, around: &mut Surroundings<'_>) -> Reply {
    let mut human = false;
    for word in &request.argv[1..] {
        match word.as_str() {
            "-h" => human = true,
            "-k" => {}
            flag if flag.starts_with('-') => return refused(&format!("df {flag}")),
            _ => {}
        }
    }
    if around.machine.container.is_some() {
        return refused("df in containers");
    }
    let (used, all) = around.workspace.usage();
    let free = all.saturating_sub(used);
    let percent = (used * 100).div_ceil(all.max(1));
    let text = if human {
        let [all, used, free] = [all, used, free].map(|it| size(it, true));
        format!(
            "Filesystem      Size  Used Avail Use% Mounted on\n\
             /dev/sda1      {all:>5} {used:>5} {free:>5} {percent:>3}% /\n"
        )
    } else {
        let [all, used, free] = [all, used, free].map(|it| it.div_ceil(1024));
        format!(
            "Filesystem     1K-blocks  Used Available Use% Mounted on\n\
             /dev/sda1      {all:>9} {used:>5} {free:>9} {percent:>3}% /\n"
        )
    };
    ToolResult::ok(text).into()
}

fn refused(what: &str) -> Reply {
    ToolResult::fail(format!("opsdrill: not simulated: {what}\n"), 126).into()
}
