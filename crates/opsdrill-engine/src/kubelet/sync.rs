//! The look at a pod: what it should be, what it is, and what to do about it.

use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::PodSpec;
use opsdrill_objects::Object;
use opsdrill_objects::event::EventType;

use super::worker::{
    Action, Ended, RunState, Sandbox, Step, Worker, container_spec, is_sidecar, restarts,
};
use super::{
    ending, hooks, host_ip, kill_process, network, plan_relist, plan_step, plan_sync, probe,
    report, sandbox, start, status,
};
use crate::agenda::Agenda;
use crate::chance::Chance;
use crate::physical::ProcessEnd;
use crate::time::SimDuration;

/// The time after a failed sync until the next one (`backOffPeriod`); up to half of it is added by chance.
const RETRY: SimDuration = SimDuration::seconds(10);

/// Looks at a pod.
pub(super) fn sync(world: &mut World, worker: &mut Worker) {
    let Some(object) = report::pod(world, worker) else { return };
    let Some(pod) = object.pod() else { return };
    if object.meta.is_terminating() {
        ending::advance(world, worker, &object);
        return;
    }
    if !matches!(worker.step, Step::Idle) {
        worker.again = true;
        return;
    }
    worker.again = false;
    worker.failed = false;
    let spec = pod.spec.clone();
    worker.take_on_ephemeral(&spec);
    if worker.ending.is_some() || (is_done(worker, &spec) && worker.is_running()) {
        ending::advance(world, worker, &object);
        return;
    }
    let host_ip = host_ip(world, worker);
    status::write(world, worker, &host_ip);
    if worker.finished {
        return;
    }
    if is_done(worker, &spec) {
        finish(world, worker);
        return;
    }
    probe::begin(world, worker, &spec);
    match worker.sandbox {
        Sandbox::Missing(_) => sandbox::begin(world, worker, &object),
        Sandbox::Ready => {
            worker.actions = actions(worker, &spec).into();
            run(world, worker, &object);
        }
        Sandbox::Gone => {}
    }
}

/// Goes on after what was waited for.
pub(super) fn step_done(world: &mut World, worker: &mut Worker) {
    if worker.ending.is_some() {
        ending::deadline(world, worker);
        return;
    }
    let Some(object) = report::pod(world, worker) else { return };
    match std::mem::replace(&mut worker.step, Step::Idle) {
        Step::Idle => return,
        Step::Sandbox => {
            sandbox::complete(world, worker);
            let Some(pod) = object.pod() else { return };
            worker.actions = actions(worker, &pod.spec).into();
        }
        Step::Pull(pulling) => start::pulled(world, worker, &object, *pulling),
        Step::Hook(_) => {}
        Step::Kill(place) => kill_process(world, worker, place),
    }
    run(world, worker, &object);
}

/// Does what a sync has to do until there is nothing left or something has to be waited for.
pub(super) fn run(world: &mut World, worker: &mut Worker, object: &Arc<Object>) {
    while let Some(action) = worker.actions.pop_front() {
        match action {
            Action::Kill(place, message) => kill(world, worker, object, place, message),
            Action::Start { place, after_kill } => {
                start::begin(world, worker, object, place, after_kill);
            }
        }
        if !matches!(worker.step, Step::Idle) {
            return;
        }
    }
    let now = world.resource::<Agenda>().now();
    if worker.again {
        plan_sync(world, worker, now);
    } else if worker.failed {
        plan_retry(world, worker);
    }
}

/// Plans another look after something has failed.
pub(super) fn plan_retry(world: &mut World, worker: &mut Worker) {
    let now = world.resource::<Agenda>().now();
    let key = worker.uid.to_string();
    let jitter = world.resource::<Chance>().noise(&key, now.0, RETRY.0 / 2);
    plan_sync(world, worker, now + RETRY + SimDuration(jitter));
}

/// Kills a container, after the time that it has to end by itself.
pub(super) fn kill(
    world: &mut World,
    worker: &mut Worker,
    object: &Arc<Object>,
    place: usize,
    message: String,
) {
    if worker.containers[place].running().is_none() {
        return;
    }
    let what = (EventType::Normal, "Killing");
    report::container_event(world, worker, object, place, what, message);
    let grace = object.pod().and_then(|it| probe::grace_seconds(&it.spec, worker, place));
    worker.step = Step::Kill(place);
    let span = SimDuration::seconds(grace.unwrap_or(30).max(0).cast_unsigned());
    let time = world.resource::<Agenda>().now() + span;
    plan_step(world, worker, time);
    hooks::stop(world, worker, object, place);
}

/// Notes that a process has ended, and goes on if that was waited for.
pub(super) fn note_end(world: &mut World, worker: &mut Worker, place: usize, end: ProcessEnd) {
    if worker.containers[place].running().is_none() {
        return;
    }
    record_end(world, worker, place, end);
    let waits = matches!(worker.step, Step::Kill(it) | Step::Hook(it) if it == place);
    if waits && worker.ending.is_none() {
        let now = world.resource::<Agenda>().now();
        plan_step(world, worker, now);
    } else {
        plan_relist(world, worker);
    }
}

/// Notes how a run ended.
pub(super) fn record_end(world: &mut World, worker: &mut Worker, place: usize, end: ProcessEnd) {
    let (finished, finished_at) = (world.resource::<Agenda>().now(), report::unix_now(world));
    let run = &mut worker.containers[place];
    let RunState::Running(running) = &run.state else { return };
    let ended = Ended {
        id: running.id.clone(),
        exit_code: end.exit_code,
        reason: end.reason,
        message: end.message,
        started_at: running.started_at,
        finished_at,
        finished,
    };
    run.state = RunState::Ended(Box::new(ended));
    run.probes.clear();
    run.ready = false;
    run.started = false;
    run.condemned = None;
}

/// Whether nothing of the pod will ever run again.
fn is_done(worker: &Worker, spec: &PodSpec) -> bool {
    let ended_for_good = |place: usize| {
        let Some(container) = container_spec(spec, place) else { return false };
        let ended = worker.containers[place].ended();
        ended.is_some_and(|it| !restarts(spec, &container, it.exit_code))
    };
    let failed_init = (0..worker.init_count).any(|it| {
        ended_for_good(it) && worker.containers[it].ended().is_some_and(|it| it.exit_code != 0)
    });
    failed_init || worker.own().all(ended_for_good)
}

/// Takes down the sandbox of a pod that has ended; the report of that follows.
pub(super) fn finish(world: &mut World, worker: &mut Worker) {
    worker.finished = true;
    worker.sandbox = Sandbox::Gone;
    network::release(world, worker);
    plan_relist(world, worker);
}

/// What there is to do for the containers, after the kubelet's `computePodActions`.
fn actions(worker: &Worker, spec: &PodSpec) -> Vec<Action> {
    let mut actions = Vec::new();
    for place in 0..worker.containers.len() {
        kill_actions(worker, spec, place, &mut actions);
    }
    let killed: Vec<usize> = actions
        .iter()
        .filter_map(|it| if let Action::Kill(place, _) = it { Some(*place) } else { None })
        .collect();
    let is_killed = |place: &usize| killed.contains(place);
    let waits = |it: &usize| matches!(worker.containers[*it].state, RunState::Waiting);
    // These help where others do not even start, and are started once.
    let ephemeral = worker.ephemeral().filter(waits);
    actions.extend(ephemeral.map(|place| Action::Start { place, after_kill: false }));
    let begun = !worker.own().all(|it| waits(&it));
    for place in (0..worker.init_count).filter(|it| !is_killed(it)) {
        let run = &worker.containers[place];
        let sidecar = container_spec(spec, place).is_some_and(|it| is_sidecar(&it));
        let goes_on = match &run.state {
            _ if begun && !sidecar => true,
            RunState::Running(_) => sidecar && run.started,
            RunState::Ended(ended) if !sidecar && ended.exit_code == 0 => true,
            RunState::Ended(_) | RunState::Waiting => {
                actions.push(Action::Start { place, after_kill: false });
                begun
            }
        };
        if !goes_on && !begun {
            return actions;
        }
    }
    for place in worker.own().filter(|it| !is_killed(it)) {
        let Some(container) = container_spec(spec, place) else { continue };
        let due = match &worker.containers[place].state {
            RunState::Waiting => true,
            RunState::Running(_) => false,
            RunState::Ended(ended) => restarts(spec, &container, ended.exit_code),
        };
        if due {
            actions.push(Action::Start { place, after_kill: false });
        }
    }
    actions
}

fn kill_actions(worker: &Worker, spec: &PodSpec, place: usize, actions: &mut Vec<Action>) {
    let run = &worker.containers[place];
    let Some(container) = container_spec(spec, place) else { return };
    if run.running().is_none() {
        return;
    }
    let (what, restart) = if container.image.as_deref().is_some_and(|it| *it != *run.image.given) {
        ("definition changed".to_owned(), true)
    } else if let Some(probe) = run.condemned {
        (format!("failed {probe} probe"), restarts(spec, &container, 1))
    } else {
        return;
    };
    let tail = if restart { ", will be restarted" } else { "" };
    actions.push(Action::Kill(place, format!("Container {} {what}{tail}", run.name)));
    if restart {
        actions.push(Action::Start { place, after_kill: true });
    }
}
