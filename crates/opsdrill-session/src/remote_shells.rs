//! Commands in containers that clients run over the network, and the shells in which they stay.

use std::collections::{BTreeMap, BTreeSet};

use opsdrill_engine::physical::ProcessId;
use opsdrill_objects::Status;
use opsdrill_shell::Stream;
use opsdrill_shell::door::ExecRequest;

use crate::cluster_door::{Desk, command};
use crate::container_shell::{self, InContainer};
use crate::exec_call::{ExecCall, ExecEnd};

/// The exit status of what was killed with its container.
const KILLED: i32 = 137;

/// The most commands that wait, one within the wait of another.
const WAITING_MAX: usize = 8;

/// What clients have opened.
#[derive(Default)]
pub(crate) struct RemoteShells {
    open: BTreeMap<u64, InContainer>,
    running: BTreeSet<u64>,
    broken: BTreeSet<u64>,
    last: u64,
}

impl RemoteShells {
    pub(crate) fn next_id(&self) -> u64 {
        self.last + 1
    }

    pub(crate) fn is_open(&self, id: u64) -> bool {
        self.open.contains_key(&id)
    }

    pub(crate) fn is_running(&self, id: u64) -> bool {
        self.running.contains(&id)
    }

    pub(crate) fn close(&mut self, id: u64) {
        self.open.remove(&id);
    }

    pub(crate) fn starts(&mut self, id: u64) {
        self.last = self.last.max(id);
        self.running.insert(id);
    }

    pub(crate) fn ends(&mut self, id: u64) {
        self.running.remove(&id);
        self.broken.remove(&id);
    }

    pub(crate) fn break_off(&mut self, id: u64) {
        self.broken.insert(id);
    }

    /// Whether somebody has pressed Ctrl-C since the command started.
    pub(crate) fn is_broken(&self, id: u64) -> bool {
        self.broken.contains(&id)
    }
}

/// Runs a command, or opens the shell that it is.
pub(crate) fn begin(desk: &Desk<'_, '_>, call: &ExecCall) -> ExecEnd {
    if desk.borrow().stage.remote.running.len() > WAITING_MAX {
        let text = format!(
            "opsdrill: not simulated: more than {WAITING_MAX} commands in containers that wait at a time"
        );
        return ExecEnd::Refused(Status::new(429, "TooManyRequests", text));
    }
    let (mut shell, line, first_process) = match enter(desk, call) {
        Ok(Entered::Shell(shell, line, process)) => (shell, line, process),
        Ok(Entered::Streams) => return ExecEnd::Streams,
        Err(status) => return ExecEnd::Refused(status),
    };
    let Some(line) = line else {
        let mut terminal = desk.borrow_mut();
        let prompt = shell.prompt(&terminal.stage.cluster);
        terminal.stage.remote.open.insert(call.id, *shell);
        return ExecEnd::Stays(prompt);
    };
    let (status, _) = run(desk, call.id, &mut shell, &line);
    if let Some(process) = first_process {
        let mut terminal = desk.borrow_mut();
        opsdrill_engine::physical::exit(terminal.stage.cluster.world_mut(), process, status);
    }
    ExecEnd::Ended(status)
}

/// Where a call leads.
enum Entered {
    /// To a shell and the line that it runs, if it does not wait for lines; and the process that ends with it, if it is
    /// the container's first.
    Shell(Box<InContainer>, Option<String>, Option<ProcessId>),
    /// To a process that only writes.
    Streams,
}

fn enter(desk: &Desk<'_, '_>, call: &ExecCall) -> Result<Entered, Status> {
    let terminal = desk.borrow();
    let cluster = &terminal.stage.cluster;
    let container = Some(call.container.as_str()).filter(|it| !it.is_empty());
    let handle = cluster.container(&call.namespace, &call.pod, container)?;
    let attaches = call.argv.is_empty();
    if attaches && !(call.stdin.is_some() && handle.waits_for_client(cluster.world())) {
        return Ok(Entered::Streams);
    }
    let argv = if attaches { handle.command_line(cluster.world()) } else { call.argv.clone() };
    let stdin = call.stdin.as_ref().map(|it| it.0.clone());
    let asked = ExecRequest {
        namespace: call.namespace.clone(),
        pod: call.pod.clone(),
        container: call.container.clone(),
        argv,
        stdin: stdin.clone(),
        terminal: call.stays,
    };
    let (program, line) = command(&asked)?;
    if !attaches && !handle.has_command(cluster.world(), program) {
        return Err(handle.no_command(cluster.world(), program));
    }
    let kind = container_shell::kind_of(&handle, program);
    let stdin = stdin.filter(|it| !it.is_empty());
    let mut shell = InContainer::new(cluster, &handle, kind, call.terminal, stdin);
    if attaches {
        shell = shell.with_afterwards(opsdrill_shell::door::Afterwards::default());
    }
    let process = attaches.then_some(handle.process);
    Ok(Entered::Shell(Box::new(shell), line, process))
}

/// Runs a line in a shell that is open.
pub(crate) fn line(desk: &Desk<'_, '_>, id: u64, text: &str) -> ExecEnd {
    let found = desk.borrow_mut().stage.remote.open.remove(&id);
    let Some(mut shell) = found else { return ExecEnd::Ended(KILLED) };
    let (status, ended) = run(desk, id, &mut shell, text);
    let mut terminal = desk.borrow_mut();
    if ended {
        drop(shell.end(&mut terminal.stage.cluster, status));
        return ExecEnd::Ended(status);
    }
    let prompt = shell.prompt(&terminal.stage.cluster);
    terminal.stage.remote.open.insert(id, shell);
    ExecEnd::Stays(prompt)
}

/// Runs a line and sends what it prints; answers its status, and whether the shell has ended.
fn run(desk: &Desk<'_, '_>, id: u64, shell: &mut InContainer, line: &str) -> (i32, bool) {
    let mut show = |stream: Stream, text: &str| {
        desk.borrow_mut().front.send(id, stream, text.as_bytes());
    };
    let outcome = shell.run(line, desk, None, &mut show);
    for (stream, bytes) in &outcome.output {
        desk.borrow_mut().front.send(id, *stream, bytes);
    }
    (outcome.status, outcome.ended)
}
