//! The physical world: what is so, whatever the API believes.
//!
//! Kubelets ask it to pull images, start, probe and stop containers; it tells them when a process ends. Faults act on
//! it, checks look at it, and the API never shows it.

pub mod activity;
pub mod application;
pub mod connections;
pub mod container;
mod coredns;
pub mod databases;
mod demonstration;
mod file_server;
pub mod flows;
mod footprint;
pub mod images;
pub mod ledger;
mod lifecycle;
mod listening;
mod login;
pub mod logs;
pub mod memory;
pub mod network;
pub mod nginx;
mod parameters;
mod postgres;
mod probe;
pub mod process;
pub mod programs;
pub mod redis;
mod termination;
#[cfg(test)]
mod tests;
pub mod traffic;

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::Uid;

pub use activity::Activity;
pub use application::ApplicationModel;
pub use application::model::Parameter;
pub use footprint::{Usage, usage};
pub use images::pull;
pub use ledger::Ledger;
pub use parameters::{ProcessSelector, kill_matching, matching, set_parameter};
pub use probe::status as http_status;
pub use process::{Process, ProcessId, ProcessState, Processes};

use crate::store::Notice;

/// What happens in the physical world at a time.
#[derive(Clone, Debug, PartialEq)]
pub enum PhysicalEvent {
    /// A process has finished starting, dies, or crosses a limit: the process' own agenda entry.
    Process(ProcessId),
    /// A process looks whether its configuration has changed.
    Reload(ProcessId),
    /// The flows of requests are looked at again.
    Flows,
    /// A command in a container goes on.
    Command(programs::RunId),
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessEnd {
    /// Exit code: 137 after SIGKILL, 143 after SIGTERM.
    pub exit_code: i32,
    /// `Completed`, `Error` or `OOMKilled`, as the runtime reports it.
    pub reason: &'static str,
    /// `terminationMessage`, empty if none.
    pub message: String,
}

/// What a kubelet hands to the runtime to start a container.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerSpec {
    /// The pod.
    pub pod: Uid,
    /// The pod's namespace.
    pub namespace: Arc<str>,
    /// The pod's name (its hostname).
    pub pod_name: Arc<str>,
    /// The pod's IP address.
    pub pod_ip: Arc<str>,
    /// The node.
    pub node: Arc<str>,
    /// The container's name.
    pub container: Arc<str>,
    /// The image as written in the pod.
    pub image: Arc<str>,
    /// `command` after `$(VAR)` expansion; empty means the image's entrypoint.
    pub command: Vec<String>,
    /// `args` after expansion; empty means the image's arguments, unless `command` is given.
    pub args: Vec<String>,
    /// The environment, fully resolved; containers of one template share it.
    pub env: Arc<BTreeMap<String, String>>,
    /// Files from volumes (ConfigMaps, Secrets, downward API): absolute path to contents.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Volumes in which containers keep data.
    pub data: Vec<DataMount>,
    /// Whether only volumes can be written (`readOnlyRootFilesystem`).
    pub read_only_root: bool,
    /// `workingDir`; otherwise the image's.
    pub working_dir: Option<String>,
    /// `runAsUser`; otherwise the image's user.
    pub run_as: Option<u32>,
    /// Memory limit in bytes.
    pub memory_limit: Option<u64>,
    /// CPU limit in thousandths of a core.
    pub cpu_limit: Option<u64>,
    /// How often the container was restarted before.
    pub restart_count: i32,
    /// Whether its standard input is kept open for who attaches.
    pub stdin: bool,
    /// Whose processes it sees.
    pub sees: Sees,
}

/// A volume in which containers keep data, as one of them sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataMount {
    /// Where it is mounted: an absolute path without a `/` at its end.
    pub folder: String,
    /// Which volume it is: a name for the whole cluster.
    pub volume: Arc<str>,
    /// Which folder of the volume is mounted: empty, or a path that begins with `/`.
    pub sub_path: String,
    /// Whether it cannot be written here.
    pub read_only: bool,
    /// Whether it belongs to root, so that nobody else may write to it.
    pub of_root: bool,
    /// How many bytes it holds, if that is known.
    pub capacity: Option<u64>,
}

impl DataMount {
    /// The name of a volume that lives as long as its pod (`emptyDir`).
    pub fn of_pod(pod: Uid, volume: &str) -> Arc<str> {
        format!("pod {pod} {volume}").into()
    }

    /// The name of the volume of a claim.
    pub fn of_claim(namespace: &str, claim: &str) -> Arc<str> {
        format!("claim {namespace}/{claim}").into()
    }

    /// The name of a folder of a node (`hostPath`).
    pub fn of_node(node: &str, path: &str) -> Arc<str> {
        format!("node {node} {path}").into()
    }
}

/// Whose processes a container sees: its process namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sees {
    /// Its own only.
    #[default]
    Own,
    /// Those of another container of the pod, too (`targetContainerName`).
    Container(Arc<str>),
    /// Those of the whole pod (`shareProcessNamespace`).
    Pod,
}

/// What a probe does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeAction {
    /// HTTP GET.
    HttpGet {
        /// Resolved port number.
        port: u16,
        /// Path.
        path: String,
        /// `HTTP` or `HTTPS`.
        scheme: String,
        /// `host`, empty for the pod's IP.
        host: String,
    },
    /// Opening a TCP connection to a port.
    TcpSocket(u16),
    /// A command in the container.
    Exec(Vec<String>),
    /// A gRPC health check on a port.
    Grpc(u16),
}

/// What came of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeReply {
    /// Milliseconds until the answer; a kubelet gives up at the probe's timeout.
    pub after_ms: u64,
    /// `Ok`, or the kubelet's words after `Readiness probe failed: `.
    pub result: Result<(), String>,
}

/// A pull that was granted or refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pull {
    /// The image arrives after a while.
    Pulled {
        /// Milliseconds.
        after_ms: u64,
        /// Size in bytes.
        size: u64,
        /// Content digest, `sha256:…`.
        digest: String,
    },
    /// The runtime's whole error text, as in `Failed to pull image "x": …`.
    Failed {
        /// Milliseconds.
        after_ms: u64,
        /// The text.
        message: String,
    },
}

/// A user and password for a registry host, from an image pull secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryCredential {
    /// Host as in the secret.
    pub registry: String,
    /// User.
    pub username: String,
    /// Password.
    pub password: String,
}

/// Puts what the physical world keeps into a new world.
pub(crate) fn prepare(world: &mut World) {
    world.init_resource::<Processes>();
    world.init_resource::<application::Catalogue>();
    world.init_resource::<parameters::Overrides>();
    world.init_resource::<traffic::Traffic>();
    world.init_resource::<flows::Flows>();
    world.init_resource::<flows::routes::Routes>();
    world.init_resource::<Ledger>();
    world.init_resource::<images::Registries>();
    world.init_resource::<logs::Logs>();
    world.init_resource::<network::Network>();
    world.init_resource::<container::Layers>();
    world.init_resource::<probe::Answers>();
    world.init_resource::<programs::Programs>();
}

/// Starts a container's process.
///
/// # Errors
/// The runtime's words if the process cannot even start (`exec: "x": executable file not found in $PATH`), for the
/// kubelet's `RunContainerError`/`StartError` (exit code 128 or 127).
pub fn start(world: &mut World, spec: ContainerSpec) -> Result<ProcessId, String> {
    lifecycle::start(world, spec)
}

/// Asks a process to end (SIGTERM); it ends when its model says so, through [`crate::kubelet::process_ended`].
pub fn terminate(world: &mut World, process: ProcessId) {
    lifecycle::terminate(world, process);
}

/// Lets a process end by itself with an exit code, as a shell does whose input ends; its kubelet hears of it.
pub fn exit(world: &mut World, process: ProcessId, exit_code: i32) {
    let reason = if exit_code == 0 { "Completed" } else { "Error" };
    lifecycle::end_container(world, process, exit_code, reason);
}

/// Ends a process at once (SIGKILL) without telling the kubelet again; the end is returned.
pub fn kill(world: &mut World, process: ProcessId) -> ProcessEnd {
    lifecycle::kill(world, process)
}

/// Probes a process.
pub fn probe(world: &mut World, process: ProcessId, action: &ProbeAction) -> ProbeReply {
    probe::probe(world, process, action)
}

/// A probe's command that must be run to know its answer; `None` if [`probe`] knows it.
pub fn probe_script(
    world: &World,
    process: ProcessId,
    action: &ProbeAction,
) -> Option<Vec<String>> {
    probe::script(world, process, action)
}

/// What users got.
pub fn ledger(world: &World) -> &Ledger {
    world.resource::<Ledger>()
}

/// All running processes, oldest first.
pub fn processes(world: &World) -> impl Iterator<Item = &Process> {
    process::all(world)
}

/// Feeds what the physical world holds to a hash.
pub(crate) fn hash(world: &World, hasher: &mut blake3::Hasher) {
    for process in process::all(world) {
        let now = world.resource::<crate::agenda::Agenda>().now();
        let usage = usage(world, process.spec.pod, &process.spec.container);
        let state = (process.id, process.state, process.started, usage, now);
        hasher.update(format!("{state:?}").as_bytes());
    }
    // What faults have set shows later, in processes and requests to come.
    parameters::hash(world, hasher);
    world.resource::<traffic::Traffic>().hash(hasher);
    connections::hash(world, hasher);
    programs::hash(world, hasher);
    container::hash(world, hasher);
    ledger(world).hash(hasher);
}

/// Whether a probe that succeeds need not be asked again until [`crate::kubelet::probes_may_change`] is called.
///
/// A kubelet asks each period; the same answer changes nothing, so that a cluster in which nothing happens has nothing
/// to do. Answers to commands, and of an nginx that asks others, depend on more than the flows; those are asked each
/// period.
pub fn probe_rests(world: &World, process: ProcessId, action: &ProbeAction) -> bool {
    let passes_on = || {
        let site = process::get(world, process).and_then(|it| it.nginx.as_ref());
        site.is_some_and(|it| it.passes_on())
    };
    let changes = || process::get(world, process).is_some_and(demonstration::changes_by_itself);
    !matches!(action, ProbeAction::Exec(_)) && !passes_on() && !changes()
}

/// Notes changed services, endpoints and pods: routes change with them.
pub(crate) fn observe(world: &mut World, notices: &[Notice]) {
    logs::observe(world, notices);
    container::observe(world, notices);
    network::observe(world, notices);
    flows::observe(world, notices);
}

/// Lets happen what is due.
pub(crate) fn handle(world: &mut World, event: PhysicalEvent) {
    match event {
        PhysicalEvent::Process(process) => lifecycle::handle(world, process),
        PhysicalEvent::Reload(process) => coredns::reload(world, process),
        PhysicalEvent::Flows => flows::handle(world),
        // The cluster itself goes on with it; see `Cluster::dispatch`.
        PhysicalEvent::Command(_) => {}
    }
}
