//! How the scheduler tells: events of `events.k8s.io`, whose repetitions become a series.
//!
//! The rules are those of client-go's `tools/events`: a second event alike begins a series and is written at once; what
//! comes after it is only counted, and written every half hour and when the series is over.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::event::EventType;
use opsdrill_objects::{Kind, Object, Uid};

use super::{NAME, SchedulerEvent};
use crate::agenda::{Agenda, Event};
use crate::api::events;
use crate::controllers::Emission;
use crate::store::{self, Epoch, Store};
use crate::time::{SimDuration, SimTime};

/// How often it is looked for series that are over, and after how long without an event one is (`finishTime`).
const FINISH: SimDuration = SimDuration::minutes(6);
/// How often the counts of the others are written (`refreshTime`).
const REFRESH: SimDuration = SimDuration::minutes(30);
/// The component and its host.
static INSTANCE: LazyLock<Arc<str>> = LazyLock::new(|| format!("{NAME}-control-plane").into());

/// What was told and may be told again. Events of pods that differ in nothing else are told apart by the pod's version.
#[derive(Resource, Debug, Default)]
pub(crate) struct Recorder {
    told: BTreeMap<(Uid, u64), Told>,
    /// Whether it is planned to look for what is over.
    is_planned: bool,
}

#[derive(Debug)]
struct Told {
    namespace: Arc<str>,
    name: Arc<str>,
    count: i32,
    last: SimTime,
}

/// Tells that a pod has a node. That happens once, so that there is nothing to remember.
pub(super) fn scheduled(world: &mut World, pod: &Arc<Object>, message: String) {
    record(world, pod, (EventType::Normal, "Scheduled", "Binding"), message);
}

/// Tells that a pod goes in favour of another.
pub(super) fn preempted(world: &mut World, victim: &Arc<Object>, by: &Object, message: String) {
    let emission = Emission {
        about: victim.clone(),
        field_path: None,
        event_type: EventType::Normal,
        reason: "Preempted",
        message,
    };
    events::record(world, NAME, &INSTANCE, "Preempting", emission, Some(by));
}

/// Tells that a pod has none.
pub(super) fn failed(world: &mut World, pod: &Arc<Object>, message: String) {
    let now = world.resource::<Agenda>().now();
    let key = (pod.meta.uid, pod.meta.resource_version);
    if let Some(told) = world.resource_mut::<Recorder>().told.get_mut(&key) {
        told.count += 1;
        told.last = now;
        if told.count == 2 {
            write(world, key);
        }
        return;
    }
    let sort = (EventType::Warning, "FailedScheduling", "Scheduling");
    let Some(name) = record(world, pod, sort, message) else { return };
    let namespace = pod.meta.namespace.clone().unwrap_or_default();
    let recorder = world.resource_mut::<Recorder>().into_inner();
    recorder.told.insert(key, Told { namespace, name, count: 1, last: now });
    if !std::mem::replace(&mut recorder.is_planned, true) {
        plan(world, now);
    }
}

fn record(
    world: &mut World,
    pod: &Arc<Object>,
    (event_type, reason, action): (EventType, &'static str, &'static str),
    message: String,
) -> Option<Arc<str>> {
    debug_assert_eq!(pod.kind, Kind::Pod);
    let emission = Emission { about: pod.clone(), field_path: None, event_type, reason, message };
    events::record(world, NAME, &INSTANCE, action, emission, None)
}

fn plan(world: &mut World, now: SimTime) {
    let next = SimTime((now.0 / FINISH.0 + 1) * FINISH.0);
    world.resource_mut::<Agenda>().at(next, Event::Scheduler(SchedulerEvent::Series));
}

/// Writes what has only been counted, and forgets what is over.
pub(super) fn tidy(world: &mut World, now: SimTime) {
    let is_refresh = now.0.is_multiple_of(REFRESH.0);
    let recorder = world.resource::<Recorder>();
    let is_over = |it: &Told| it.last + FINISH < now;
    let counted = recorder.told.iter().filter(|(_, it)| it.count > 2);
    let due: Vec<_> =
        counted.filter(|(_, it)| is_refresh || is_over(it)).map(|(key, _)| *key).collect();
    for key in due {
        write(world, key);
    }
    let mut recorder = world.resource_mut::<Recorder>();
    recorder.told.retain(|_, it| !is_over(it));
    recorder.is_planned = !recorder.told.is_empty();
    if recorder.is_planned {
        plan(world, now);
    }
}

/// Writes the count of a series into its event, if that is still there.
fn write(world: &mut World, key: (Uid, u64)) {
    let Told { namespace, name, count, last } = &world.resource::<Recorder>().told[&key];
    let (count, last) = (*count, world.resource::<Epoch>().unix_seconds(*last));
    let stored = world.resource::<Store>().get(world, Kind::Event, namespace, name);
    let Some(mut next) = stored.map(|it| (**it).clone()) else { return };
    let event = next.event_mut().expect("stored as an event");
    if event.count == count {
        return;
    }
    (event.count, event.last) = (count, last);
    store::replace(world, next);
}
