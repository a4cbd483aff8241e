//! Node pressure: what a kubelet does when memory or disk of its node run short, after the real `eviction` package.
//!
//! The real one looks every ten seconds. Here it looks only at nodes whose processes could come to need too much, at
//! those whose pods have written files under a limit, and while a condition holds. Thresholds are the defaults:
//! `memory.available<100Mi` and `imagefs.available<15%` on the only disk; there is none for process numbers.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::{Container, PodSpec, Taint};
use opsdrill_objects::event::EventType::{Normal, Warning};
use opsdrill_objects::quantity::{Format, Quantity};
use opsdrill_objects::{Object, Uid};

use super::static_pods::MIRROR;
use super::worker::{Evicted, Worker};
use super::{KubeletEvent, Kubelets, ending, node, report, with_worker};
use crate::agenda::{Agenda, Event};
use crate::physical;
use crate::scheduler::tolerates;
use crate::time::{SimDuration, SimTime};
use crate::view::View;

/// How often a kubelet looks (`evictionMonitoringPeriod`).
const INTERVAL_MS: u64 = 10_000;
/// For how long a condition holds after it was last seen (`evictionPressureTransitionPeriod`).
const TRANSITION: SimDuration = SimDuration::minutes(5);
/// Memory that has to be left.
const MEMORY_LEFT: u64 = 100 << 20;
/// The part of the disk that has to be left, in hundredths.
const DISK_LEFT_PERCENT: u64 = 15;
/// The size of every node's disk.
pub(super) const DISK_BYTES: u64 = 102_625_208 << 10;
/// From this priority on pods are critical and stay.
const CRITICAL: i32 = 2_000_000_000;

/// What a node may run short of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scarce {
    Memory,
    Disk,
}

/// A condition of nodes: its name, and reason and message while it holds and while it does not.
type Texts = (&'static str, [(&'static str, &'static str); 2]);

impl Scarce {
    const ALL: [Self; 2] = [Self::Memory, Self::Disk];

    /// The resource, as messages name it.
    fn resource(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Disk => "ephemeral-storage",
        }
    }

    fn texts(self) -> Texts {
        match self {
            Self::Memory => (
                "MemoryPressure",
                [
                    ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available"),
                    ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                ],
            ),
            Self::Disk => (
                "DiskPressure",
                [
                    ("KubeletHasDiskPressure", "kubelet has disk pressure"),
                    ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                ],
            ),
        }
    }

    /// The reason of the event when the condition begins or ends.
    fn told(self, holds: bool) -> &'static str {
        match (self, holds) {
            (Self::Memory, true) => "NodeHasInsufficientMemory",
            (Self::Memory, false) => "NodeHasSufficientMemory",
            (Self::Disk, true) => "NodeHasDiskPressure",
            (Self::Disk, false) => "NodeHasNoDiskPressure",
        }
    }
}

/// What a kubelet knows of its node's resources.
#[derive(Debug, Default)]
pub(super) struct Pressure {
    /// Memory of the node, in bytes.
    capacity: u64,
    /// The most that its processes come to if nothing else happens; leaks without a limit count as endless.
    bound: u128,
    /// What lies on the disk beside images and what containers have written, in bytes.
    other_files: u64,
    /// The next look on the agenda.
    planned: Option<SimTime>,
    /// When each condition was seen last, while it holds.
    seen: [Option<SimTime>; 2],
    /// Pods that have written files since the last look and may not write as many as they like.
    writers: BTreeSet<Uid>,
}

impl Pressure {
    /// Of a node with so many bytes of memory.
    pub(super) fn of_node(capacity: u64) -> Self {
        Self { capacity, ..Self::default() }
    }

    fn memory_could_be_short(&self) -> bool {
        self.bound + u128::from(MEMORY_LEFT) > u128::from(self.capacity)
    }

    /// Type, status, reason and message of the conditions that it is about.
    pub(super) fn conditions(
        &self,
    ) -> [(&'static str, &'static str, &'static str, &'static str); 2] {
        Scarce::ALL.map(|it| {
            let (name, [bad, good]) = it.texts();
            let holds = self.seen[it as usize].is_some();
            let (reason, message) = if holds { bad } else { good };
            (name, if holds { "True" } else { "False" }, reason, message)
        })
    }
}

/// Hears that the most that a process on a node can come to need has changed.
pub(crate) fn memory_bound_changed(world: &mut World, node: &Arc<str>, before: u64, after: u64) {
    let Some(agent) = world.resource_mut::<Kubelets>().into_inner().nodes.get_mut(node) else {
        return;
    };
    let pressure = &mut agent.pressure;
    pressure.bound = (pressure.bound + u128::from(after)).saturating_sub(u128::from(before));
    if pressure.memory_could_be_short() {
        plan(world, node);
    }
}

/// Hears that a container has written files.
pub(crate) fn files_written(world: &mut World, pod: Uid) {
    let Some(object) = View::new(world).by_uid(pod) else { return };
    let Some(body) = object.pod() else { return };
    let Some(node) = body.node_name.clone() else { return };
    if !limits_files(&body.spec) {
        return;
    }
    let kubelets = world.resource_mut::<Kubelets>().into_inner();
    if let Some(agent) = kubelets.nodes.get_mut(&node) {
        agent.pressure.writers.insert(pod);
        plan(world, &node);
    }
}

/// Sets how many bytes lie on a node's disk that belong to no pod and no image.
pub fn fill_disk(world: &mut World, node: &str, bytes: u64) {
    let kubelets = world.resource_mut::<Kubelets>().into_inner();
    let Some(agent) = kubelets.nodes.get_mut(node) else { return };
    agent.pressure.other_files = bytes;
    let name = agent.name.clone();
    plan(world, &name);
}

/// Plans the next look, unless there is one.
pub(super) fn plan(world: &mut World, node: &Arc<str>) {
    let now = world.resource::<Agenda>().now();
    let Some(agent) = world.resource_mut::<Kubelets>().into_inner().nodes.get_mut(node) else {
        return;
    };
    if agent.pressure.planned.is_some() {
        return;
    }
    let time =
        SimTime(now.0 + INTERVAL_MS - (now.0 + INTERVAL_MS - agent.relist_phase) % INTERVAL_MS);
    agent.pressure.planned = Some(time);
    world.resource_mut::<Agenda>().at(time, Event::Kubelet(KubeletEvent::Pressure(node.clone())));
}

/// Looks at a node (`synchronize`).
pub(super) fn look(world: &mut World, node: &Arc<str>) {
    let now = world.resource::<Agenda>().now();
    let Some(agent) = world.resource_mut::<Kubelets>().into_inner().nodes.get_mut(node) else {
        return;
    };
    agent.pressure.planned = None;
    if agent.silent_since.is_some() {
        return;
    }
    let writers = std::mem::take(&mut agent.pressure.writers);
    let short: Vec<Shortage> =
        Scarce::ALL.into_iter().filter_map(|it| Shortage::of(world, node, it)).collect();
    note_conditions(world, node, now, &short);
    let evicted = writers.into_iter().filter(|it| evict_for_files(world, *it)).count();
    if let Some(shortage) = short.first().filter(|_| evicted == 0) {
        relieve(world, node, shortage);
    }
    let agent = world.resource::<Kubelets>().nodes.get(node).expect("it was there a moment ago");
    let pressure = &agent.pressure;
    if pressure.memory_could_be_short() || pressure.seen.iter().any(Option::is_some) {
        plan(world, node);
    }
}

/// Something of which less is left than should be.
struct Shortage {
    what: Scarce,
    /// What should be left.
    threshold: u64,
    /// What is.
    available: u64,
}

impl Shortage {
    fn of(world: &World, node: &Arc<str>, what: Scarce) -> Option<Self> {
        let pressure = &world.resource::<Kubelets>().nodes.get(node)?.pressure;
        let (capacity, threshold) = match what {
            Scarce::Memory => (pressure.capacity, MEMORY_LEFT),
            Scarce::Disk => (DISK_BYTES, DISK_BYTES * DISK_LEFT_PERCENT / 100),
        };
        if what == Scarce::Memory && !pressure.memory_could_be_short() {
            return None;
        }
        let available = capacity.saturating_sub(used(world, node, what));
        (available < threshold).then_some(Self { what, threshold, available })
    }
}

/// What is used on a node.
fn used(world: &World, node: &Arc<str>, what: Scarce) -> u64 {
    let Some(agent) = world.resource::<Kubelets>().nodes.get(node) else { return 0 };
    let pods = View::new(world).pods_on(node);
    let of_pods: u64 = pods.iter().map(|it| used_by(world, it, what)).sum();
    match what {
        Scarce::Memory => of_pods,
        Scarce::Disk => of_pods + agent.images.values().sum::<u64>() + agent.pressure.other_files,
    }
}

fn used_by(world: &World, pod: &Object, what: Scarce) -> u64 {
    let processes = physical::process::of_pod(world, pod.meta.uid);
    let by_containers: u64 = processes.map(|it| used_by_container(world, it, what)).sum();
    match (what, pod.pod()) {
        (Scarce::Disk, Some(body)) => by_containers + in_folders(world, pod.meta.uid, &body.spec),
        _ => by_containers,
    }
}

/// What lies in a pod's empty folders on the disk, in bytes.
fn in_folders(world: &World, pod: Uid, spec: &PodSpec) -> u64 {
    let folders = spec.volumes.iter().flatten().filter(|volume| {
        volume.empty_dir.as_ref().is_some_and(|it| it.medium.as_deref() != Some("Memory"))
    });
    folders.map(|it| physical::container::in_volume_of_pod(world, pod, &it.name)).sum()
}

fn used_by_container(world: &World, process: &physical::Process, what: Scarce) -> u64 {
    match what {
        Scarce::Memory => {
            let usage = physical::usage(world, process.spec.pod, &process.spec.container);
            // The kernel hands out pages.
            usage.memory_bytes.next_multiple_of(4096)
        }
        Scarce::Disk => physical::container::written(world, process.id),
    }
}

/// Notes which conditions hold, and reports those that have begun or ended.
fn note_conditions(world: &mut World, node: &Arc<str>, now: SimTime, short: &[Shortage]) {
    let Some(agent) = world.resource_mut::<Kubelets>().into_inner().nodes.get_mut(node) else {
        return;
    };
    let mut told = Vec::new();
    for what in Scarce::ALL {
        let seen = &mut agent.pressure.seen[what as usize];
        let held = seen.is_some();
        if short.iter().any(|it| it.what == what) {
            *seen = Some(now);
        } else if seen.is_some_and(|it| it + TRANSITION <= now) {
            *seen = None;
        }
        if seen.is_some() != held {
            told.push(what.told(!held));
        }
    }
    if told.is_empty() {
        return;
    }
    node::post(world, node);
    for reason in told {
        let message = format!("Node {node} status is now: {reason}");
        report::node_event(world, node, Normal, reason, message);
    }
}

/// Makes room: unused images go first, then the pod that is to go first.
fn relieve(world: &mut World, node: &Arc<str>, shortage: &Shortage) {
    let resource = shortage.what.resource();
    let attempt = format!("Attempting to reclaim {resource}");
    report::node_event(world, node, Warning, "EvictionThresholdMet", attempt);
    if shortage.what == Scarce::Disk {
        remove_unused_images(world, node);
        if Shortage::of(world, node, Scarce::Disk).is_none() {
            return;
        }
    }
    for pod in ranked(world, node, shortage.what) {
        let words = message(world, &pod, shortage);
        if evict(world, &pod, words, true) {
            return;
        }
    }
}

fn remove_unused_images(world: &mut World, node: &Arc<str>) {
    let mut used = BTreeSet::new();
    for process in physical::processes(world).filter(|it| it.spec.node == *node) {
        used.extend(
            physical::images::Reference::parse(&process.spec.image).ok().map(|it| it.to_string()),
        );
    }
    let kubelets = world.resource_mut::<Kubelets>().into_inner();
    if let Some(agent) = kubelets.nodes.get_mut(node) {
        agent.images.retain(|name, _| used.contains(name));
    }
    node::post(world, node);
}

/// The pods of a node in the order in which they are to go (`rankMemoryPressure`, `rankDiskPressureFunc`): who uses more
/// than was asked for, then by priority, then by how much more it is.
fn ranked(world: &World, node: &Arc<str>, what: Scarce) -> Vec<Arc<Object>> {
    let workers = &world.resource::<Kubelets>().pods;
    let pods = View::new(world).pods_on(node).into_iter();
    let active = pods.filter(|it| workers.get(it.meta.uid).is_some_and(Worker::is_running));
    let mut ranked: Vec<_> = active
        .map(|it| {
            let spec = it.pod().map(|it| it.spec.clone()).unwrap_or_default();
            let more = i128::from(used_by(world, it, what)) - i128::from(requested(&spec, what));
            (Reverse(more > 0), spec.priority.unwrap_or_default(), Reverse(more), it.clone())
        })
        .collect();
    ranked.sort_by_key(|it| (it.0, it.1, it.2));
    ranked.into_iter().map(|it| it.3).collect()
}

fn request_of(container: &Container, what: Scarce) -> Option<Quantity> {
    let requests = container.resources.as_ref()?.requests.as_ref()?;
    Quantity::parse(&requests.get(what.resource())?.0).ok()
}

fn requested(spec: &PodSpec, what: Scarce) -> i64 {
    spec.containers.iter().filter_map(|it| request_of(it, what)).map(|it| it.value()).sum()
}

fn bytes(amount: u64) -> String {
    Quantity::from_value(i64::try_from(amount).unwrap_or(i64::MAX), Format::Binary).canonical()
}

/// Why a pod goes (`evictionMessage`).
fn message(world: &World, pod: &Object, shortage: &Shortage) -> String {
    let resource = shortage.what.resource();
    let mut text = format!(
        "The node was low on resource: {resource}. Threshold quantity: {}, available: {}. ",
        bytes(shortage.threshold),
        bytes(shortage.available)
    );
    let Some(body) = pod.pod() else { return text };
    for process in physical::process::of_pod(world, pod.meta.uid) {
        let name = &*process.spec.container;
        let all = body.spec.containers.iter().chain(body.spec.init_containers.iter().flatten());
        let Some(container) = all.into_iter().find(|it| it.name == name) else { continue };
        let used = used_by_container(world, process, shortage.what);
        let request = request_of(container, shortage.what);
        if i128::from(used) > i128::from(request.as_ref().map_or(0, Quantity::value)) {
            let request = request.map_or_else(|| "0".to_owned(), |it| it.canonical());
            text += &format!(
                "Container {name} was using {}, request is {request}, has larger consumption of {resource}. ",
                bytes(used)
            );
        }
    }
    text
}

/// Whether a pod stays whatever happens.
fn is_critical(pod: &Object) -> bool {
    pod.meta.annotation(MIRROR).is_some()
        || pod.pod().and_then(|it| it.spec.priority).is_some_and(|it| it >= CRITICAL)
}

/// Evicts a pod; false if it stays.
fn evict(world: &mut World, pod: &Arc<Object>, message: String, by_pressure: bool) -> bool {
    if is_critical(pod) {
        return false;
    }
    with_worker(world, pod.meta.uid, |world, worker| {
        report::pod_event(world, worker, pod, Warning, "Evicted", message.clone());
        worker.evicted = Some(Box::new(Evicted { message, by_pressure }));
        ending::advance(world, worker, pod);
    });
    true
}

/// Whether the files that a pod writes are limited.
fn limits_files(spec: &PodSpec) -> bool {
    let sized = |it: &k8s_openapi::api::core::v1::Volume| {
        it.empty_dir.as_ref().is_some_and(|it| it.size_limit.is_some())
    };
    spec.containers.iter().any(|it| file_limit(it).is_some())
        || spec.volumes.iter().flatten().any(sized)
}

fn file_limit(container: &Container) -> Option<Quantity> {
    let limits = container.resources.as_ref()?.limits.as_ref()?;
    Quantity::parse(&limits.get("ephemeral-storage")?.0).ok().filter(|it| it.value() > 0)
}

/// Evicts a pod that has written more than it may (`localStorageEviction`); false if it has not.
fn evict_for_files(world: &mut World, pod: Uid) -> bool {
    let Some(object) = View::new(world).by_uid(pod).cloned() else { return false };
    let runs = world.resource::<Kubelets>().pods.get(pod).is_some_and(|it| it.evicted.is_none());
    let message = object.pod().and_then(|it| exceeded(world, pod, &it.spec));
    match message.filter(|_| runs && !object.meta.is_terminating()) {
        Some(message) => evict(world, &object, message, false),
        None => false,
    }
}

/// What a pod has written too much of.
fn exceeded(world: &World, pod: Uid, spec: &PodSpec) -> Option<String> {
    let processes = physical::process::of_pod(world, pod);
    let in_containers: Vec<(&str, u64)> = processes
        .map(|it| (&*it.spec.container, physical::container::written(world, it.id)))
        .collect();
    let written: u64 = in_containers.iter().map(|(_, size)| *size).sum();
    let all = written + in_folders(world, pod, spec);
    let over = |used: u64, limit: &Quantity| i128::from(used) > i128::from(limit.value());
    let used = |volume: &str| physical::container::in_volume_of_pod(world, pod, volume);
    for volume in spec.volumes.iter().flatten() {
        let limit = volume.empty_dir.as_ref().and_then(|it| it.size_limit.as_ref());
        let Some(limit) = limit.and_then(|it| Quantity::parse(&it.0).ok()) else { continue };
        if limit.value() > 0 && over(used(&volume.name), &limit) {
            let (name, limit) = (&volume.name, limit.canonical());
            return Some(format!(
                "Usage of EmptyDir volume {name:?} exceeds the limit {limit:?}. "
            ));
        }
    }
    let limits: Option<Vec<Quantity>> = spec.containers.iter().map(file_limit).collect();
    let total = limits.and_then(|it| it.into_iter().reduce(|sum, it| sum.add(&it)));
    if let Some(total) = total.filter(|it| over(all, it)) {
        return Some(format!(
            "Pod ephemeral local storage usage exceeds the total limit of containers {}. ",
            total.canonical()
        ));
    }
    let mut limited = spec.containers.iter().filter_map(|it| Some((it, file_limit(it)?)));
    let by = |name: &str| in_containers.iter().find(|it| it.0 == name).map_or(0, |it| it.1);
    limited.find(|(it, limit)| over(by(&it.name), limit)).map(|(it, limit)| {
        let (name, limit) = (&it.name, limit.canonical());
        format!("Container {name} exceeded its local ephemeral storage limit {limit:?}. ")
    })
}

/// Why a kubelet takes no such pod now (`Admit`).
pub(super) fn refusal(world: &World, node: &str, pod: &Object) -> Option<String> {
    let pressure = &world.resource::<Kubelets>().nodes.get(node)?.pressure;
    let names = Scarce::ALL.into_iter().filter(|it| pressure.seen[*it as usize].is_some());
    let names: Vec<&str> = names.map(|it| it.texts().0).collect();
    let body = pod.pod()?;
    if names.is_empty() || is_critical(pod) {
        return None;
    }
    if names == ["MemoryPressure"] {
        let taint = Taint {
            key: "node.kubernetes.io/memory-pressure".to_owned(),
            effect: "NoSchedule".to_owned(),
            ..Taint::default()
        };
        let tolerations = body.spec.tolerations.as_deref().unwrap_or_default();
        let best_effort = body.status.qos_class.as_deref() == Some("BestEffort");
        if !best_effort || tolerates(tolerations, &taint) {
            return None;
        }
    }
    Some(format!("The node had condition: [{}]. ", names.join(" ")))
}
