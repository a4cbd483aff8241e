//! The memory of a process now, and the instant at which it becomes too much.

use bevy_ecs::world::World;
use opsdrill_objects::Uid;

use super::activity::{self, Activity};
use super::application::model::Parameter;
use super::connections;
use super::flows::COLLECTOR;
use super::memory;
use super::process::{self, Process, ProcessId, ProcessState};
use crate::agenda::Agenda;
use crate::time::SimTime;

/// What `kubectl top` shows of a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU in thousandths of a core.
    pub cpu_millis: u64,
    /// Memory in bytes.
    pub memory_bytes: u64,
}

/// A limit that memory has crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overrun {
    /// The container's limit: the kernel kills.
    Limit,
    /// The JVM's heap: the program gets an `OutOfMemoryError`.
    Heap,
}

/// What a container uses now; nothing if it does not run.
pub fn usage(world: &World, pod: Uid, container: &str) -> Usage {
    let now = world.resource::<Agenda>().now();
    let Some(process) = process::of_container(world, pod, container) else {
        return Usage::default();
    };
    let activity = activity::get(world, process.id).expect("every process has an activity");
    let cpu_millis = match process.state {
        ProcessState::Starting { .. } => process.model.start_up.cpu_millis.min(process.cpu_millis),
        _ => activity.load.cpu_millis + activity.own_cpu_millis + 1,
    };
    Usage { cpu_millis, memory_bytes: resident(process, activity, now) }
}

/// What the kernel counts for a process at a time.
pub(super) fn resident(process: &Process, activity: &Activity, time: SimTime) -> u64 {
    match activity.heap {
        Some(heap) => {
            process.model.memory.base + heap.committed_for(activity.memory.peak_until(time))
        }
        None => activity.memory.at(time),
    }
}

/// What a process needs at most if its load stays as it is.
fn bound(process: &Process, activity: &Activity) -> u64 {
    /// What stands for no bound: more than any machine has.
    const ENDLESS: u64 = 1 << 50;
    let limit = process.spec.memory_limit.unwrap_or(ENDLESS);
    let most = match (activity.heap, activity.memory.bound()) {
        (Some(heap), most) => {
            let living = most.unwrap_or(heap.max);
            process.model.memory.base + heap.committed_for(living.min(heap.max))
        }
        (None, most) => most.unwrap_or(ENDLESS),
    };
    most.min(limit)
}

/// Tells the kubelet of a process if it may come to need more or less than was told before.
pub(super) fn tell_bound(world: &mut World, id: ProcessId) {
    let Some(process) = process::get(world, id) else { return };
    let Some(activity) = activity::get(world, id) else { return };
    let (after, node) = (bound(process, activity), process.spec.node.clone());
    let activity = activity::get_mut(world, id).expect("it was there a moment ago");
    let before = std::mem::replace(&mut activity.bound, after);
    if before != after {
        crate::kubelet::memory_bound_changed(world, &node, before, after);
    }
}

/// Lets memory follow the load.
pub(super) fn follow(world: &mut World, id: ProcessId) {
    let now = world.resource::<Agenda>().now();
    let Some(process) = process::get(world, id).filter(|it| it.serves) else { return };
    let Some(activity) = activity::get(world, id) else { return };
    let load = activity.load;
    let served =
        (u128::from(load.offered_milli_rps) * u128::from(load.success_ppm) / 1_000_000) as u64;
    let model = &process.model.memory;
    let idle = if activity.heap.is_some() { model.heap_base } else { model.base };
    let connections =
        if activity.server.is_some() { connections::connected(world, id, now) } else { 0 };
    let target = idle
        + model.per_request_in_flight * load.in_flight_milli / 1000
        + model.per_request_rate * load.offered_milli_rps / 1000
        + model.per_connection * connections
        + process.parameter(Parameter::MemoryBytes);
    let leak = memory::leak_micro_per_ms(process.parameter(Parameter::LeakBytesPerRequest), served);
    let over_ms = model.follow_ms;
    let activity = activity::get_mut(world, id).expect("it was there a moment ago");
    if let Some(heap) = &mut activity.heap {
        heap.committed = heap.committed_for(activity.memory.peak_until(now));
    }
    activity.memory = activity.memory.turned(now, target, over_ms, leak);
}

/// The limit that a process has crossed by now, if any.
pub(super) fn overrun(process: &Process, activity: &Activity, now: SimTime) -> Option<Overrun> {
    let limit = process.spec.memory_limit.unwrap_or(u64::MAX);
    if resident(process, activity, now) > limit {
        return Some(Overrun::Limit);
    }
    let heap = activity.heap.filter(|it| !it.was_full)?;
    (activity.memory.at(now) > heap.max).then_some(Overrun::Heap)
}

/// The instant after now at which memory crosses the next limit, or a mark at which the collector gets busier.
pub(super) fn next_crossing(
    process: &Process,
    activity: &Activity,
    now: SimTime,
) -> Option<SimTime> {
    let course = &activity.memory;
    let limit = process.spec.memory_limit.unwrap_or(u64::MAX);
    let Some(heap) = activity.heap else { return course.first_above(limit, now) };
    let marks = COLLECTOR.iter().map(|(ppm, _)| {
        let mark = u128::from(heap.max) * u128::from(*ppm) / 1_000_000;
        // A mark is reached when the filling is at least so much.
        (mark as u64).saturating_sub(1)
    });
    let full = (!heap.was_full).then_some(heap.max);
    let room = limit.saturating_sub(process.model.memory.base);
    // A heap that may not grow beyond the room never meets the limit.
    let killed = (heap.max > room).then(|| heap.live_within(room));
    let levels = marks.chain(full).chain(killed).filter(|level| course.at(now) <= *level);
    levels.filter_map(|level| course.first_above(level, now)).min()
}
