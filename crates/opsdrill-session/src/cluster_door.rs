//! The cluster as tools at the prompt meet it: the API under the trainee's name, logs, exec, and the clock.

use std::cell::RefCell;
use std::sync::Arc;

use opsdrill_engine::api::{Identity, Reply, Request};
use opsdrill_engine::physical::container::ContainerHandle;
use opsdrill_engine::physical::logs;
use opsdrill_engine::{Cluster, SimTime, physical};
use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_objects::{Kind, Status};
use opsdrill_shell::door::{
    AttachReply, AttachRequest, ClusterDoor, ContainerPlace, CopiedFile, CopiedOut, CopyError,
    ExecReply, ExecRequest, LogLine, LogReply, LogRequest, PortForward, Stream, Usage, UsageScope,
    WaitOutcome, WebReply, WebRequest,
};
use rand::Rng;

use crate::container_shell::{self, InContainer};
use crate::copying;
use crate::terminal::Terminal;
use crate::usage;

/// How often a kubelet renews its node's lease: a quarter of the 40 seconds for which it holds.
const LEASE_RENEWAL_SECONDS: i64 = 10;

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
    /// Whether that is done with a signal that cannot be caught.
    kills: bool,
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
        let (stdout, stderr) = (Vec::new(), Vec::new());
        Self { desk, identity, streaming, deadline, kills: false, stdout, stderr }
    }

    /// The end of the tool comes with a signal that it cannot catch.
    pub(crate) fn killed(self, kills: bool) -> Self {
        Self { kills, ..self }
    }

    /// What was printed and not shown yet.
    pub(crate) fn into_output(self) -> (Vec<u8>, Vec<u8>) {
        (self.stdout, self.stderr)
    }

    /// The end of a wait: what was asked for, or the end of the tool.
    fn within_deadline(&self, time: SimTime) -> SimTime {
        self.deadline.map_or(time, |deadline| deadline.min(time))
    }

    /// Runs a line in a container's shell; answers its exit status.
    fn run_in(&mut self, shell: &mut InContainer, line: &str) -> i32 {
        let (desk, deadline, streaming) = (self.desk, self.deadline, self.streaming);
        let (stdout, stderr) = (&mut self.stdout, &mut self.stderr);
        let mut show = |stream, text: &str| match stream {
            _ if streaming => desk.borrow_mut().front.print(stream, text),
            Stream::Out => stdout.extend(text.bytes()),
            Stream::Err => stderr.extend(text.bytes()),
        };
        let outcome = shell.run(line, desk, deadline, &mut show);
        for (stream, bytes) in &outcome.output {
            show(*stream, &String::from_utf8_lossy(bytes));
        }
        outcome.status
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

    fn impersonate(&mut self, user: &str, groups: &[String]) {
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        self.identity = Identity::impersonated(user, &groups);
    }

    fn kinds(&self) -> Arc<Kinds> {
        self.desk.borrow().stage.cluster.kinds().clone()
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

    fn usage(&mut self, scope: &UsageScope) -> Result<Vec<Usage>, Status> {
        let terminal = self.desk.borrow();
        Ok(match scope {
            UsageScope::Nodes => usage::of_nodes(&terminal.stage.cluster),
            UsageScope::Pods(namespace) => usage::of_pods(&terminal.stage.cluster, namespace),
        })
    }

    fn lease_renewed(&mut self, node: &str) -> Option<i64> {
        let terminal = self.desk.borrow();
        let view = terminal.stage.cluster.view();
        let created = view.get(Kind::Node, "", node)?.meta.created;
        let silent_ms = view.silent_since(node).map_or(0, |it| view.now().0.saturating_sub(it.0));
        let heard = view.unix_now() - (silent_ms / 1000) as i64;
        Some(heard - (heard - created).rem_euclid(LEASE_RENEWAL_SECONDS))
    }

    fn exec(&mut self, request: &ExecRequest) -> Result<ExecReply, Status> {
        let (mut shell, enters, line) = {
            let terminal = self.desk.borrow();
            let cluster = &terminal.stage.cluster;
            let container = Some(request.container.as_str()).filter(|it| !it.is_empty());
            let handle = cluster.container(&request.namespace, &request.pod, container)?;
            let (command, line) = command(request)?;
            if !handle.has_command(cluster.world(), command) {
                return Err(handle.no_command(cluster.world(), command));
            }
            let kind = container_shell::kind_of(&handle, command);
            let stdin = request.stdin.clone().filter(|it| !it.is_empty());
            let shell = InContainer::new(cluster, &handle, kind, request.terminal, stdin);
            (shell, line.is_none(), line.unwrap_or_default())
        };
        if enters {
            if !self.streaming {
                let text = "opsdrill: not simulated: an interactive shell in a container as a part of a line\n";
                return Ok(ExecReply {
                    stderr: text.to_owned(),
                    exit_code: 126,
                    ..ExecReply::default()
                });
            }
            self.desk.borrow_mut().entered = Some(shell);
            return Ok(ExecReply::default());
        }
        let status = self.run_in(&mut shell, &line);
        Ok(ExecReply { exit_code: status, ..ExecReply::default() })
    }

    fn attach(&mut self, request: &AttachRequest) -> Result<AttachReply, Status> {
        let place = &request.place;
        let (process, mut shell, line) = {
            let terminal = self.desk.borrow();
            let cluster = &terminal.stage.cluster;
            let handle = cluster.container(&place.namespace, &place.pod, Some(&place.container))?;
            let Some(input) =
                request.stdin.clone().filter(|_| handle.waits_for_client(cluster.world()))
            else {
                return Ok(AttachReply::Streams);
            };
            let argv = handle.command_line(cluster.world());
            let asked = ExecRequest {
                namespace: place.namespace.clone(),
                pod: place.pod.clone(),
                container: place.container.clone(),
                argv,
                stdin: Some(input.clone()),
                terminal: request.terminal,
            };
            let (command, line) = command(&asked)?;
            let kind = container_shell::kind_of(&handle, command);
            let input = Some(input).filter(|it| !it.is_empty());
            let shell = InContainer::new(cluster, &handle, kind, request.terminal, input);
            (handle.process, shell.with_afterwards(request.afterwards.clone()), line)
        };
        let Some(line) = line else {
            if !self.streaming {
                return Err(Status::bad_request(
                    "opsdrill: not simulated: an interactive shell in a container as a part of a line",
                ));
            }
            self.desk.borrow_mut().entered = Some(shell);
            return Ok(AttachReply::Entered);
        };
        let status = self.run_in(&mut shell, &line);
        let mut terminal = self.desk.borrow_mut();
        physical::exit(terminal.stage.cluster.world_mut(), process, status);
        Ok(AttachReply::Ended(status))
    }

    fn is_folder(&mut self, place: &ContainerPlace, path: &str) -> Result<bool, Status> {
        let terminal = self.desk.borrow();
        let cluster = &terminal.stage.cluster;
        let handle = enter(cluster, place)?;
        if !handle.has_command(cluster.world(), "test") {
            return Err(handle.no_command(cluster.world(), "test"));
        }
        Ok(handle.stat(cluster.world(), path).is_ok_and(|it| it.is_directory))
    }

    fn copy_out(&mut self, place: &ContainerPlace, path: &str) -> Result<CopiedOut, CopyError> {
        let terminal = self.desk.borrow();
        let cluster = &terminal.stage.cluster;
        copying::out(cluster, &enter(cluster, place)?, path)
    }

    fn copy_in(
        &mut self,
        place: &ContainerPlace,
        folder: &str,
        files: &[CopiedFile],
    ) -> Result<(), CopyError> {
        let mut terminal = self.desk.borrow_mut();
        let cluster = &mut terminal.stage.cluster;
        let handle = enter(cluster, place)?;
        copying::into(cluster, &handle, folder, files)
    }

    fn open_ports(&mut self, forward: &PortForward) -> Result<bool, Vec<u16>> {
        self.desk.borrow_mut().stage.forwards.open(forward)?;
        Ok(!self.streaming)
    }

    fn close_ports(&mut self, forward: &PortForward) {
        self.desk.borrow_mut().stage.forwards.close(forward);
    }

    fn send(&mut self, request: &WebRequest) -> Result<WebReply, String> {
        self.desk.borrow_mut().stage.chart_hosts.answer(request)
    }

    fn print(&mut self, stream: Stream, text: &str) {
        if self.streaming {
            self.desk.borrow_mut().front.print(stream, text);
            return;
        }
        match stream {
            Stream::Out => self.stdout.extend(text.bytes()),
            Stream::Err => self.stderr.extend(text.bytes()),
        }
    }

    fn is_terminal(&self) -> bool {
        self.streaming
    }

    fn is_killed(&self) -> bool {
        self.kills && self.deadline.is_some_and(|it| self.desk.borrow().stage.cluster.now() >= it)
    }

    fn interrupted(&mut self) -> bool {
        self.desk.borrow().interrupted
    }

    fn random_u64(&mut self, purpose: &str) -> u64 {
        self.desk.borrow_mut().stage.cluster.chance().next_stream(purpose).next_u64()
    }
}

fn enter(cluster: &Cluster, place: &ContainerPlace) -> Result<ContainerHandle, Status> {
    let container = Some(place.container.as_str()).filter(|it| !it.is_empty());
    cluster.container(&place.namespace, &place.pod, container)
}

/// The program of a request and the line that runs it; no line where a shell waits for the trainee's.
pub(crate) fn command(request: &ExecRequest) -> Result<(&str, Option<String>), Status> {
    let Some((command, arguments)) = request.argv.split_first() else {
        return Err(Status::bad_request("you must specify at least one command for the container"));
    };
    let stdin = request.stdin.as_deref().unwrap_or_default();
    let name = command.rsplit('/').next().unwrap_or(command);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if !matches!(name, "sh" | "bash" | "ash") {
        return Ok((command, Some(container_shell::line_of(&request.argv, !stdin.is_empty()))));
    }
    let line = match arguments.as_slice() {
        ["-c" | "-lc" | "-ec", script] if stdin.is_empty() => (*script).to_owned(),
        [] | ["-i" | "-l"] if !stdin.is_empty() => String::from_utf8_lossy(stdin).into_owned(),
        [] | ["-i" | "-l"] if request.terminal => return Ok((command, None)),
        [] | ["-i" | "-l"] => String::new(),
        _ => {
            let shell = if name == "ash" { "sh" } else { name }.to_owned();
            let argv = [&[shell], &request.argv[1..]].concat();
            container_shell::line_of(&argv, !stdin.is_empty())
        }
    };
    Ok((command, Some(line)))
}
