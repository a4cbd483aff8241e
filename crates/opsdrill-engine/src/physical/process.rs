//! Processes: one run of one container, as an entity that the API never shows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bevy_ecs::component::Component;
use bevy_ecs::entity::Entity;
use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::Uid;

use super::ContainerSpec;
use super::activity::Activity;
use super::application::ApplicationModel;
use super::application::model::{Parameter, Runtime};
use super::application::wiring::Wire;
use super::coredns::Corefile;
use super::flows::routes;
use super::nginx::Site;
use super::{container, coredns, logs, programs};
use crate::lookup::Lookup;
use crate::time::SimTime;

/// A container's process: one run of one container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId(pub u64);

/// What a process is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessState {
    /// It starts up and does not listen yet.
    Starting {
        /// When it has started, or fails to.
        until: SimTime,
    },
    /// It does its work.
    Serving,
    /// It lives, holds its ports and answers nobody.
    Hung,
    /// It was asked to end and finishes what it has begun.
    Stopping {
        /// When it ends.
        until: SimTime,
    },
}

/// A running process.
#[derive(Component, Clone, Debug)]
pub struct Process {
    /// Its identity; never used again.
    pub id: ProcessId,
    /// What the kubelet asked for; its files are those that the process has read when it started.
    pub spec: Arc<ContainerSpec>,
    /// The files of its volumes, if they are others by now.
    pub mounted: Option<Arc<BTreeMap<String, Vec<u8>>>>,
    /// How it behaves.
    pub model: Arc<ApplicationModel>,
    /// What it is doing.
    pub state: ProcessState,
    /// When it was started.
    pub started: SimTime,
    /// The ports on which it accepts connections.
    pub listening: Vec<u16>,
    /// Whether it runs the image's application, and not a command of the container's own.
    pub serves: bool,
    /// The folder that a command of the container's own serves over HTTP.
    pub serves_files: Option<String>,
    /// How it calls its model's dependencies: it read its settings when it started.
    pub wires: Vec<Wire>,
    /// For CoreDNS: the configuration that it serves.
    pub corefile: Option<Arc<Corefile>>,
    /// For nginx: what it serves, unless its model says so.
    pub nginx: Option<Arc<Site>>,
    /// The arguments of the application.
    pub arguments: Vec<String>,
    /// What is wrong with it; see [`Process::parameter`].
    pub parameters: BTreeMap<Parameter, u64>,
    /// The CPU that it may use, in thousandths of a core: its limit, or the node's.
    pub cpu_millis: u64,
    /// How it is going to end, if that is certain.
    pub fate: Option<Fate>,
    /// Lines that its command is going to write.
    pub script: VecDeque<(SimTime, String)>,
}

/// An end that is certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// When.
    pub at: SimTime,
    /// Exit code.
    pub exit_code: i32,
    /// The last lines in the log.
    pub lines: Vec<String>,
}

impl Process {
    /// Whether a connection to this port is accepted.
    pub fn listens_on(&self, port: u16) -> bool {
        self.listening.contains(&port)
    }

    /// A parameter's value, 0 if nobody set it.
    pub fn parameter(&self, parameter: Parameter) -> u64 {
        self.parameters.get(&parameter).copied().unwrap_or_default()
    }

    /// The files of its volumes as they are now, by absolute path.
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        self.mounted.as_deref().unwrap_or(&self.spec.files)
    }

    /// Whether requests are answered.
    pub fn answers(&self) -> bool {
        matches!(self.state, ProcessState::Serving | ProcessState::Stopping { .. })
    }
}

/// All running processes, by identity and by container.
#[derive(Resource, Debug, Default)]
pub struct Processes {
    by_id: Lookup<ProcessId, Entity>,
    /// The same in order.
    living: BTreeMap<ProcessId, Entity>,
    /// By pod, in order of container name.
    by_pod: Lookup<Uid, Vec<(Arc<str>, ProcessId)>>,
    /// Those whose application is an ingress controller: they are few, and asked for often.
    ingress_controllers: BTreeSet<ProcessId>,
    created: u64,
}

/// A running process by its identity; `None` once it has ended.
pub fn get(world: &World, process: ProcessId) -> Option<&Process> {
    let entity = *world.resource::<Processes>().by_id.get(&process)?;
    Some(world.get::<Process>(entity).expect("the index names only living processes"))
}

/// The running process of a container.
pub fn of_container<'w>(world: &'w World, pod: Uid, container: &str) -> Option<&'w Process> {
    of_pod(world, pod).find(|it| &*it.spec.container == container)
}

/// The running processes of a pod, in order of container name.
pub fn of_pod(world: &World, pod: Uid) -> impl Iterator<Item = &Process> {
    let ids = world.resource::<Processes>().by_pod.get(&pod).into_iter().flatten();
    ids.filter_map(move |(_, id)| get(world, *id))
}

/// All running processes, oldest first.
pub fn all(world: &World) -> impl Iterator<Item = &Process> {
    let living = &world.resource::<Processes>().living;
    living.keys().filter_map(move |id| get(world, *id))
}

/// The running processes whose application is an ingress controller, oldest first.
pub(super) fn ingress_controllers(world: &World) -> impl Iterator<Item = &Process> {
    let ids = &world.resource::<Processes>().ingress_controllers;
    ids.iter().filter_map(move |id| get(world, *id))
}

/// The entities of all running processes, oldest first.
pub(super) fn entities(world: &World) -> impl Iterator<Item = (ProcessId, Entity)> {
    world.resource::<Processes>().living.iter().map(|(id, entity)| (*id, *entity))
}

/// The identity of the next process.
pub(super) fn next_id(world: &mut World) -> ProcessId {
    let mut processes = world.resource_mut::<Processes>();
    processes.created += 1;
    ProcessId(processes.created)
}

/// Brings a process to life.
pub(super) fn insert(world: &mut World, process: Process, activity: Activity) {
    let (id, pod, container) = (process.id, process.spec.pod, process.spec.container.clone());
    let is_ingress_controller = process.model.runtime == Runtime::IngressNginx;
    logs::open(world, id, pod, &container);
    routes::note_process(world, pod);
    let entity = world.spawn((process, activity)).id();
    let mut processes = world.resource_mut::<Processes>();
    processes.by_id.insert(id, entity);
    processes.living.insert(id, entity);
    if is_ingress_controller {
        processes.ingress_controllers.insert(id);
    }
    let of_pod = processes.by_pod.entry(pod, Vec::new);
    match of_pod.binary_search_by(|(it, _)| it.cmp(&container)) {
        Ok(place) => of_pod[place].1 = id,
        Err(place) => of_pod.insert(place, (container, id)),
    }
}

/// Takes a process out of the world; `None` if it has ended already.
pub(super) fn remove(world: &mut World, process: ProcessId) -> Option<Process> {
    let entity = world.resource_mut::<Processes>().by_id.remove(&process)?;
    let removed = world.entity_mut(entity).take::<Process>();
    let removed = removed.expect("the index names only living processes");
    logs::close(world, process);
    routes::note_process(world, removed.spec.pod);
    container::forget(world, process);
    programs::forget(world, process);
    world.despawn(entity);
    let mut processes = world.resource_mut::<Processes>();
    processes.living.remove(&process);
    processes.ingress_controllers.remove(&process);
    // A container's next process may have taken the place.
    if let Some(of_pod) = processes.by_pod.get_mut(&removed.spec.pod) {
        of_pod.retain(|(_, it)| *it != process);
        if of_pod.is_empty() {
            processes.by_pod.remove(&removed.spec.pod);
        }
    }
    Some(removed)
}

/// Lets a process accept connections on these ports.
pub(super) fn listen(world: &mut World, process: ProcessId, ports: Vec<u16>) {
    let Some(listening) = get_mut(world, process) else { return };
    listening.listening = ports;
    let pod = listening.spec.pod;
    routes::note_process(world, pod);
}

/// Puts other files into a process' volumes. Who has read them before does not notice.
pub(crate) fn remount(world: &mut World, process: ProcessId, files: BTreeMap<String, Vec<u8>>) {
    if let Some(it) = get_mut(world, process) {
        it.mounted = Some(Arc::new(files));
    }
    coredns::file_changed(world, process);
}

/// The entity of a running process.
pub(super) fn entity(world: &World, process: ProcessId) -> Option<Entity> {
    world.resource::<Processes>().by_id.get(&process).copied()
}

/// A running process for writing.
pub(super) fn get_mut(world: &mut World, process: ProcessId) -> Option<&mut Process> {
    let entity = entity(world, process)?;
    let process = world.get_mut::<Process>(entity).expect("the index names only living processes");
    Some(process.into_inner())
}
