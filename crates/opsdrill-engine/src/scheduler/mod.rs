//! The scheduler: pods without a node get one.

mod attempt;
mod census;
mod demand;
mod filters;
mod ledger;
mod nominated;
mod outcome;
mod preemption;
mod queue;
mod recorder;
mod scores;
mod search;
mod victims;
mod volumes;

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::{Mut, World};
use k8s_openapi::api::core::v1::{Node, PodSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use opsdrill_objects::{Kind, Object, Uid};

use self::ledger::Placed;
use self::preemption::{Nomination, Preemption};
use self::queue::Changes;
use self::search::Failure;
use self::volumes::Binding;
use crate::agenda::{Agenda, Event};
use crate::store::Notice;
use crate::time::{SimDuration, SimTime};
use crate::view::View;

pub(crate) use self::attempt::tolerates;
pub(crate) use self::recorder::Recorder;

/// Which nodes a pod's node selector and required node affinity mean.
pub(crate) struct NodeWish(demand::Demand);

impl NodeWish {
    /// Of a pod.
    pub(crate) fn of(pod: &PodSpec) -> Self {
        Self(demand::Demand::of(pod))
    }

    /// Whether a node is meant.
    pub(crate) fn wants(&self, node: &Object) -> bool {
        self.0.wants_node(&node.meta.name, &node.meta.labels)
    }
}

/// The time that one attempt takes; a real scheduler manages a few hundred pods a second.
const ATTEMPT: SimDuration = SimDuration(2);

/// The only scheduler there is; pods that ask for another one wait forever.
const NAME: &str = "default-scheduler";

/// What the scheduler does at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SchedulerEvent {
    /// Takes the next pod from its queue.
    Run,
    /// Lets pods go on that have waited long enough.
    Flush,
    /// Looks at the events that were told more than once.
    Series,
    /// Looks at the pods that wait for their volumes.
    Volumes,
}

/// What the scheduler knows.
#[derive(Resource, Debug, Default)]
pub(crate) struct Scheduler {
    queue: queue::Queue,
    ledger: ledger::Ledger,
    census: census::Census,
    demands: demand::Demands,
    scratch: search::Scratch,
    /// Pods for which room is being made.
    nominated: nominated::Nominated,
    /// Pods that have a node and wait for their volumes there.
    binding: BTreeMap<Uid, Binding>,
    /// Whether a look at them is on the agenda.
    look_planned: bool,
    /// Whether the next attempt is on the agenda.
    run_planned: bool,
    /// When the next flush is due.
    flush_planned: Option<SimTime>,
}

/// Notes changed pods and nodes.
pub(crate) fn observe(world: &mut World, notices: &[Notice]) {
    world.resource_scope(|world, mut scheduler: Mut<Scheduler>| {
        let now = world.resource::<Agenda>().now();
        let mut changes = 0;
        for notice in notices {
            changes |= match notice.kind() {
                Kind::Pod => scheduler.note_pod(notice, now),
                Kind::Node => scheduler.note_node(notice),
                Kind::PersistentVolumeClaim | Kind::PersistentVolume | Kind::StorageClass => {
                    queue::VOLUMES
                }
                _ => 0,
            };
        }
        if changes != 0 {
            scheduler.queue.moved(changes, now);
        }
        if changes & queue::VOLUMES != 0 && !scheduler.binding.is_empty() {
            scheduler.plan_look(world, now + ATTEMPT);
        }
        scheduler.plan(world);
    });
}

/// Does the next thing.
pub(crate) fn handle(world: &mut World, event: SchedulerEvent) {
    world.resource_scope(|world, mut scheduler: Mut<Scheduler>| {
        let now = world.resource::<Agenda>().now();
        match event {
            SchedulerEvent::Run => {
                scheduler.run_planned = false;
                scheduler.try_next(world, now);
            }
            SchedulerEvent::Flush => {
                scheduler.flush_planned = None;
                scheduler.queue.flush(now);
            }
            SchedulerEvent::Series => recorder::tidy(world, now),
            SchedulerEvent::Volumes => {
                scheduler.look_planned = false;
                scheduler.bind_prepared(world, now);
            }
        }
        scheduler.plan(world);
    });
}

impl Scheduler {
    fn plan(&mut self, world: &mut World) {
        let mut agenda = world.resource_mut::<Agenda>();
        let now = agenda.now();
        if self.queue.is_ready() && !self.run_planned {
            self.run_planned = true;
            agenda.at(now + ATTEMPT, Event::Scheduler(SchedulerEvent::Run));
        }
        if let Some(time) = self.queue.next_flush()
            && self.flush_planned.is_none_or(|planned| planned > time)
        {
            self.flush_planned = Some(time);
            agenda.at(time, Event::Scheduler(SchedulerEvent::Flush));
        }
    }

    fn try_next(&mut self, world: &mut World, now: SimTime) {
        let Some(uid) = self.queue.pop() else { return };
        let Some(pod) = View::new(world).by_uid(uid).cloned() else {
            self.queue.remove(uid);
            return;
        };
        self.census.trim();
        match self.search(world, &pod) {
            Ok(node) => {
                let placed = self.placed(&pod, node.clone());
                match volumes::prepare(world, &pod, &placed.demand.claims, &node) {
                    Err(why) => {
                        self.queue.retry(uid, now);
                        let why = volumes::failure(&why);
                        outcome::report(world, &pod, &why, &Nomination::Cleared);
                    }
                    Ok(awaited) if !awaited.is_empty() => {
                        self.place(uid, placed);
                        let until = now + volumes::PATIENCE;
                        self.binding.insert(uid, Binding { node, awaited, until });
                        let end = Event::Scheduler(SchedulerEvent::Volumes);
                        world.resource_mut::<Agenda>().at(until, end);
                    }
                    Ok(_) if outcome::bind(world, &pod, &node) => {
                        self.queue.remove(uid);
                        self.place(uid, placed);
                    }
                    Ok(_) => self.queue.retry(uid, now),
                }
            }
            Err(failure) => {
                self.queue.park(uid, failure.wakes, now);
                self.fail(world, &pod, failure);
            }
        }
    }

    /// Tells why a pod has no node, after it was looked who could go in its favour.
    fn fail(&mut self, world: &mut World, pod: &Arc<Object>, failure: Failure) {
        let Failure { mut message, passing, .. } = failure;
        let Some(passing) = passing else {
            return outcome::report(world, pod, &message, &Nomination::Kept);
        };
        let Preemption { words, nomination } = self.preempt(world, pod, &passing);
        if let Some(words) = words {
            message = format!("{message} {words}");
        }
        outcome::report(world, pod, &message, &nomination);
    }

    fn plan_look(&mut self, world: &mut World, time: SimTime) {
        if !std::mem::replace(&mut self.look_planned, true) {
            let look = Event::Scheduler(SchedulerEvent::Volumes);
            world.resource_mut::<Agenda>().at(time, look);
        }
    }

    /// Binds the pods whose volumes are there, and gives up those that have waited too long.
    fn bind_prepared(&mut self, world: &mut World, now: SimTime) {
        for uid in self.binding.keys().copied().collect::<Vec<_>>() {
            let binding = &self.binding[&uid];
            let Some(pod) = View::new(world).by_uid(uid).cloned() else {
                self.binding.remove(&uid);
                continue;
            };
            match binding.is_done(View::new(world), pod.meta.namespace()) {
                Ok(false) if now < binding.until => continue,
                Ok(true) => {
                    if outcome::bind(world, &pod, &binding.node) {
                        self.queue.remove(uid);
                    } else {
                        self.displace(uid);
                        self.queue.retry(uid, now);
                    }
                }
                Ok(false) => {
                    self.displace(uid);
                    self.queue.park(uid, queue::VOLUMES | queue::NODE_ADDED, now);
                    let why = volumes::failure(volumes::OUT_OF_PATIENCE);
                    outcome::report(world, &pod, &why, &Nomination::Cleared);
                }
                Err(why) => {
                    self.displace(uid);
                    self.queue.retry(uid, now);
                    outcome::report(world, &pod, &volumes::failure(&why), &Nomination::Cleared);
                }
            }
            self.binding.remove(&uid);
        }
    }

    fn note_pod(&mut self, notice: &Notice, now: SimTime) -> Changes {
        let uid = notice.object().meta.uid;
        if is_report(notice) {
            return 0;
        }
        let Some(object) = &notice.new else { return self.leave(uid) };
        let Some(pod) = object.pod() else { return 0 };
        if pod.is_finished() {
            return self.leave(uid);
        }
        if let Some(node) = &pod.node_name {
            self.forget(uid);
            self.withdraw(uid);
            let known = self.ledger.placed(uid);
            if known.is_some_and(|it| it.node == *node && it.labels == object.meta.labels) {
                return 0;
            }
            let placed = self.placed(object, node.clone());
            self.place(uid, placed);
            return queue::POD_PLACED;
        }
        let spec = &pod.spec;
        let mine = spec.scheduler_name.as_deref().unwrap_or(NAME) == NAME;
        let gated = spec.scheduling_gates.as_ref().is_some_and(|it| !it.is_empty());
        if !mine || gated || object.meta.is_terminating() {
            return self.leave(uid);
        }
        self.note_nomination(object);
        if concerns_scheduling(notice) {
            self.queue.add(uid, spec.priority.unwrap_or_default(), now);
        }
        0
    }

    /// A pod needs no place, or none any more: nor what was kept for it while it waited.
    fn leave(&mut self, uid: Uid) -> Changes {
        self.forget(uid);
        self.displace(uid) | self.withdraw(uid)
    }

    /// The scheduler is through with a pod, and does not wait for its volumes either.
    fn forget(&mut self, uid: Uid) {
        self.queue.remove(uid);
        self.binding.remove(&uid);
    }

    fn note_node(&mut self, notice: &Notice) -> Changes {
        let Some(object) = &notice.new else {
            self.ledger.remove_node(&notice.object().meta.name);
            self.census.forget();
            return 0;
        };
        let Some(old) = &notice.old else {
            self.ledger.set_node(object);
            self.census.forget();
            return queue::NODE_ADDED;
        };
        let changes = node_changes(old, object);
        if changes != 0 {
            self.ledger.set_node(object);
        }
        if changes & queue::NODE_LABELS != 0 {
            self.census.forget();
        }
        changes
    }

    fn placed(&mut self, object: &Object, node: Arc<str>) -> Placed {
        let pod = object.pod().expect("only pods are placed");
        Placed {
            node,
            slot: None,
            demand: self.demands.of(&pod.spec),
            namespace: object.meta.namespace.clone().unwrap_or_default(),
            labels: object.meta.labels.clone(),
            owner: object.meta.controller().map(|it| it.uid),
            priority: priority_of(object),
        }
    }

    fn place(&mut self, pod: Uid, placed: Placed) {
        self.displace(pod);
        self.ledger.place(pod, placed);
        let placed = self.ledger.placed(pod).expect("just placed");
        self.census.note(&self.ledger, placed, 1);
    }

    fn displace(&mut self, pod: Uid) -> Changes {
        if self.displaced(pod).is_some() { queue::POD_GONE } else { 0 }
    }

    /// Takes a pod out of the account; what it was there.
    fn displaced(&mut self, pod: Uid) -> Option<Placed> {
        let placed = self.ledger.displace(pod)?;
        self.census.note(&self.ledger, &placed, -1);
        Some(placed)
    }
}

/// A pod's priority.
fn priority_of(pod: &Object) -> i32 {
    pod.pod().and_then(|it| it.spec.priority).unwrap_or_default()
}

/// Whether a pod has its node as before and only its status has changed: what kubelets report all the time.
fn is_report(notice: &Notice) -> bool {
    let (Some(old), Some(new)) = (&notice.old, &notice.new) else { return false };
    let (Some(was), Some(is)) = (old.pod(), new.pod()) else { return false };
    was.node_name.is_some()
        && was.is_finished() == is.is_finished()
        && Arc::ptr_eq(&old.meta.labels, &new.meta.labels)
}

/// Whether a change of a pod without node is more than the scheduler's own writing to its status.
fn concerns_scheduling(notice: &Notice) -> bool {
    let (Some(old), Some(new)) = (&notice.old, &notice.new) else { return true };
    let (Some(old_pod), Some(new_pod)) = (old.pod(), new.pod()) else { return true };
    !Arc::ptr_eq(&old_pod.spec, &new_pod.spec) && old_pod.spec != new_pod.spec
        || old.meta.labels != new.meta.labels
}

fn offered(node: &Node) -> Option<&BTreeMap<String, Quantity>> {
    node.status.as_ref()?.allocatable.as_ref()
}

fn node_changes(old: &Object, new: &Object) -> Changes {
    let (Some(was), Some(is)) = (old.node(), new.node()) else { return 0 };
    let mut changes = 0;
    if offered(was) != offered(is) {
        changes |= queue::NODE_RESOURCES;
    }
    if old.meta.labels != new.meta.labels {
        changes |= queue::NODE_LABELS;
    }
    if was.spec != is.spec {
        changes |= queue::NODE_TAINTS;
    }
    changes
}
