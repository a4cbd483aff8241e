//! The controllers' queues: who gets a turn when, and what becomes of what a turn wants done.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::Status;

use super::daemon_set::backoff::FailedPods;
use super::{Answered, CONTROLLERS, Change, Controller, Key, Memories};
use crate::agenda::{Agenda, Event};
use crate::api::{self, Identity, Request, Target};
use crate::store::Notice;
use crate::time::{SimDuration, SimTime};
use crate::view::View;

/// The first wait after a failed turn; each further failure doubles it (client-go's exponential rate limiter).
const FIRST_BACKOFF: SimDuration = SimDuration(5);
/// The longest wait between failed turns.
const LONGEST_BACKOFF: SimDuration = SimDuration::seconds(1000);
/// How long the API takes over one write, as the worker sees it who waits for the answer.
const WRITE: SimDuration = SimDuration(5);

/// What happens in a controller.
#[derive(Clone, Debug, PartialEq)]
pub struct ControllerEvent {
    /// The controller's place in the table.
    controller: usize,
    step: Step,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// A key is due.
    Due(Due),
    /// A worker has finished its turn.
    Free,
}

#[derive(Clone, Debug, PartialEq)]
enum Due {
    /// Something has changed.
    Changed(Key),
    /// A time was asked for; perhaps another one since.
    Timed(Key),
}

/// A controller's workers: each looks at one key at a time, the rest wait in line.
///
/// What changes again while it waits is looked at once, so that a controller under load lags but does not do more.
#[derive(Debug, Default)]
struct Line {
    busy: usize,
    keys: VecDeque<Due>,
}

/// Keys that wait for a turn.
#[derive(Resource, Debug, Default)]
pub(crate) struct Queues {
    /// Asked for by a change: one change asked for twice is one turn.
    waiting: BTreeSet<(usize, Key)>,
    /// Asked for at a time: the earliest, since each turn asks anew.
    timed: BTreeMap<(usize, Key), SimTime>,
    /// How often in a row a key's turns have failed.
    failures: BTreeMap<(usize, Key), u32>,
    /// By the controller's place in the table.
    lines: BTreeMap<usize, Line>,
}

/// Tells all controllers what has changed.
pub(crate) fn observe(world: &mut World, notices: &[Notice]) {
    let now = world.resource::<Agenda>().now();
    let mut keys = Vec::new();
    for (place, controller) in CONTROLLERS.iter().enumerate() {
        keys.clear();
        for notice in notices {
            (controller.observe)(View::new(world), notice, &mut keys);
        }
        for key in keys.drain(..) {
            if world.resource_mut::<Queues>().waiting.insert((place, key.clone())) {
                let event =
                    ControllerEvent { controller: place, step: Step::Due(Due::Changed(key)) };
                world.resource_mut::<Agenda>().at(now + controller.delay, Event::Controller(event));
            }
        }
    }
}

/// Lets a controller's workers do what is due.
pub(crate) fn handle(world: &mut World, event: ControllerEvent) {
    let ControllerEvent { controller: place, step } = event;
    let mut queues = world.resource_mut::<Queues>();
    let line = queues.lines.entry(place).or_default();
    match step {
        Step::Free => line.busy -= 1,
        Step::Due(due) => line.keys.push_back(due),
    }
    while let Some(due) = next(world, place) {
        work(world, place, due);
    }
}

/// The key that a free worker takes next.
fn next(world: &mut World, place: usize) -> Option<Due> {
    let mut queues = world.resource_mut::<Queues>();
    let line = queues.lines.get_mut(&place)?;
    if line.busy >= CONTROLLERS[place].workers { None } else { line.keys.pop_front() }
}

/// Gives a worker its turn.
fn work(world: &mut World, place: usize, due: Due) {
    let now = world.resource::<Agenda>().now();
    let mut queues = world.resource_mut::<Queues>();
    let key = match due {
        Due::Changed(key) => {
            queues.waiting.remove(&(place, key.clone()));
            key
        }
        Due::Timed(key) => {
            let entry = (place, key);
            // Else an earlier time was asked for after this one, and has passed.
            if queues.timed.get(&entry).is_none_or(|it| *it > now) {
                return;
            }
            queues.timed.remove(&entry);
            entry.1
        }
    };
    let (succeeded, took) = turn(world, place, &key);
    if took > SimDuration(0) {
        world.resource_mut::<Queues>().lines.entry(place).or_default().busy += 1;
        let event = ControllerEvent { controller: place, step: Step::Free };
        world.resource_mut::<Agenda>().at(now + took, Event::Controller(event));
    }
    let mut queues = world.resource_mut::<Queues>();
    if succeeded {
        queues.failures.remove(&(place, key));
        return;
    }
    let failures = queues.failures.entry((place, key.clone())).or_default();
    let wait = SimDuration(FIRST_BACKOFF.0 << (*failures).min(20)).min(LONGEST_BACKOFF);
    *failures += 1;
    again(world, place, &key, now + wait);
}

/// Lets a controller look at a key: false if the API refused something, so that the rest was left and is to be tried
/// again, and how long it was busy.
fn turn(world: &mut World, place: usize, key: &Key) -> (bool, SimDuration) {
    let controller = &CONTROLLERS[place];
    let identity =
        Identity::system(&format!("system:serviceaccount:kube-system:{}", controller.name));
    let changes = (controller.reconcile)(View::new(world), key);
    let took = span(&changes);
    let apply = |change| apply(world, controller, &identity, place, key, change);
    (changes.into_iter().all(apply), took)
}

/// How long a worker is busy with changes. Many creations go out together, each time twice as many as before
/// (`slowStartBatch`); events are sent by somebody else.
fn span(changes: &[Change]) -> SimDuration {
    let creations = changes.iter().filter(|it| matches!(it, Change::Create(_))).count();
    let others = |it: &&Change| {
        matches!(
            it,
            Change::Update(_)
                | Change::UpdateStatus(_)
                | Change::Finalize(_)
                | Change::Delete(..)
                | Change::Scale(..)
        )
    };
    let batches = usize::BITS - creations.leading_zeros();
    SimDuration(WRITE.0 * (u64::from(batches) + changes.iter().filter(others).count() as u64))
}

/// Gives a controller a turn at a time, because of something that no object shows.
pub(super) fn ask(world: &mut World, controller: &Controller, key: &Key, time: SimTime) {
    let place = CONTROLLERS.iter().position(|it| it.name == controller.name);
    again(world, place.expect("every controller has a row"), key, time);
}

fn again(world: &mut World, place: usize, key: &Key, time: SimTime) {
    let time = time.max(world.resource::<Agenda>().now());
    let mut queues = world.resource_mut::<Queues>();
    let known = queues.timed.entry((place, key.clone())).or_insert(SimTime(u64::MAX));
    if time < *known {
        *known = time;
        let event = ControllerEvent { controller: place, step: Step::Due(Due::Timed(key.clone())) };
        world.resource_mut::<Agenda>().at(time, Event::Controller(event));
    }
}

/// Applies one change; false if the API refused it in a way that calls for another try.
fn apply(
    world: &mut World,
    controller: &Controller,
    identity: &Identity,
    place: usize,
    key: &Key,
    change: Change,
) -> bool {
    let request = match change {
        Change::Create(object) => return create(world, controller, identity, place, key, &object),
        Change::Update(object) => Request::update(*object),
        Change::UpdateStatus(object) => Request::update_status(*object),
        Change::Finalize(object) => Request::finalize(*object),
        Change::Delete(kind, key, options) => {
            Request { options: *options, ..Request::delete(kind, &key.namespace, &key.name) }
        }
        Change::Emit(emission) => {
            api::events::emit(world, controller.component(), None, emission);
            return true;
        }
        Change::EmitAs(component, emission) => {
            api::events::emit(world, component, None, emission);
            return true;
        }
        Change::Scale(kind, key, replicas) => {
            Request::scale(Target::one(kind, &key.namespace, &key.name), replicas)
        }
        Change::Remember(recommendations) => {
            let mut memories = world.get_resource_or_init::<Memories>();
            memories.keep(key, *recommendations);
            return true;
        }
        Change::Replaced(set, node) => {
            let now = world.resource::<Agenda>().now();
            world.get_resource_or_init::<FailedPods>().note(set, &node, now);
            return true;
        }
        Change::Again(time) => {
            again(world, place, key, time);
            return true;
        }
    };
    match api::handle(world, identity, request).result {
        Ok(_) => true,
        Err(status) => is_gone(&status),
    }
}

/// Creates an object and does what the controller makes of the answer.
fn create(
    world: &mut World,
    controller: &Controller,
    identity: &Identity,
    place: usize,
    key: &Key,
    object: &opsdrill_objects::Object,
) -> bool {
    let result = api::handle(world, identity, Request::create(object.clone())).object();
    let answered = Answered { asked: object, result: result.as_ref() };
    let changes = (controller.answered)(View::new(world), key, answered);
    let applied = changes
        .into_iter()
        .filter(|it| !matches!(it, Change::Create(_)))
        .all(|it| apply(world, controller, identity, place, key, it));
    result.is_ok() && applied
}

/// What is gone needs no other try: its absence will be told.
fn is_gone(status: &Status) -> bool {
    status.code == 404
}
