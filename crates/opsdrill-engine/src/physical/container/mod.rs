//! What a command inside a running container can see and do.
//!
//! A shell runs the commands; this is the container around them: environment, processes, files, and the network as its
//! pod meets it.

mod files;
mod layers;
mod provided;

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::pod::Pod;
use opsdrill_objects::{Kind, Status};

use super::application::command;
use super::application::model::Runtime;
use super::images::{self, Image};
use super::network::dns::{self, DnsAnswer, DnsError};
use super::network::{
    self, ConnectError, HttpError, HttpOutcome, HttpRequest, Origin, Peer, http_request,
};
use super::{ContainerSpec, ProcessId, Sees, process, redis};
use crate::agenda::Agenda;
use crate::chance::Chance;
use crate::time::SimTime;
use crate::view::View;

pub use files::{FileEntry, FileError};
pub use layers::{Layers, fill_volume};
pub(super) use layers::{forget, hash, observe};
pub(crate) use layers::{in_volume_of_pod, written};

/// A running container, for commands in it. It names one run: after a restart it is stale.
#[derive(Clone, Debug)]
pub struct ContainerHandle {
    /// The container's main process.
    pub process: ProcessId,
    /// What the kubelet started it with.
    pub spec: Arc<ContainerSpec>,
    /// Its image.
    pub image: Arc<Image>,
}

/// A row of `ps`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessRow {
    /// Process number in the container.
    pub pid: u32,
    /// The process of the physical world that this is, if it is a container's first.
    pub main: Option<ProcessId>,
    /// User.
    pub user: String,
    /// When it was started.
    pub started: SimTime,
    /// Command line.
    pub command: String,
}

/// Enters a running container.
///
/// # Errors
/// The refusal of server or kubelet (recordings 341 and 342).
pub fn access(
    world: &World,
    namespace: &str,
    pod_name: &str,
    container: Option<&str>,
) -> Result<ContainerHandle, Status> {
    let object = View::new(world)
        .get(Kind::Pod, namespace, pod_name)
        .ok_or_else(|| Status::not_found(Kind::Pod, pod_name))?;
    let pod = object.pod().expect("a Pod is stored under Kind::Pod");
    let container = choose_container(pod_name, pod, container)?;
    let Some(node) = &pod.node_name else {
        let message = format!("pod {pod_name} does not have a host assigned");
        return Err(Status::bad_request(message));
    };
    if network::node_is_down(world, node) {
        let address = network::node_address(world, node).unwrap_or_else(|| node.to_string());
        let message = format!("error dialing backend: dial tcp {address}:10250: i/o timeout");
        return Err(Status::new(500, "", message));
    }
    let Some(process) = process::of_container(world, object.meta.uid, &container) else {
        let message = format!(
            "Internal error occurred: unable to upgrade connection: container not found ({container:?})"
        );
        return Err(Status::new(500, "InternalError", message));
    };
    Ok(handle_of(world, process))
}

impl ContainerHandle {
    /// Whether the run that was entered still goes on.
    pub fn is_running(&self, world: &World) -> bool {
        process::get(world, self.process).is_some()
    }

    /// The environment of a command: the image's, the pod's, and what the runtime adds.
    pub fn env(&self) -> BTreeMap<String, String> {
        let mut env = self.image.env.clone();
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        env.entry("PATH".to_owned()).or_insert_with(|| path.to_owned());
        let home = if self.user_id() == 0 { "/root" } else { "/" };
        env.insert("HOME".to_owned(), home.to_owned());
        env.insert("HOSTNAME".to_owned(), self.spec.pod_name.to_string());
        env.extend((*self.spec.env).clone());
        env
    }

    /// The host's name.
    pub fn hostname(&self) -> &str {
        &self.spec.pod_name
    }

    /// The user's number.
    pub fn user_id(&self) -> u32 {
        self.spec.run_as.unwrap_or_else(|| self.image.user_id())
    }

    /// The user's name.
    pub fn user_name(&self) -> String {
        let number = self.spec.run_as.map(|it| it.to_string());
        let name = self.image.user.split(':').next().unwrap_or_default();
        match number.as_deref().unwrap_or(name) {
            "" | "0" => "root".to_owned(),
            name => name.to_owned(),
        }
    }

    /// The folder in which commands start.
    pub fn working_dir(&self) -> String {
        let image = self.spec.working_dir.as_deref().unwrap_or(&self.image.working_dir);
        if image.is_empty() { "/".to_owned() } else { image.to_owned() }
    }

    /// Whether a command is there, by the image or by the application's own programs.
    pub fn has_command(&self, world: &World, command: &str) -> bool {
        let name = command.rsplit('/').next().unwrap_or(command);
        let process = process::get(world, self.process);
        let own = process.and_then(|it| it.model.program.first());
        self.image.has_command(command) || own.is_some_and(|it| it.rsplit('/').next() == Some(name))
    }

    /// The runtime's complaint about a command that is not there (recording 338).
    pub fn no_command(&self, world: &World, command: &str) -> Status {
        let now = world.resource::<Agenda>().now().0;
        let number = world.resource::<Chance>().noise(&format!("exec {command}"), now, u64::MAX);
        let run = blake3::hash(&number.to_le_bytes()).to_hex();
        let why = if command.contains('/') {
            format!("stat {command}: no such file or directory")
        } else {
            "executable file not found in $PATH".to_owned()
        };
        let message = format!(
            "Internal error occurred: error executing command in container: failed to exec in container: failed to \
             start exec \"{run}\": OCI runtime exec failed: exec failed: unable to start container process: exec: \
             {command:?}: {why}: unknown"
        );
        Status::new(500, "InternalError", message)
    }

    /// Enters the container of a running process.
    pub fn of_process(world: &World, process: ProcessId) -> Option<Self> {
        process::get(world, process).map(|it| handle_of(world, it))
    }

    /// The words of the main process.
    pub fn command_line(&self, world: &World) -> Vec<String> {
        let Some(process) = process::get(world, self.process) else { return Vec::new() };
        command::command_line(&process.model, Some(&self.image), &self.spec)
    }

    /// The arguments of the image's application, if that is what these words start.
    pub fn application(&self, world: &World, words: &[String]) -> Option<Vec<String>> {
        let process = process::get(world, self.process)?;
        command::application(&process.model, &self.image, words)
    }

    /// The processes that the container sees, in order of number; the command that asks comes on top of these.
    pub fn processes(&self, world: &World) -> Vec<ProcessRow> {
        let all = process::of_pod(world, self.spec.pod);
        match &self.spec.sees {
            Sees::Own => self.shared_processes(world, &self.spec.container),
            Sees::Container(target) => self.shared_processes(world, target),
            Sees::Pod => {
                let started = all.map(|it| it.started).min().unwrap_or_default();
                let (user, command) = ("65535".to_owned(), "/pause".to_owned());
                let pause = ProcessRow { pid: 1, main: None, user, started, command };
                numbered(world, process::of_pod(world, self.spec.pod), vec![pause])
            }
        }
    }

    /// The processes of a container and of those that were added to look at it: all of them see all.
    fn shared_processes(&self, world: &World, target: &Arc<str>) -> Vec<ProcessRow> {
        let looks_on = Sees::Container(target.clone());
        let all = || process::of_pod(world, self.spec.pod);
        let own = all().filter(|it| it.spec.container == *target);
        let guests = all().filter(|it| it.spec.container != *target && it.spec.sees == looks_on);
        numbered(world, own.chain(guests), Vec::new())
    }

    /// The container's own processes, the first of which has this number.
    fn own_processes(&self, world: &World, first: u32) -> Vec<ProcessRow> {
        let Some(process) = process::get(world, self.process) else { return Vec::new() };
        let row = |pid, user: &str, command: String| ProcessRow {
            pid,
            main: (pid == first).then_some(self.process),
            user: user.to_owned(),
            started: process.started,
            command,
        };
        let line = self.command_line(world).join(" ");
        let user = self.user_name();
        if process.model.runtime == Runtime::Nginx && process.serves {
            let master = "nginx: master process nginx -g daemon off;".to_owned();
            let worker = "nginx: worker process".to_owned();
            return vec![row(first, &user, master), row(first + 28, "nginx", worker)];
        }
        vec![row(first, &user, line)]
    }

    /// Whether the container's first process does nothing until somebody attaches to it.
    pub fn waits_for_client(&self, world: &World) -> bool {
        let process = process::get(world, self.process);
        process
            .is_some_and(|it| command::waits_for_client(&it.model, Some(&self.image), &self.spec))
    }

    /// Who a command in this container is to the network.
    pub fn origin(&self) -> Origin {
        Origin::Pod(self.spec.pod)
    }

    /// Asks the DNS as `nslookup` does.
    ///
    /// # Errors
    /// Unknown name, or no server that answers.
    pub fn lookup(&self, world: &World, name: &str) -> Result<DnsAnswer, DnsError> {
        dns::lookup(world, &self.origin(), name)
    }

    /// Opens a TCP connection.
    ///
    /// # Errors
    /// What the client gets instead.
    pub fn connect(&self, world: &World, host: &str, port: u16) -> Result<Peer, ConnectError> {
        connect(world, &self.origin(), host, port)
    }

    /// Sends an HTTP request.
    ///
    /// # Errors
    /// What the client sees instead of an answer.
    pub fn http(&self, world: &World, request: &HttpRequest) -> Result<HttpOutcome, HttpError> {
        http_request(world, &self.origin(), request)
    }

    /// Sends a command to a redis; `None` if what listens there is none.
    ///
    /// # Errors
    /// What the client gets instead of a connection.
    pub fn redis(
        &self,
        world: &mut World,
        host: &str,
        port: u16,
        words: &[&str],
    ) -> Result<Option<redis::Reply>, ConnectError> {
        let Peer::Process(id) = self.connect(world, host, port)? else { return Ok(None) };
        let is_redis = process::get(world, id).is_some_and(|it| it.model.runtime == Runtime::Redis);
        Ok(is_redis.then(|| redis::command(world, id, words)))
    }
}

/// The processes of containers that share their numbers, after those before them. The runtime's own short-lived
/// processes take six numbers at each start.
fn numbered<'w>(
    world: &'w World,
    mains: impl Iterator<Item = &'w process::Process>,
    mut rows: Vec<ProcessRow>,
) -> Vec<ProcessRow> {
    for main in mains {
        let handle = handle_of(world, main);
        let first = rows.last().map_or(1, |it| it.pid + 6);
        rows.extend(handle.own_processes(world, first));
    }
    rows
}

fn handle_of(world: &World, process: &process::Process) -> ContainerHandle {
    let image = images::on_node(world, &process.spec.node, &process.spec.image).unwrap_or_default();
    ContainerHandle { process: process.id, spec: process.spec.clone(), image }
}

/// Opens a TCP connection from somewhere.
///
/// # Errors
/// What the client gets instead.
pub fn connect(world: &World, from: &Origin, host: &str, port: u16) -> Result<Peer, ConnectError> {
    let route = network::route(world, from, host, port)?;
    let now = world.resource::<Agenda>().now();
    let key = format!("{host}:{port}");
    route.pick(world.resource::<Chance>(), &key, now)?.peer.clone()
}

/// The container that is meant when a request names one or none.
///
/// # Errors
/// The API server's refusal (recordings 332, 341).
pub(super) fn choose_container(
    pod_name: &str,
    pod: &Pod,
    container: Option<&str>,
) -> Result<String, Status> {
    let spec = &pod.spec;
    let init = spec.init_containers.iter().flatten().map(|it| it.name.as_str());
    let own = spec.containers.iter().map(|it| it.name.as_str());
    let ephemeral = spec.ephemeral_containers.iter().flatten().map(|it| it.name.as_str());
    let names: Vec<&str> = init.chain(own).chain(ephemeral).collect();
    match (container.filter(|it| !it.is_empty()), &*spec.containers) {
        (Some(name), _) if names.contains(&name) => Ok(name.to_owned()),
        (Some(name), _) => {
            Err(Status::bad_request(format!("container {name} is not valid for pod {pod_name}")))
        }
        (None, [only]) => Ok(only.name.clone()),
        (None, _) => Err(Status::bad_request(format!(
            "a container name must be specified for pod {pod_name}, choose one of: [{}]",
            names.join(" ")
        ))),
    }
}

#[cfg(test)]
mod tests;
