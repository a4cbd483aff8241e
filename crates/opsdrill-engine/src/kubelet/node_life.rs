//! The life of a node's kubelet: it falls silent, comes back, or the whole machine reboots.

use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::event::EventType::{Normal, Warning};
use opsdrill_objects::{Kind, Object, Uid};

use super::worker::{Sandbox, Step};
use super::{
    KubeletEvent, Kubelets, eviction, node, plan_sync, remount, report, sync, with_worker,
    with_worker_of_any_node,
};
use crate::agenda::{Agenda, Event};
use crate::controllers;
use crate::physical::{self, ProcessEnd};
use crate::time::{SimDuration, SimTime};
use crate::view::View;

/// Stops a node's kubelet: what runs goes on running, but nobody looks after it or reports it.
pub fn stop_kubelet(world: &mut World, node: &str) {
    let now = world.resource::<Agenda>().now();
    if let Some(agent) = world.resource_mut::<Kubelets>().nodes.get_mut(node) {
        agent.silent_since.get_or_insert(now);
        agent.next_report = SimTime(u64::MAX);
        controllers::fall_silent(world, node);
    }
}

/// Starts a node's kubelet again: it reports its node and looks at all of its pods.
pub fn start_kubelet(world: &mut World, node: &str) {
    let mut kubelets = world.resource_mut::<Kubelets>();
    let Some(agent) = kubelets.nodes.get_mut(node) else { return };
    if agent.silent_since.take().is_none() {
        return;
    }
    let name = agent.name.clone();
    controllers::be_heard(world, &name);
    node::post(world, &name);
    node::greet(world, &name);
    let now = world.resource::<Agenda>().now();
    eviction::plan(world, &name);
    node::plan_report(world, &name, now + SimDuration::minutes(5));
    for uid in pods_on(world, &name) {
        with_worker(world, uid, |world, worker| {
            // Whatever was under way when the old kubelet ended is begun again.
            worker.steps += 1;
            worker.step = Step::Idle;
            worker.ending = None;
            worker.planned = None;
            for run in &mut worker.containers {
                run.probes.iter_mut().for_each(super::probe::ProbeRun::forget);
            }
            plan_sync(world, worker, now + SimDuration(10));
            remount::begin_anew(world, worker);
        });
    }
    let view = View::new(world);
    let bound: Vec<_> = view.pods_on(&name).into_iter().cloned().collect();
    for pod in bound {
        if !world.resource::<Kubelets>().pods.is_at_rest(pod.meta.uid) {
            super::take_on(world, &pod, &name);
        }
    }
}

/// Since when a node's kubelet has not been heard of; `None` while it runs, or if there is no such node.
pub fn is_silent_since(world: &World, node: &str) -> Option<SimTime> {
    world.resource::<Kubelets>().nodes.get(node)?.silent_since
}

/// Feeds to a hash which kubelets are silent.
pub(crate) fn hash(world: &World, hasher: &mut blake3::Hasher) {
    for node in View::new(world).list(Kind::Node, "") {
        if let Some(since) = is_silent_since(world, &node.meta.name) {
            hasher.update(format!("{} {since:?}\n", node.meta.name).as_bytes());
        }
    }
}

/// Reboots a node: all that runs ends at once, and the node is up again after a while.
pub fn reboot_node(world: &mut World, node: &str, down_ms: u64) {
    let Some(agent) = world.resource::<Kubelets>().nodes.get(node) else { return };
    let name = agent.name.clone();
    stop_kubelet(world, &name);
    for uid in pods_on(world, &name) {
        with_worker_of_any_node(world, uid, |world, worker| {
            for place in 0..worker.containers.len() {
                let running = worker.containers[place].running().map(|it| it.process);
                let Some(process) = running else { continue };
                physical::kill(world, process);
                // Nobody was there to see the exit code.
                let end = ProcessEnd { exit_code: 255, reason: "Unknown", message: String::new() };
                sync::record_end(world, worker, place, end);
            }
            if worker.sandbox == Sandbox::Ready {
                worker.sandbox = Sandbox::Missing(0);
                node::lose_network(world, worker);
            }
        });
    }
    let up = world.resource::<Agenda>().now() + SimDuration(down_ms);
    world.resource_mut::<Agenda>().at(up, Event::Kubelet(KubeletEvent::Booted(name)));
}

/// A node is up again.
pub(super) fn booted(world: &mut World, name: &Arc<str>) {
    let Some(agent) = world.resource::<Kubelets>().nodes.get(name) else { return };
    let boots = agent.boots + 1;
    let machine = node::system_info(world, name, boots);
    let boot_id = machine.boot_id.clone();
    let mut kubelets = world.resource_mut::<Kubelets>();
    let agent = kubelets.nodes.get_mut(name).expect("it was there a moment ago");
    (agent.boots, agent.machine) = (boots, machine);
    start_kubelet(world, name);
    let message = format!("Node {name} has been rebooted, boot id: {boot_id}");
    report::node_event(world, name, Warning, "Rebooted", message);
    for uid in pods_on(world, name) {
        with_worker(world, uid, |world, worker| {
            let begun = worker.containers.iter().any(|it| it.ended().is_some());
            let Some(object) = report::pod(world, worker) else { return };
            if begun && matches!(worker.sandbox, Sandbox::Missing(_)) {
                let message = "Pod sandbox changed, it will be killed and re-created.".to_owned();
                report::pod_event(world, worker, &object, Normal, "SandboxChanged", message);
            }
        });
    }
}

/// Whether a node takes new pods.
pub(super) fn takes_pods(node: &Object) -> bool {
    let spec = node.node().and_then(|it| it.spec.as_ref());
    !spec.and_then(|it| it.unschedulable).unwrap_or_default()
}

/// The kubelet hears that its node is cordoned, or no longer, when it looks at its status the next time.
pub(super) fn plan_schedulable(world: &mut World, name: &Arc<str>) {
    let Some(agent) = world.resource::<Kubelets>().nodes.get(name) else { return };
    let now = world.resource::<Agenda>().now();
    let rest =
        node::UPDATE_PERIOD.0 - (now.0 + 10_000 - agent.relist_phase) % node::UPDATE_PERIOD.0;
    let event = Event::Kubelet(KubeletEvent::Schedulable(agent.name.clone()));
    world.resource_mut::<Agenda>().at(now + SimDuration(rest), event);
}

/// Tells that a node is cordoned, or no longer, if nobody has told it yet.
pub(super) fn tell_schedulable(world: &mut World, name: &Arc<str>) {
    let Some(takes) = View::new(world).get(Kind::Node, "", name).map(|it| takes_pods(it)) else {
        return;
    };
    let mut kubelets = world.resource_mut::<Kubelets>();
    let Some(agent) = kubelets.nodes.get_mut(name) else { return };
    if agent.silent_since.is_some() || agent.cordoned != takes {
        return;
    }
    agent.cordoned = !takes;
    let reason = if takes { "NodeSchedulable" } else { "NodeNotSchedulable" };
    let message = format!("Node {name} status is now: {reason}");
    report::node_event(world, name, Normal, reason, message);
}

fn pods_on(world: &World, node: &str) -> Vec<Uid> {
    let workers = &world.resource::<Kubelets>().pods;
    let bound = View::new(world).pods_on(node).into_iter().map(|it| it.meta.uid);
    let mut pods: Vec<Uid> = bound.filter(|it| workers.is_at_rest(*it)).collect();
    pods.sort();
    pods
}
