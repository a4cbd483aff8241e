//! `kubectl` in a container: it asks the API with the token of the pod's service account, and meets RBAC there.
//!
//! What waits, looks into containers or opens ports is not simulated here and says so.

use std::sync::Arc;

use opsdrill_engine::api::{Identity, Reply, Request};
use opsdrill_engine::physical::container::ContainerHandle;
use opsdrill_engine::physical::logs;
use opsdrill_engine::physical::network::ConnectError;
use opsdrill_engine::{Cluster, SimTime};
use opsdrill_objects::Status;
use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_shell::door::{
    AttachReply, AttachRequest, ClusterDoor, ContainerPlace, CopiedFile, CopiedOut, CopyError,
    ExecReply, ExecRequest, LogLine, LogReply, LogRequest, PortForward, Stream, Usage, UsageScope,
    WaitOutcome,
};
use opsdrill_shell::kubectl;
use opsdrill_shell::kubectl::editor::{Edited, Editor, EditorFailure};
use opsdrill_shell::kubectl::kubeconfig::Kubeconfig;
use opsdrill_shell::kubectl::surroundings::{FileError, Surroundings};
use rand::Rng as _;

use super::{Inside, NOT_SIMULATED, fails};
use crate::usage;

/// Where the kubelet puts what a pod's service account needs.
pub(super) const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

pub(super) fn run(inside: &mut Inside<'_>, words: &[String]) -> ExecReply {
    let (host, port) = match server(inside) {
        Ok(place) => place,
        Err(reply) => return reply,
    };
    let world = inside.cluster.world();
    if let Err(error) = inside.handle.connect(world, &host, port) {
        return unreachable(inside, &host, port, error);
    }
    let text = |name: &str| {
        let contents = inside.handle.read_file(world, &format!("{ACCOUNT}/{name}")).ok();
        contents.map(|it| String::from_utf8_lossy(&it).trim().to_owned())
    };
    let (token, namespace) = (text("token").unwrap_or_default(), text("namespace"));
    let Some(identity) = inside.cluster.identity_of_token(&token) else {
        let text = "error: You must be logged in to the server (Unauthorized)";
        return fails(text, 1);
    };
    let namespace = namespace.unwrap_or_default();
    let mut config = Kubeconfig::single("in-cluster", "cluster", "account", &namespace);
    let mut machine = Machine { env: inside.env.clone(), files: files(inside) };
    let stdin = inside.stdin.take();
    let mut door = InsideDoor::new(inside.cluster, inside.handle, identity);
    let status = kubectl::run(words, stdin.as_deref(), &mut door, &mut machine, &mut config);
    let InsideDoor { stdout, stderr, waits, .. } = door;
    if waits {
        let line = format!(
            "opsdrill: not simulated: kubectl that waits, in a container: {}\n",
            words.join(" ")
        );
        return ExecReply { stdout, stderr: stderr + &line, exit_code: NOT_SIMULATED };
    }
    ExecReply { stdout, stderr, exit_code: status }
}

/// Where the API is for a program in this container.
fn server(inside: &Inside<'_>) -> Result<(String, u16), ExecReply> {
    let has_token = inside.handle.stat(inside.cluster.world(), &format!("{ACCOUNT}/token")).is_ok();
    let host = inside.env.get("KUBERNETES_SERVICE_HOST").filter(|_| has_token);
    let port = inside.env.get("KUBERNETES_SERVICE_PORT").and_then(|it| it.parse().ok());
    let nowhere = "The connection to the server localhost:8080 was refused - did you specify the right host or port?";
    host.cloned().zip(port).ok_or_else(|| fails(nowhere, 1))
}

fn unreachable(inside: &mut Inside<'_>, host: &str, port: u16, error: ConnectError) -> ExecReply {
    if error == ConnectError::Refused {
        let text = format!(
            "The connection to the server {host}:{port} was refused - did you specify the right host or port?"
        );
        return fails(&text, 1);
    }
    inside.waited_ms += 30_000;
    fails(&format!("Unable to connect to the server: dial tcp {host}:{port}: {error}"), 1)
}

/// The files that a manifest may be read from.
fn files(inside: &Inside<'_>) -> Vec<(String, Vec<u8>)> {
    let world = inside.cluster.world();
    let programs = ["/bin/", "/usr/", "/proc/", "/sys/", "/dev/"];
    let paths = inside.handle.all_paths(world).into_iter();
    let paths =
        paths.filter(|it| !it.ends_with('/') && !programs.iter().any(|at| it.starts_with(at)));
    paths.filter_map(|it| Some((it.clone(), inside.handle.read_file(world, &it).ok()?))).collect()
}

/// The cluster as a program in a container meets it.
pub(super) struct InsideDoor<'c> {
    cluster: &'c mut Cluster,
    handle: &'c ContainerHandle,
    identity: Identity,
    pub(super) stdout: String,
    pub(super) stderr: String,
    /// Whether it was asked to wait.
    waits: bool,
    /// The last request that was refused.
    pub(super) refusal: Option<Status>,
}

impl<'c> InsideDoor<'c> {
    pub(super) fn new(
        cluster: &'c mut Cluster,
        handle: &'c ContainerHandle,
        identity: Identity,
    ) -> Self {
        let (stdout, stderr) = (String::new(), String::new());
        Self { cluster, handle, identity, stdout, stderr, waits: false, refusal: None }
    }
}

fn not_here(what: &str) -> Status {
    Status::bad_request(format!("opsdrill: not simulated: kubectl {what}, in a container"))
}

impl ClusterDoor for InsideDoor<'_> {
    fn handle(&mut self, request: Request) -> Reply {
        let reply = self.cluster.handle(&self.identity, request);
        self.refusal = reply.result.as_ref().err().cloned();
        reply
    }

    fn impersonate(&mut self, user: &str, groups: &[String]) {
        // Whether it may is the server's business; nobody in a container is an administrator.
        let _ = (user, groups);
        self.waits = true;
    }

    fn kinds(&self) -> Arc<Kinds> {
        self.cluster.kinds().clone()
    }

    fn is_terminal(&self) -> bool {
        false
    }

    fn now_ms(&self) -> u64 {
        self.cluster.now().0
    }

    fn unix_now(&self) -> i64 {
        self.cluster.unix_now()
    }

    fn wait_until(&mut self, deadline_ms: u64) -> WaitOutcome {
        if SimTime(deadline_ms) > self.cluster.now() {
            self.waits = true;
        }
        WaitOutcome::Interrupted
    }

    fn next_change(&mut self, deadline_ms: u64) -> WaitOutcome {
        self.wait_until(deadline_ms)
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
        let reply = self.cluster.logs(&asked)?;
        let lines =
            reply.lines.iter().map(|it| LogLine { at_ns: it.unix_ns, text: it.text.to_string() });
        Ok(LogReply { lines: lines.collect(), cursor: reply.cursor, ended: reply.ended })
    }

    fn usage(&mut self, scope: &UsageScope) -> Result<Vec<Usage>, Status> {
        Ok(match scope {
            UsageScope::Nodes => usage::of_nodes(self.cluster),
            UsageScope::Pods(namespace) => usage::of_pods(self.cluster, namespace),
        })
    }

    fn lease_renewed(&mut self, _: &str) -> Option<i64> {
        None
    }

    fn exec(&mut self, _: &ExecRequest) -> Result<ExecReply, Status> {
        Err(not_here("exec"))
    }

    fn attach(&mut self, _: &AttachRequest) -> Result<AttachReply, Status> {
        Err(not_here("attach"))
    }

    fn is_folder(&mut self, _: &ContainerPlace, _: &str) -> Result<bool, Status> {
        Err(not_here("cp"))
    }

    fn copy_out(&mut self, _: &ContainerPlace, _: &str) -> Result<CopiedOut, CopyError> {
        Err(not_here("cp").into())
    }

    fn copy_in(&mut self, _: &ContainerPlace, _: &str, _: &[CopiedFile]) -> Result<(), CopyError> {
        Err(not_here("cp").into())
    }

    fn open_ports(&mut self, forward: &PortForward) -> Result<bool, Vec<u16>> {
        Err(forward.ports.iter().map(|it| it.0).collect())
    }

    fn close_ports(&mut self, _: &PortForward) {}

    fn print(&mut self, stream: Stream, text: &str) {
        match stream {
            Stream::Out => self.stdout.push_str(text),
            Stream::Err => self.stderr.push_str(text),
        }
    }

    fn interrupted(&mut self) -> bool {
        self.waits
    }

    fn random_u64(&mut self, purpose: &str) -> u64 {
        let key = format!("{} {purpose} {}", self.handle.spec.pod_name, self.cluster.now().0);
        self.cluster.chance().stream("kubectl in a container", &key).next_u64()
    }
}

/// The container as kubectl meets it: it reads files and changes none.
pub(super) struct Machine {
    pub(super) env: std::collections::BTreeMap<String, String>,
    pub(super) files: Vec<(String, Vec<u8>)>,
}

impl Surroundings for Machine {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let found = self.files.iter().find(|it| it.0 == path).map(|it| it.1.clone());
        found.ok_or_else(|| FileError("no such file or directory".to_owned()))
    }

    fn entries(&self, path: &str) -> Option<Vec<String>> {
        let folder = format!("{}/", path.trim_end_matches('/'));
        let inner = self.files.iter().filter_map(|it| it.0.strip_prefix(&folder));
        let mut names: Vec<String> =
            inner.map(|it| it.split('/').next().unwrap_or(it).to_owned()).collect();
        names.sort();
        names.dedup();
        (!names.is_empty()).then_some(names)
    }

    fn write(&mut self, _: &str, _: &[u8]) -> Result<(), FileError> {
        Err(FileError("read-only file system".to_owned()))
    }

    fn make_folder(&mut self, _: &str) -> Result<(), FileError> {
        Err(FileError("read-only file system".to_owned()))
    }

    fn remove(&mut self, _: &str) -> Result<(), FileError> {
        Err(FileError("read-only file system".to_owned()))
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.env.get(name).cloned()
    }

    fn edit(&mut self, _: &Editor, _: &str, _: &str) -> Edited {
        Edited { output: Vec::new(), saved: Err(EditorFailure::NotFound) }
    }
}
