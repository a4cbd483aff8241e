//! All that command-line tools may ask of the cluster and of the session around them.

use std::sync::Arc;

use opsdrill_engine::api::{Reply, Request};
use opsdrill_objects::Status;
use opsdrill_objects::custom::kinds::Kinds;

pub use crate::host::{Stream, WaitOutcome};

/// The cluster as a tool in the pretend terminal meets it.
///
/// Who asks is the session's business: the door carries the trainee's identity.
pub trait ClusterDoor {
    /// Asks the API server.
    fn handle(&mut self, request: Request) -> Reply;

    /// Asks in another's name from now on; the trainee is an administrator and may.
    fn impersonate(&mut self, user: &str, groups: &[String]);

    /// The kinds that the server has now.
    fn kinds(&self) -> Arc<Kinds> {
        Arc::default()
    }

    /// Whether what is printed is read at the terminal, not by another command or a file.
    fn is_terminal(&self) -> bool {
        true
    }

    /// Simulated time in milliseconds since the session's epoch.
    fn now_ms(&self) -> u64;

    /// Simulated time in Unix seconds.
    fn unix_now(&self) -> i64;

    /// Lets time pass until an instant (milliseconds since the epoch).
    fn wait_until(&mut self, deadline_ms: u64) -> WaitOutcome;

    /// Lets time pass until the API's objects have changed, or until the deadline at the latest.
    fn next_change(&mut self, deadline_ms: u64) -> WaitOutcome;

    /// Reads a container's log.
    ///
    /// # Errors
    /// The server's or the kubelet's refusal.
    fn logs(&mut self, request: &LogRequest) -> Result<LogReply, Status>;

    /// Current use of processor and memory, in order of (namespace, name).
    ///
    /// # Errors
    /// 404 when the cluster has no metrics API.
    fn usage(&mut self, scope: &UsageScope) -> Result<Vec<Usage>, Status>;

    /// When a node's kubelet last renewed its lease, in Unix seconds; `None` if it has no lease.
    fn lease_renewed(&mut self, node: &str) -> Option<i64>;

    /// Runs a command in a container.
    ///
    /// # Errors
    /// The server's or the kubelet's refusal.
    fn exec(&mut self, request: &ExecRequest) -> Result<ExecReply, Status>;

    /// Attaches to a container's first process.
    ///
    /// # Errors
    /// The server's or the kubelet's refusal.
    fn attach(&mut self, request: &AttachRequest) -> Result<AttachReply, Status>;

    /// Whether a path in a container is a folder.
    ///
    /// # Errors
    /// The server's or the kubelet's refusal.
    fn is_folder(&mut self, place: &ContainerPlace, path: &str) -> Result<bool, Status>;

    /// Reads a file of a container, or all files of a folder, as `tar` packs them.
    ///
    /// # Errors
    /// The refusal, or what `tar` complains of.
    fn copy_out(&mut self, place: &ContainerPlace, path: &str) -> Result<CopiedOut, CopyError>;

    /// Puts files into a folder of a container, as `tar` unpacks them.
    ///
    /// # Errors
    /// The refusal, or what `tar` complains of.
    fn copy_in(
        &mut self,
        place: &ContainerPlace,
        folder: &str,
        files: &[CopiedFile],
    ) -> Result<(), CopyError>;

    /// Lets ports of the trainee's machine lead to ports of a pod. Answers whether they stay open when the tool returns,
    /// because it runs in the background.
    ///
    /// # Errors
    /// The ports that are taken.
    fn open_ports(&mut self, forward: &PortForward) -> Result<bool, Vec<u16>>;

    /// Closes ports again.
    fn close_ports(&mut self, forward: &PortForward);

    /// Sends a request over the simulated network from the trainee's machine.
    ///
    /// # Errors
    /// Why nobody answers, in Go's words: `dial tcp: lookup a.example on …: no such host`.
    fn send(&mut self, request: &WebRequest) -> Result<WebReply, String> {
        Err(format!("dial tcp: lookup {}: no such host", request.url))
    }

    /// Prints: shown at once, or captured by a pipe. Tools print nowhere else.
    fn print(&mut self, stream: Stream, text: &str);

    /// Whether the tool was ended by a signal that it cannot catch: it does nothing any more.
    fn is_killed(&self) -> bool {
        false
    }

    /// Whether the trainee pressed Ctrl-C since the tool started.
    fn interrupted(&mut self) -> bool;

    /// A number from the session's chance, the same in every replay.
    fn random_u64(&mut self, purpose: &str) -> u64;
}

/// A request over the simulated network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebRequest {
    /// `GET`, `HEAD` or `PUT`; empty if it is another.
    pub method: &'static str,
    /// The address.
    pub url: String,
    /// User and password.
    pub credentials: Option<(String, String)>,
    /// What is sent.
    pub body: Vec<u8>,
}

/// What a host on the simulated network answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebReply {
    /// The status: 200.
    pub status: u16,
    /// What the headers say, but for what follows from the body.
    pub headers: Vec<(&'static str, String)>,
    /// What comes with it.
    pub body: Vec<u8>,
}

/// Which part of which log is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogRequest {
    /// Namespace of the pod.
    pub namespace: String,
    /// Name of the pod.
    pub pod: String,
    /// Name of the container.
    pub container: String,
    /// Of the instance before the last restart.
    pub previous: bool,
    /// At most so many lines, from the end.
    pub tail: Option<u64>,
    /// Only lines at or after this Unix time, in nanoseconds.
    pub since_ns: Option<i64>,
    /// Go on after this cursor, as an earlier reply gave it.
    pub after: Option<u64>,
}

/// Lines of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogReply {
    /// The lines, oldest first.
    pub lines: Vec<LogLine>,
    /// Where the next request goes on.
    pub cursor: u64,
    /// Whether the container has ended, so that no more lines will come.
    pub ended: bool,
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written, Unix time in nanoseconds.
    pub at_ns: i64,
    /// The line without its line break.
    pub text: String,
}

/// Whose use of resources is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageScope {
    /// Of all nodes.
    Nodes,
    /// Of the pods of a namespace, or of all namespaces if it is empty.
    Pods(String),
}

/// What a node or a pod uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Namespace of the pod, empty for nodes.
    pub namespace: String,
    /// Name of the node or pod.
    pub name: String,
    /// One row for each container of a pod; one without a name for a node.
    pub parts: Vec<UsagePart>,
}

/// What a container (or a whole node) uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsagePart {
    /// Name of the container.
    pub name: String,
    /// Thousandths of a core.
    pub cpu_milli: i64,
    /// Bytes of the working set.
    pub memory_bytes: i64,
}

/// A command to run in a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecRequest {
    /// Namespace of the pod.
    pub namespace: String,
    /// Name of the pod.
    pub pod: String,
    /// Name of the container.
    pub container: String,
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// What the command reads, if anything is connected.
    pub stdin: Option<Vec<u8>>,
    /// Whether it has a terminal.
    pub terminal: bool,
}

/// What a command in a container answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecReply {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit status.
    pub exit_code: i32,
}

/// A container, by the names on the way to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerPlace {
    /// Namespace of the pod.
    pub namespace: String,
    /// Name of the pod.
    pub pod: String,
    /// Name of the container.
    pub container: String,
}

/// Somebody who attaches to a container's first process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttachRequest {
    /// The container.
    pub place: ContainerPlace,
    /// What the process reads, if standard input is connected; empty for a terminal.
    pub stdin: Option<Vec<u8>>,
    /// Whether there is a terminal.
    pub terminal: bool,
    /// What follows when a shell that the trainee stays in has ended.
    pub afterwards: Afterwards,
}

/// What follows the end of a shell to which the trainee attached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Afterwards {
    /// What kubectl says.
    pub says: String,
    /// Whether the pod is deleted.
    pub removes_pod: bool,
}

/// How attaching went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachReply {
    /// The trainee stays in the container's shell; the lines to come are its lines.
    Entered,
    /// The process did what it had to do with its input and has ended with this status.
    Ended(i32),
    /// The process goes on writing to its log.
    Streams,
}

/// A file on its way between the trainee's machine and a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedFile {
    /// Its path from where it is copied to, without a leading slash.
    pub path: String,
    /// Its content; `None` for a folder.
    pub content: Option<Vec<u8>>,
}

/// What was copied out of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopiedOut {
    /// The files. The path of one that was asked for alone is empty.
    pub files: Vec<CopiedFile>,
    /// What `tar` said.
    pub stderr: String,
}

/// Why nothing was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyError {
    /// The server or the kubelet refused.
    Refused(Status),
    /// `tar` failed.
    Tar {
        /// What it said.
        stderr: String,
        /// Its exit status.
        exit_code: i32,
    },
}

impl From<Status> for CopyError {
    fn from(refusal: Status) -> Self {
        Self::Refused(refusal)
    }
}

/// Ports of the trainee's machine that lead to a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortForward {
    /// Namespace of the pod.
    pub namespace: String,
    /// Name of the pod.
    pub pod: String,
    /// Ports of the machine, each with the pod's.
    pub ports: Vec<(u16, u16)>,
}
