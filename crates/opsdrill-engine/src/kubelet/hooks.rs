//! Lifecycle hooks: what a container does before it is asked to stop.
//!
//! A wait (`sleep: {seconds: 5}`, `exec: [sleep, "5"]`, `sh -c "sleep 5"`) is by far the most frequent hook: it lets
//! routes change before the program ends. It takes its time out of the grace period. All other hooks are said not to
//! be simulated and do nothing.

use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::{Container, LifecycleHandler};
use opsdrill_objects::Object;
use opsdrill_objects::event::EventType;

use super::worker::{Worker, container_spec};
use super::{KubeletEvent, report};
use crate::agenda::{Agenda, Event};
use crate::physical::{self, container};
use crate::time::SimDuration;

/// Asks a container's process to stop, after its `preStop` hook.
pub(super) fn stop(world: &mut World, worker: &Worker, object: &Arc<Object>, place: usize) {
    let Some(process) = worker.containers[place].running().map(|it| it.process) else { return };
    let container = object.pod().and_then(|it| container_spec(&it.spec, place));
    let hook = container.as_ref().and_then(|it| it.lifecycle.as_ref()?.pre_stop.as_ref());
    match hook.map(|it| (seconds(it), can_run(world, object, &worker.containers[place].name, it))) {
        None => physical::terminate(world, process),
        Some((Some(_), false)) => {
            // The kubelet keeps the runtime's words to its own log.
            let message = "PreStopHook failed".to_owned();
            let what = (EventType::Warning, "FailedPreStopHook");
            report::container_event(world, worker, object, place, what, message);
            physical::terminate(world, process);
        }
        Some((Some(seconds), true)) => {
            let time = world.resource::<Agenda>().now() + SimDuration::seconds(seconds);
            let event = KubeletEvent::Stop(process);
            world.resource_mut::<Agenda>().at(time, Event::Kubelet(event));
        }
        Some((None, _)) => {
            say(world, worker, object, place, "FailedPreStopHook", "preStop");
            physical::terminate(world, process);
        }
    }
}

/// Says aloud that a started container has a `postStart` hook.
pub(super) fn started(
    world: &mut World,
    worker: &Worker,
    object: &Arc<Object>,
    place: usize,
    container: &Container,
) {
    if container.lifecycle.as_ref().is_some_and(|it| it.post_start.is_some()) {
        say(world, worker, object, place, "FailedPostStartHook", "postStart");
    }
}

fn say(
    world: &mut World,
    worker: &Worker,
    object: &Arc<Object>,
    place: usize,
    reason: &'static str,
    hook: &str,
) {
    let message = format!("opsdrill: not simulated: {hook} hooks other than a sleep");
    report::container_event(world, worker, object, place, (EventType::Warning, reason), message);
}

/// Whether the container has the program that a hook asks for; a `sleep` action needs none.
fn can_run(world: &World, pod: &Object, name: &str, hook: &LifecycleHandler) -> bool {
    let command = hook.exec.as_ref().and_then(|it| it.command.as_ref()?.first());
    let meta = &pod.meta;
    let inside = container::access(world, meta.namespace(), &meta.name, Some(name));
    command.is_none_or(|it| inside.is_ok_and(|inside| inside.has_command(world, it)))
}

/// How long a hook waits; `None` if it does anything else.
fn seconds(hook: &LifecycleHandler) -> Option<u64> {
    if let Some(sleep) = &hook.sleep {
        return u64::try_from(sleep.seconds).ok();
    }
    let words: Vec<&str> =
        hook.exec.as_ref()?.command.iter().flatten().map(String::as_str).collect();
    let words = match &words[..] {
        ["sh" | "/bin/sh" | "bash" | "/bin/bash", "-c", script] => {
            script.split_whitespace().collect()
        }
        _ => words,
    };
    let ["sleep" | "/bin/sleep", time] = &words[..] else { return None };
    time.strip_suffix('s').unwrap_or(time).parse().ok()
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ExecAction;

    use super::*;

    #[test]
    fn only_waits_are_simulated() {
        let hook = |words: &[&str]| {
            let command = Some(words.iter().map(|it| (*it).to_owned()).collect());
            seconds(&LifecycleHandler { exec: Some(ExecAction { command }), ..Default::default() })
        };
        assert_eq!(hook(&["sleep", "5"]), Some(5));
        assert_eq!(hook(&["/bin/sh", "-c", "sleep 15s"]), Some(15));
        assert_eq!(hook(&["/bin/sh", "-c", "sleep 5 && nginx -s quit"]), None);
        assert_eq!(hook(&["nginx", "-s", "quit"]), None);
    }
}
