//! What a kubelet knows of one pod: its sandbox, its containers, and what its sync in progress waits for.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Container, PodSpec};
use opsdrill_objects::Uid;
use opsdrill_objects::pod::as_container;

use super::backoff::Backoff;
use super::probe::ProbeRun;
use crate::lookup::Lookup;
use crate::physical::{ProcessId, Pull};
use crate::time::SimTime;

/// A pod on a node.
#[derive(Debug)]
pub(super) struct Worker {
    /// The pod.
    pub uid: Uid,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its node.
    pub node: Arc<str>,
    /// When the kubelet took it on; probes tick from here.
    pub since: SimTime,
    /// The same, Unix seconds: `status.startTime`.
    pub start_time: i64,
    /// Its network namespace.
    pub sandbox: Sandbox,
    /// Whether its node has its volumes.
    pub attachment: Attachment,
    /// Its address, once it has one.
    pub ip: Option<Arc<str>>,
    /// Its containers: init containers, its own, and those that were added while it ran.
    pub containers: Vec<ContainerRun>,
    /// How many of them are init containers.
    pub init_count: usize,
    /// How many of them are ephemeral containers, the last ones.
    pub ephemeral_count: usize,
    /// What the sync in progress waits for.
    pub step: Step,
    /// What the sync in progress has still to do.
    pub actions: VecDeque<Action>,
    /// Whether something of this sync failed, so that another one is due in a while.
    pub failed: bool,
    /// Whether something happened during the sync, so that another one is due at once.
    pub again: bool,
    /// Counts steps, so that the end of an abandoned one is known as such.
    pub steps: u32,
    /// The earliest sync on the agenda.
    pub planned: Option<SimTime>,
    /// Whether the pod is being shut down.
    pub ending: Option<Ending>,
    /// Why the kubelet ends it, if it does.
    pub evicted: Option<Box<Evicted>>,
    /// Whether the pod has ended for good and its sandbox is gone.
    pub finished: bool,
}

/// The workers of all kubelets. One that is being looked at is taken out for as long, because what is done for it acts
/// on the world that keeps it.
#[derive(Debug, Default)]
pub(super) struct Workers(Lookup<Uid, Option<Box<Worker>>>);

impl Workers {
    /// A worker that is at rest.
    pub(super) fn get(&self, pod: Uid) -> Option<&Worker> {
        self.0.get(&pod)?.as_deref()
    }

    /// Whether there is a worker, and nobody is looking at it.
    pub(super) fn is_at_rest(&self, pod: Uid) -> bool {
        self.get(pod).is_some()
    }

    /// Takes a new worker in.
    pub(super) fn add(&mut self, worker: Box<Worker>) {
        self.0.insert(worker.uid, Some(worker));
    }

    /// Hands a worker out for a look at it.
    pub(super) fn take(&mut self, pod: Uid) -> Option<Box<Worker>> {
        self.0.get_mut(&pod)?.take()
    }

    /// Takes a worker back after the look at it.
    pub(super) fn put_back(&mut self, worker: Box<Worker>) {
        let place = self.0.get_mut(&worker.uid);
        *place.expect("nobody is dismissed while looked at") = Some(worker);
    }

    /// Takes a worker out for good.
    pub(super) fn dismiss(&mut self, pod: Uid) -> Option<Box<Worker>> {
        self.0.remove(&pod)?
    }
}

/// How far the shutdown of a pod has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ending {
    /// When processes that are left are killed.
    pub deadline: SimTime,
    /// Whether the sidecars were asked to end, too.
    pub sidecars_told: bool,
}

/// Why a kubelet ends a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Evicted {
    /// Its words.
    pub message: String,
    /// Whether the node ran short of something, and not the pod went too far.
    pub by_pressure: bool,
}

/// The state of a pod's sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sandbox {
    /// There is none yet; so often its volumes could not be mounted.
    Missing(u32),
    /// It has an address, and containers may run.
    Ready,
    /// It was taken down.
    Gone,
}

/// Whether a node has the volumes of a pod that drivers attach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attachment {
    /// Nobody has looked yet.
    None,
    /// Another node has one of them, and that was told.
    Refused,
    /// It has them.
    Done,
}

/// What a sync waits for.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing: no sync is in progress.
    Idle,
    /// Volumes and network.
    Sandbox,
    /// An image.
    Pull(Box<Pulling>),
    /// A started container's `postStart` hook.
    Hook(usize),
    /// The end of a container that is being killed.
    Kill(usize),
}

/// A pull in progress.
#[derive(Debug)]
pub(super) struct Pulling {
    /// For which container.
    pub container: usize,
    /// When it was asked for.
    pub asked: SimTime,
    /// When its turn came: a node pulls one image at a time.
    pub began: SimTime,
    /// What will come of it.
    pub reply: Pull,
}

/// Something a sync has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Stop a container, for this reason.
    Kill(usize, String),
    /// Start a container.
    Start {
        /// Which one.
        place: usize,
        /// Whether this sync has killed its last run.
        after_kill: bool,
    },
}

/// A container of a pod.
#[derive(Debug)]
pub(super) struct ContainerRun {
    /// Its name.
    pub name: Arc<str>,
    /// What it is doing.
    pub state: RunState,
    /// Its last run that has ended, before the present one.
    pub last: Option<Box<Ended>>,
    /// How often it was started again.
    pub restarts: i32,
    /// Why the last try to start it failed: reason and message.
    pub trouble: Option<(&'static str, String)>,
    /// Its back-off after crashes.
    pub crash_backoff: Option<Backoff>,
    /// The back-off of its image's pulls, and what the last one said.
    pub pull_backoff: Option<(Backoff, String)>,
    /// Its probes.
    pub probes: Vec<ProbeRun>,
    /// Whether its startup probe has succeeded (or there is none).
    pub started: bool,
    /// Whether its readiness probe says so (or there is none).
    pub ready: bool,
    /// The probe that condemned the present run.
    pub condemned: Option<&'static str>,
    /// The image that the present run was started from.
    pub image: RunImage,
}

/// The image of a run, as it was when the container was made.
#[derive(Clone, Debug, Default)]
pub(super) struct RunImage {
    /// As the pod names it; empty before the first run.
    pub given: Arc<str>,
    /// Its name in full, as containerd reports it.
    pub name: String,
    /// Repository and digest.
    pub id: String,
}

/// What a container is doing.
#[derive(Debug)]
pub(super) enum RunState {
    /// It has not run yet.
    Waiting,
    /// It runs.
    Running(Running),
    /// It has ended.
    Ended(Box<Ended>),
}

/// A run in progress.
#[derive(Debug)]
pub(super) struct Running {
    /// Its process.
    pub process: ProcessId,
    /// When it was started.
    pub started: SimTime,
    /// The same, Unix seconds.
    pub started_at: i64,
    /// `containerd://…`.
    pub id: Arc<str>,
}

/// A run that has ended.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    /// `containerd://…`.
    pub id: Arc<str>,
    /// Exit code.
    pub exit_code: i32,
    /// `Completed`, `Error`, `OOMKilled`, `StartError`.
    pub reason: &'static str,
    /// Termination message.
    pub message: String,
    /// When it was started, Unix seconds.
    pub started_at: i64,
    /// When it ended, Unix seconds.
    pub finished_at: i64,
    /// The same in simulated time.
    pub finished: SimTime,
}

impl Worker {
    /// A pod that the kubelet has just heard of.
    pub(super) fn new(
        (uid, namespace, name, node): (Uid, Arc<str>, Arc<str>, Arc<str>),
        spec: &PodSpec,
        since: SimTime,
        start_time: i64,
    ) -> Self {
        let init = spec.init_containers.as_deref().unwrap_or_default();
        let all = init.iter().chain(&spec.containers);
        let mut worker = Self {
            uid,
            namespace,
            name,
            node,
            since,
            start_time,
            sandbox: Sandbox::Missing(0),
            attachment: Attachment::None,
            ip: None,
            containers: all.map(|it| ContainerRun::new(&it.name)).collect(),
            init_count: init.len(),
            ephemeral_count: 0,
            step: Step::Idle,
            actions: VecDeque::new(),
            failed: false,
            again: false,
            steps: 0,
            planned: None,
            ending: None,
            evicted: None,
            finished: false,
        };
        worker.take_on_ephemeral(spec);
        worker
    }

    /// Takes on the ephemeral containers that it does not know yet.
    pub(super) fn take_on_ephemeral(&mut self, spec: &PodSpec) {
        let all = spec.ephemeral_containers.as_deref().unwrap_or_default();
        for new in all.get(self.ephemeral_count..).unwrap_or_default() {
            self.containers.push(ContainerRun::new(&new.name));
            self.ephemeral_count += 1;
        }
    }

    /// The places of the pod's own containers: neither init nor ephemeral ones.
    pub(super) fn own(&self) -> Range<usize> {
        self.init_count..self.containers.len() - self.ephemeral_count
    }

    /// The places of the ephemeral containers.
    pub(super) fn ephemeral(&self) -> Range<usize> {
        self.own().end..self.containers.len()
    }

    /// A container's place by its name.
    pub(super) fn place(&self, container: &str) -> Option<usize> {
        self.containers.iter().position(|it| &*it.name == container)
    }

    /// Whether any container runs.
    pub(super) fn is_running(&self) -> bool {
        self.containers.iter().any(|it| it.running().is_some())
    }
}

impl ContainerRun {
    fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            state: RunState::Waiting,
            last: None,
            restarts: 0,
            trouble: None,
            crash_backoff: None,
            pull_backoff: None,
            probes: Vec::new(),
            started: false,
            ready: false,
            condemned: None,
            image: RunImage::default(),
        }
    }

    /// The run in progress.
    pub(super) fn running(&self) -> Option<&Running> {
        match &self.state {
            RunState::Running(running) => Some(running),
            _ => None,
        }
    }

    /// The run that has ended, if none is in progress.
    pub(super) fn ended(&self) -> Option<&Ended> {
        match &self.state {
            RunState::Ended(ended) => Some(ended),
            _ => None,
        }
    }
}

/// A container of a specification by its place: init containers first, ephemeral ones last.
pub(super) fn container_spec(spec: &PodSpec, place: usize) -> Option<Cow<'_, Container>> {
    let init = spec.init_containers.as_deref().unwrap_or_default();
    let Some(place) = place.checked_sub(init.len()) else {
        return init.get(place).map(Cow::Borrowed);
    };
    let Some(place) = place.checked_sub(spec.containers.len()) else {
        return spec.containers.get(place).map(Cow::Borrowed);
    };
    spec.ephemeral_containers.as_ref()?.get(place).map(|it| Cow::Owned(as_container(it)))
}

/// Whether a container is a sidecar: an init container that keeps running.
pub(super) fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

/// Whether a container that ended so is started again.
pub(super) fn restarts(spec: &PodSpec, container: &Container, exit_code: i32) -> bool {
    if is_sidecar(container) {
        return true;
    }
    match spec.restart_policy.as_deref().unwrap_or("Always") {
        "Never" => false,
        "OnFailure" => exit_code != 0,
        _ => true,
    }
}
