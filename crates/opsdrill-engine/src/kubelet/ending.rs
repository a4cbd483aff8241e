//! The end of a pod: its containers are asked to stop, then killed, then the pod leaves the API.

use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::Object;
use opsdrill_objects::event::EventType;

use super::probe::ProbeKind;
use super::worker::{Ending, Step, Worker, container_spec, is_sidecar};
use super::{hooks, host_ip, kill_process, plan_step, report, status, sync};
use crate::agenda::Agenda;
use crate::time::SimDuration;

/// How long the containers of an evicted pod may take (`immediateEvictionGracePeriodSeconds`).
const EVICTED: SimDuration = SimDuration::seconds(1);

/// Takes the shutdown of a pod one step further.
pub(super) fn advance(world: &mut World, worker: &mut Worker, object: &Arc<Object>) {
    let now = world.resource::<Agenda>().now();
    let grace = if worker.evicted.is_some() { EVICTED.min(grace(object)) } else { grace(object) };
    match worker.ending {
        None => begin(world, worker, object, grace),
        Some(ending) if ending.deadline > now + grace => {
            // Somebody is in more of a hurry than the first one.
            worker.ending = Some(Ending { deadline: now + grace, ..ending });
            plan_step(world, worker, now + grace);
        }
        Some(_) => {}
    }
    if !worker.is_running() {
        complete(world, worker, object);
        return;
    }
    let mains_run = (0..worker.containers.len())
        .any(|it| worker.containers[it].running().is_some() && !is_sidecar_at(object, it));
    let sidecars_told = worker.ending.is_some_and(|it| it.sidecars_told);
    if !mains_run && !sidecars_told {
        tell(world, worker, object, true);
        if let Some(ending) = &mut worker.ending {
            ending.sidecars_told = true;
        }
    }
    let host_ip = host_ip(world, worker);
    status::write(world, worker, &host_ip);
}

/// How long the containers may take: the grace period of the deletion, or of the specification.
fn grace(object: &Object) -> SimDuration {
    let own = object.pod().and_then(|it| it.spec.termination_grace_period_seconds).unwrap_or(30);
    let seconds = object.meta.deletion.map_or(own, |it| it.grace_seconds);
    SimDuration::seconds(seconds.max(0).cast_unsigned())
}

fn is_sidecar_at(object: &Object, place: usize) -> bool {
    object.pod().and_then(|it| container_spec(&it.spec, place)).is_some_and(|it| is_sidecar(&it))
}

fn begin(world: &mut World, worker: &mut Worker, object: &Arc<Object>, grace: SimDuration) {
    let deadline = world.resource::<Agenda>().now() + grace;
    worker.ending = Some(Ending { deadline, sidecars_told: false });
    worker.step = Step::Idle;
    worker.actions.clear();
    for run in &mut worker.containers {
        run.probes.retain(|it| it.kind() == ProbeKind::Readiness);
    }
    plan_step(world, worker, deadline);
    tell(world, worker, object, false);
}

/// Asks the running containers, or the running sidecars, to stop.
fn tell(world: &mut World, worker: &mut Worker, object: &Arc<Object>, sidecars: bool) {
    for place in 0..worker.containers.len() {
        let run = &worker.containers[place];
        if is_sidecar_at(object, place) != sidecars {
            continue;
        }
        if run.running().is_none() {
            continue;
        }
        let message = format!("Stopping container {}", run.name);
        let what = (EventType::Normal, "Killing");
        report::container_event(world, worker, object, place, what, message);
        hooks::stop(world, worker, object, place);
    }
}

/// The grace period is over: what still runs is killed.
pub(super) fn deadline(world: &mut World, worker: &mut Worker) {
    kill_all(world, worker, None);
    super::plan_relist(world, worker);
}

/// Kills all that runs, and tells it if the pod's last state is given.
pub(super) fn kill_all(world: &mut World, worker: &mut Worker, last: Option<&Arc<Object>>) {
    for place in 0..worker.containers.len() {
        let run = &worker.containers[place];
        if run.running().is_none() {
            continue;
        }
        if let Some(object) = last {
            let message = format!("Stopping container {}", run.name);
            let what = (EventType::Normal, "Killing");
            report::container_event(world, worker, object, place, what, message);
        }
        kill_process(world, worker, place);
    }
}

fn complete(world: &mut World, worker: &mut Worker, object: &Arc<Object>) {
    worker.steps += 1;
    let host_ip = host_ip(world, worker);
    status::write(world, worker, &host_ip);
    if object.meta.is_terminating() {
        report::delete_pod(world, worker);
    } else {
        worker.ending = None;
        sync::finish(world, worker);
    }
}
