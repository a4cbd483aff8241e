//! The kubelets: each node's agent runs the pods that are bound to it and reports what it sees.
//!
//! Nothing here is periodic but probes and the nodes' rare status reports: a pod is looked at when it, or one of its
//! processes, has changed, and when a back-off may be over. In reading order:
//! - [`node`], [`node_life`]: nodes, their agents, how those stop, start and reboot
//! - [`worker`]: what a kubelet knows of a pod; [`sync`]: the look at a pod
//! - [`sandbox`], [`volumes`], [`attach`], [`start`], [`environment`], [`credentials`]: bringing containers up
//! - [`remount`]: what mounted ConfigMaps and Secrets hold later
//! - [`probe`], [`ending`], [`hooks`]: watching them and taking them down
//! - [`static_pods`]: pods that a node has of itself
//! - [`eviction`]: what happens when memory or disk run short
//! - [`status`], [`conditions`], [`report`]: what is told to the API

mod attach;
mod backoff;
mod conditions;
mod credentials;
mod duration;
mod ending;
mod environment;
mod eviction;
mod fields;
mod hooks;
mod network;
mod node;
mod node_life;
mod probe;
mod remount;
mod report;
mod sandbox;
mod start;
mod static_pods;
mod status;
mod sync;
#[cfg(test)]
mod tests;
mod users;
mod volumes;
mod worker;

use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::{Kind, Object, Uid};

pub use eviction::fill_disk;
pub(crate) use eviction::{files_written, memory_bound_changed};
pub use node::{NodeSpec, register_node};
pub use node_life::{is_silent_since, reboot_node, start_kubelet, stop_kubelet};
pub use probe::{ProbeKind, probes_may_change};

use self::node::NodeAgent;
use self::worker::{Worker, Workers};
use crate::agenda::{Agenda, Event};
use crate::lookup::Lookup;
use crate::physical::{self, ProcessEnd};
use crate::store::Notice;
use crate::time::{SimDuration, SimTime};
use crate::view::View;

/// The time from a change in the API to the kubelet's look at the pod.
const REACTION: SimDuration = SimDuration(10);

/// What a kubelet does at a time.
#[derive(Clone, Debug, PartialEq)]
pub enum KubeletEvent {
    /// Looks at a pod.
    Sync(Uid),
    /// What a sync waits for is there, or its time is over; the number tells steps apart.
    Step(Uid, u32),
    /// Looks at the volumes of a pod that may hold something else now.
    Remount(Uid),
    /// Probes a container (by its place in the pod).
    Probe(Uid, usize, ProbeKind),
    /// Reports the state of a node.
    NodeStatus(Arc<str>),
    /// Looks whether memory and disk of a node suffice.
    Pressure(Arc<str>),
    /// Looks whether a node still takes pods.
    Schedulable(Arc<str>),
    /// Shows a static pod in the API again, whose mirror somebody has deleted.
    Mirror(Arc<Object>),
    /// A node is up again after a reboot.
    Booted(Arc<str>),
    /// Asks a process to stop whose hook is over; it may have ended before.
    Stop(physical::ProcessId),
}

/// A command in a container that a kubelet has asked for, and why: the pod and the container's place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// A probe.
    Probe(Uid, usize, ProbeKind),
    /// A hook after the start.
    PostStart(Uid, usize),
    /// A hook before the end of a process.
    PreStop(Uid, usize, physical::ProcessId),
}

impl Errand {
    fn pod(self) -> Uid {
        match self {
            Self::Probe(pod, ..) | Self::PostStart(pod, _) | Self::PreStop(pod, ..) => pod,
        }
    }
}

/// Hears that a command has ended which it had asked for.
pub(crate) fn errand_done(world: &mut World, errand: &Errand, exit_code: i32, output: &str) {
    with_worker(world, errand.pod(), |world, worker| match *errand {
        Errand::Probe(_, place, kind) => {
            let result = if exit_code == 0 { Ok(()) } else { Err(output.to_owned()) };
            probe::errand_done(world, worker, (place, kind), result);
        }
        Errand::PostStart(..) | Errand::PreStop(..) => {
            hooks::errand_done(world, worker, errand, (exit_code, output));
        }
    });
}

/// What the kubelets know.
#[derive(Resource, Debug, Default)]
pub(crate) struct Kubelets {
    nodes: Lookup<Arc<str>, NodeAgent>,
    pods: Workers,
    environments: environment::Environments,
    mounts: remount::Mounts,
    /// Ends of processes that were told while their pod was being looked at.
    ends: Vec<(Uid, Arc<str>, ProcessEnd)>,
}

/// Notes pods that were bound, changed or are to be deleted.
pub(crate) fn observe(world: &mut World, notices: &[Notice]) {
    world.resource_mut::<Kubelets>().environments.observe(notices);
    remount::observe(world, notices);
    for notice in notices.iter().filter(|it| it.kind() == Kind::Pod) {
        match &notice.new {
            Some(object) => note_pod(world, object, notice.old.as_deref()),
            None => forget_pod(world, notice.object()),
        }
    }
    for notice in notices.iter().filter(|it| it.kind() == Kind::Node) {
        if let (Some(old), Some(new)) = (&notice.old, &notice.new)
            && node_life::takes_pods(old) != node_life::takes_pods(new)
        {
            node_life::plan_schedulable(world, &new.meta.name);
        }
    }
}

/// Does the next thing.
pub(crate) fn handle(world: &mut World, event: KubeletEvent) {
    match event {
        KubeletEvent::Sync(pod) => {
            let now = world.resource::<Agenda>().now();
            with_worker(world, pod, |world, worker| {
                if worker.planned == Some(now) {
                    worker.planned = None;
                    sync::sync(world, worker);
                }
            });
        }
        KubeletEvent::Step(pod, step) => {
            with_worker(world, pod, |world, worker| {
                if worker.steps == step {
                    sync::step_done(world, worker);
                }
            });
        }
        KubeletEvent::Remount(pod) => {
            if remount::is_due(world, pod) {
                with_worker(world, pod, remount::remount);
            }
        }
        KubeletEvent::Probe(pod, place, kind) => {
            with_worker(world, pod, |world, worker| probe::due(world, worker, place, kind));
        }
        KubeletEvent::NodeStatus(node) => node::report_status(world, &node),
        KubeletEvent::Pressure(node) => eviction::look(world, &node),
        KubeletEvent::Schedulable(node) => node_life::tell_schedulable(world, &node),
        KubeletEvent::Mirror(pod) => static_pods::show(world, &pod),
        KubeletEvent::Booted(node) => node_life::booted(world, &node),
        KubeletEvent::Stop(process) => physical::terminate(world, process),
    }
}

/// Hears from the physical world that a container's process has ended.
pub(crate) fn process_ended(world: &mut World, pod: Uid, container: &Arc<str>, end: ProcessEnd) {
    if !world.resource::<Kubelets>().pods.is_at_rest(pod) {
        // Either nobody cares any more, or the pod is being looked at right now.
        world.resource_mut::<Kubelets>().ends.push((pod, container.clone(), end));
        return;
    }
    with_worker_of_any_node(world, pod, |world, worker| {
        let Some(place) = worker.place(container) else { return };
        sync::note_end(world, worker, place, end);
    });
}

fn note_pod(world: &mut World, object: &Arc<Object>, old: Option<&Object>) {
    let Some(pod) = object.pod() else { return };
    let Some(node) = &pod.node_name else { return };
    if let Some(old) = old.filter(|it| concerns_nobody(it, object)) {
        remount::note_pod(world, old, object);
        debug_assert_eq!(old.meta.uid, object.meta.uid);
        return;
    }
    let uid = object.meta.uid;
    let known = world.resource::<Kubelets>().pods.is_at_rest(uid);
    if !known {
        if old.and_then(Object::pod).is_none_or(|it| it.node_name.is_none()) {
            take_on(world, object, node);
        }
        return;
    }
    let Some((old, old_pod)) = old.and_then(|it| Some((it, it.pod()?))) else { return };
    let same_spec = Arc::ptr_eq(&old_pod.spec, &pod.spec) || old_pod.spec == pod.spec;
    if !same_spec || old.meta.deletion != object.meta.deletion {
        with_worker(world, uid, |world, worker| {
            let time = world.resource::<Agenda>().now() + REACTION;
            plan_sync(world, worker, time);
        });
    }
}

/// Whether a change of a pod that has a node says nothing to its kubelet: most are the kubelet's own reports.
fn concerns_nobody(old: &Object, new: &Object) -> bool {
    let (Some(was), Some(is)) = (old.pod(), new.pod()) else { return false };
    was.node_name.is_some()
        && Arc::ptr_eq(&was.spec, &is.spec)
        && old.meta.deletion == new.meta.deletion
}

/// Begins to look after a pod, if its node has a kubelet.
fn take_on(world: &mut World, object: &Arc<Object>, node: &Arc<str>) {
    let Some(pod) = object.pod() else { return };
    if pod.is_finished() || !world.resource::<Kubelets>().nodes.contains_key(node) {
        return;
    }
    if let Some(message) = eviction::refusal(world, node, object) {
        report::reject(world, node, object, "Evicted", message);
        return;
    }
    let now = world.resource::<Agenda>().now();
    let meta = &object.meta;
    let who =
        (meta.uid, meta.namespace.clone().unwrap_or_default(), meta.name.clone(), node.clone());
    let start_time = View::new(world).unix_now();
    let mut worker = Box::new(Worker::new(who, &pod.spec, now, start_time));
    plan_sync(world, &mut worker, now + REACTION);
    let kubelets = world.resource_mut::<Kubelets>().into_inner();
    kubelets.mounts.add(object);
    kubelets.pods.add(worker);
}

/// Takes down what is left of a pod that is gone from the API.
fn forget_pod(world: &mut World, object: &Arc<Object>) {
    let Some(mut worker) = world.resource_mut::<Kubelets>().pods.dismiss(object.meta.uid) else {
        return;
    };
    world.resource_mut::<Kubelets>().mounts.remove(object);
    // A silent kubelet does not hear of it, but nobody can see the processes that it leaves behind either.
    ending::kill_all(world, &mut worker, Some(object));
    network::release(world, &mut worker);
    static_pods::deleted(world, object);
}

/// Looks at a pod with its worker taken out, because what is done for it acts on the world.
fn with_worker(world: &mut World, pod: Uid, act: impl FnOnce(&mut World, &mut Worker)) {
    let kubelets = world.resource::<Kubelets>();
    let silent = |worker: &Worker| {
        kubelets.nodes.get(&worker.node).is_none_or(|it| it.silent_since.is_some())
    };
    if kubelets.pods.get(pod).is_none_or(silent) {
        return;
    }
    with_worker_of_any_node(world, pod, act);
}

fn with_worker_of_any_node(world: &mut World, pod: Uid, act: impl FnOnce(&mut World, &mut Worker)) {
    let Some(mut worker) = world.resource_mut::<Kubelets>().pods.take(pod) else { return };
    act(world, &mut worker);
    world.resource_mut::<Kubelets>().pods.put_back(worker);
    for (uid, container, end) in std::mem::take(&mut world.resource_mut::<Kubelets>().ends) {
        if uid == pod {
            process_ended(world, uid, &container, end);
        }
    }
}

/// Plans a look at a pod, unless an earlier one is planned.
fn plan_sync(world: &mut World, worker: &mut Worker, time: SimTime) {
    if worker.planned.is_some_and(|planned| planned <= time) {
        return;
    }
    worker.planned = Some(time);
    world.resource_mut::<Agenda>().at(time, Event::Kubelet(KubeletEvent::Sync(worker.uid)));
}

/// Plans a look at a pod for when its kubelet next lists the runtime's containers, as it does each second.
fn plan_relist(world: &mut World, worker: &mut Worker) {
    let now = world.resource::<Agenda>().now();
    let Some(agent) = world.resource::<Kubelets>().nodes.get(&worker.node) else { return };
    let rest = 1000 - (now.0 + 1000 - agent.relist_phase) % 1000;
    plan_sync(world, worker, now + SimDuration(rest));
}

/// Plans the end of the step that a sync waits for.
fn plan_step(world: &mut World, worker: &mut Worker, time: SimTime) {
    worker.steps += 1;
    let event = KubeletEvent::Step(worker.uid, worker.steps);
    world.resource_mut::<Agenda>().at(time, Event::Kubelet(event));
}

/// The address of a worker's node.
fn host_ip(world: &World, worker: &Worker) -> Arc<str> {
    let agent = world.resource::<Kubelets>().nodes.get(&worker.node);
    agent.map_or_else(|| "".into(), |it| it.ip.clone())
}

/// Ends a process at once, and notes it.
fn kill_process(world: &mut World, worker: &mut Worker, place: usize) {
    let Some(process) = worker.containers[place].running().map(|it| it.process) else { return };
    let end = physical::kill(world, process);
    sync::record_end(world, worker, place, end);
}
