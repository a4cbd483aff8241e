//! The cluster as tools at the prompt meet it: the API under the trainee's name, logs, exec, and the clock.

use std::cell::RefCell;

use opsdrill_engine::SimTime;
use opsdrill_engine::api::{Identity, Reply, Request};
use opsdrill_engine::physical::logs;
use opsdrill_objects::Status;
use opsdrill_shell::door::{
    ClusterDoor, ExecReply, ExecRequest, LogLine, LogReply, LogRequest, Stream, Usage, UsageScope,
    WaitOutcome,
};
use rand::Rng;

use crate::terminal::Terminal;

/// The terminal, shared by a tool's door and its editor, which never act at the same time.
pub(crate) type Desk<'a, 't> = RefCell<&'a mut Terminal<'t>>;

/// A tool's door to the cluster.
pub(crate) struct ToolDoor<'d, 'a, 't> {
    desk: &'d Desk<'a, 't>,
    identity: Identity,
    /// Whether output is shown at once.
    streaming: bool,
    /// When `timeout(1)` ends the tool.
    deadline: Option<SimTime>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl<'d, 'a, 't> ToolDoor<'d, 'a, 't> {
    pub(crate) fn new(
        desk: &'d Desk<'a, 't>,
        identity: Identity,
        streaming: bool,
        deadline: Option<SimTime>,
    ) -> Self {
        Self { desk, identity, streaming, deadline, stdout: Vec::new(), stderr: Vec::new() }
    }

    /// What was printed and not shown yet.
    pub(crate) fn into_output(self) -> (Vec<u8>, Vec<u8>) {
        (self.stdout, self.stderr)
    }

    /// The end of a wait: what was asked for, or the end of the tool.
    fn within_deadline(&self, time: SimTime) -> SimTime {
        self.deadline.map_or(time, |deadline| deadline.min(time))
    }

    fn outcome(&self, reached: bool) -> WaitOutcome {
        let ended = self.deadline.is_some_and(|it| self.desk.borrow().stage.cluster.now() >= it);
        if reached && !ended { WaitOutcome::Reached } else { WaitOutcome::Interrupted }
    }
}

impl ClusterDoor for ToolDoor<'_, '_, '_> {
    fn handle(&mut self, request: Request) -> Reply {
        self.desk.borrow_mut().stage.cluster.handle(&self.identity, request)
    }

    fn now_ms(&self) -> u64 {
        self.desk.borrow().stage.cluster.now().0
    }

    fn unix_now(&self) -> i64 {
        self.desk.borrow().stage.cluster.unix_now()
    }

    fn wait_until(&mut self, deadline_ms: u64) -> WaitOutcome {
        let until = self.within_deadline(SimTime(deadline_ms));
        let reached = self.desk.borrow_mut().pass_until(until);
        self.outcome(reached)
    }

    fn next_change(&mut self, deadline_ms: u64) -> WaitOutcome {
        let until = self.within_deadline(SimTime(deadline_ms));
        let mut reached = true;
        {
            let mut terminal = self.desk.borrow_mut();
            let before = terminal.stage.cluster.resource_version();
            while reached
                && terminal.stage.cluster.resource_version() == before
                && terminal.stage.cluster.now() < until
            {
                let next = terminal.stage.cluster.next_event().unwrap_or(until).min(until);
                // Something that is due at this very moment has happened already, or happens with the next step.
                let next = next.max(SimTime(terminal.stage.cluster.now().0 + 1)).min(until);
                reached = terminal.pass_until(next);
            }
        }
        self.outcome(reached)
    }

    fn logs(&mut self, request: &LogRequest) -> Result<LogReply, Status> {
        let asked = logs::LogRequest {
            namespace: request.namespace.clone(),
            pod: request.pod.clone(),
            container: Some(request.container.clone()).filter(|it| !it.is_empty()),
            previous: request.previous,
            since_ns: request.since_ns,
            tail_lines: request.tail,
            after: request.after,
        };
        let reply = self.desk.borrow().stage.cluster.logs(&asked)?;
        let lines =
            reply.lines.iter().map(|it| LogLine { at_ns: it.unix_ns, text: it.text.to_string() });
        Ok(LogReply { lines: lines.collect(), cursor: reply.cursor, ended: reply.ended })
    }

    fn usage(&mut self, _scope: &UsageScope) -> Result<Vec<Usage>, Status> {
        Err(Status::new(404, "NotFound", "the server could not find the requested resource"))
    }

    fn exec(&mut self, request: &ExecRequest) -> Result<ExecReply, Status> {
        let text = format!("opsdrill: not simulated: exec {}", request.argv.join(" "));
        Ok(ExecReply { stderr: text + "\n", exit_code: 126, ..ExecReply::default() })
    }

    fn print(&mut self, stream: Stream, text: &str) {
        let shown = match stream {
            Stream::Out => opsdrill_shell::Stream::Out,
            Stream::Err => opsdrill_shell::Stream::Err,
        };
        if self.streaming {
            self.desk.borrow_mut().front.print(shown, text);
            return;
        }
        match stream {
            Stream::Out => self.stdout.extend(text.bytes()),
            Stream::Err => self.stderr.extend(text.bytes()),
        }
    }

    fn interrupted(&mut self) -> bool {
        self.desk.borrow().interrupted
    }

    fn random_u64(&mut self, purpose: &str) -> u64 {
        self.desk.borrow_mut().stage.cluster.chance().next_stream(purpose).next_u64()
    }
}
