//! curl from the trainee's workstation, which reaches what the world outside the cluster reaches.

use std::cell::RefCell;

use opsdrill_engine::SimTime;
use opsdrill_engine::physical::network::{Origin, http_request};
use opsdrill_shell::{ToolCall, ToolResult};

use crate::container_tools::curl;
use crate::stage::Stage;
use crate::terminal::Terminal;

/// The exit status of a command that Ctrl-C or `timeout(1)` ended.
const INTERRUPTED: i32 = 130;

pub(super) fn run(terminal: &mut Terminal<'_>, call: ToolCall<'_>) -> ToolResult {
    let Stage { cluster, forwards, chart_hosts, .. } = &mut *terminal.stage;
    let chart_hosts = RefCell::new(chart_hosts);
    let done = curl::run(&call.argv[1..], |request| {
        let near =
            forwards.send(cluster, request).or_else(|| chart_hosts.borrow_mut().send(request));
        near.unwrap_or_else(|| http_request(cluster.world(), &Origin::Outside, request))
    });
    let end = SimTime(terminal.stage.cluster.now().0.saturating_add(done.waited_ms));
    let deadline = call.deadline_ms.map(SimTime).filter(|it| *it < end);
    if !terminal.pass_until(deadline.unwrap_or(end)) || deadline.is_some() {
        return ToolResult { status: INTERRUPTED, ..ToolResult::default() };
    }
    let (stdout, stderr) = (done.reply.stdout.into_bytes(), done.reply.stderr.into_bytes());
    ToolResult { stdout, stderr, status: done.reply.exit_code }
}
