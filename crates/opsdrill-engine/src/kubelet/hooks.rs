//! Lifecycle hooks: what a container does when it has started, and before it is asked to stop.
//!
//! A wait (`sleep: {seconds: 5}`, `exec: [sleep, "5"]`, `sh -c "sleep 5"`) is by far the most frequent hook: it lets
//! routes change before the program ends. It takes its time out of the grace period. Other commands run in the
//! container, requests go over the network. Texts: `lifecycle/handlers.go` and `kuberuntime_container.go`.

use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::{Container, HTTPGetAction, LifecycleHandler};
use opsdrill_objects::Object;
use opsdrill_objects::event::EventType;

use super::worker::{Step, Worker, container_spec};
use super::{Errand, KubeletEvent, plan_step, probe, report, sync};
use crate::agenda::{Agenda, Event};
use crate::physical::network::{HttpRequest, Origin, http_request};
use crate::physical::programs::{self, Role};
use crate::physical::{self, ProcessId, container};
use crate::time::SimDuration;

/// Asks a container's process to stop, after its `preStop` hook.
pub(super) fn stop(world: &mut World, worker: &Worker, object: &Arc<Object>, place: usize) {
    let Some(process) = worker.containers[place].running().map(|it| it.process) else { return };
    let container = object.pod().and_then(|it| container_spec(&it.spec, place));
    let hook = container.as_ref().and_then(|it| it.lifecycle.as_ref()?.pre_stop.as_ref());
    let (Some(container), Some(hook)) = (container.as_deref(), hook) else {
        physical::terminate(world, process);
        return;
    };
    if !can_run(world, object, &worker.containers[place].name, hook) {
        pre_stop_failed(world, worker, object, place);
        physical::terminate(world, process);
    } else if let Some(seconds) = seconds(hook) {
        stop_after(world, process, SimDuration::seconds(seconds));
    } else if let Some(words) = command(world, hook) {
        let errand = Errand::PreStop(worker.uid, place, process);
        programs::start(world, process, words, Role::Errand(errand));
    } else if let Some(get) = &hook.http_get {
        let asked = ask(world, worker, container, get);
        if asked.is_err() {
            pre_stop_failed(world, worker, object, place);
        }
        stop_after(world, process, SimDuration(asked.unwrap_or_default()));
    } else {
        not_simulated(world, worker, object, place, "FailedPreStopHook", "preStop");
        physical::terminate(world, process);
    }
}

fn stop_after(world: &mut World, process: ProcessId, span: SimDuration) {
    let time = world.resource::<Agenda>().now() + span;
    world.resource_mut::<Agenda>().at(time, Event::Kubelet(KubeletEvent::Stop(process)));
}

fn pre_stop_failed(world: &mut World, worker: &Worker, object: &Arc<Object>, place: usize) {
    // The kubelet keeps the runtime's words to its own log.
    let what = (EventType::Warning, "FailedPreStopHook");
    report::container_event(world, worker, object, place, what, "PreStopHook failed".to_owned());
}

/// Begins a started container's `postStart` hook; nothing else is done for the pod until it is over.
pub(super) fn started(
    world: &mut World,
    worker: &mut Worker,
    object: &Arc<Object>,
    place: usize,
    container: &Container,
) {
    let hook = container.lifecycle.as_ref().and_then(|it| it.post_start.as_ref());
    let Some(hook) = hook else { return };
    let Some(process) = worker.containers[place].running().map(|it| it.process) else { return };
    if let Some(seconds) = seconds(hook) {
        worker.step = Step::Hook(place);
        let time = world.resource::<Agenda>().now() + SimDuration::seconds(seconds);
        plan_step(world, worker, time);
    } else if let Some(words) = command(world, hook) {
        worker.step = Step::Hook(place);
        worker.steps += 1;
        let errand = Errand::PostStart(worker.uid, place);
        programs::start(world, process, words, Role::Errand(errand));
    } else if let Some(get) = &hook.http_get {
        match ask(world, worker, container, get) {
            Ok(after_ms) => {
                worker.step = Step::Hook(place);
                let time = world.resource::<Agenda>().now() + SimDuration(after_ms);
                plan_step(world, worker, time);
            }
            Err(error) => {
                let path = get.path.as_deref().unwrap_or("/");
                let kind = format!("HTTP lifecycle hook ({path})");
                fail_start(world, worker, object, place, &kind, &format!("error: {error}"));
            }
        }
    } else {
        not_simulated(world, worker, object, place, "FailedPostStartHook", "postStart");
    }
}

/// The command of a hook has ended.
pub(super) fn errand_done(
    world: &mut World,
    worker: &mut Worker,
    errand: &Errand,
    (exit_code, output): (i32, &str),
) {
    let Some(object) = report::pod(world, worker) else { return };
    match *errand {
        Errand::Probe(..) => {}
        Errand::PreStop(_, place, process) => {
            if exit_code != 0 {
                pre_stop_failed(world, worker, &object, place);
            }
            physical::terminate(world, process);
        }
        Errand::PostStart(_, place) => {
            if !matches!(worker.step, Step::Hook(it) if it == place) {
                return;
            }
            worker.step = Step::Idle;
            if exit_code != 0 {
                let container = object.pod().and_then(|it| container_spec(&it.spec, place));
                let hook =
                    container.as_ref().and_then(|it| it.lifecycle.as_ref()?.post_start.as_ref());
                let words =
                    hook.and_then(|it| it.exec.as_ref()?.command.clone()).unwrap_or_default();
                let words = words.join(" ");
                let kind = format!("Exec lifecycle hook ([{words}])");
                let error = format!(
                    "error: command '{words}' exited with {exit_code}: {output}, message: {output:?}"
                );
                fail_start(world, worker, &object, place, &kind, &error);
            }
            if matches!(worker.step, Step::Idle) {
                sync::run(world, worker, &object);
            }
        }
    }
}

/// The container whose `postStart` hook has failed is killed.
fn fail_start(
    world: &mut World,
    worker: &mut Worker,
    object: &Arc<Object>,
    place: usize,
    kind: &str,
    error: &str,
) {
    let what = (EventType::Warning, "FailedPostStartHook");
    report::container_event(world, worker, object, place, what, "PostStartHook failed".to_owned());
    let run = &mut worker.containers[place];
    let message = format!(
        "{kind} for Container {:?} in Pod \"{}_{}({})\" failed - {error}",
        &*run.name, worker.name, worker.namespace, worker.uid
    );
    run.trouble = Some(("PostStartHookError", message));
    worker.failed = true;
    sync::kill(world, worker, object, place, "FailedPostStartHook".to_owned());
}

/// Sends the request of a hook; milliseconds until the answer, whatever that is.
fn ask(
    world: &World,
    worker: &Worker,
    container: &Container,
    get: &HTTPGetAction,
) -> Result<u64, String> {
    let scheme = get.scheme.as_deref().unwrap_or("HTTP").to_lowercase();
    let host = get.host.as_deref().or(worker.ip.as_deref()).unwrap_or_default();
    let port = probe::port(container, &get.port).unwrap_or_default();
    let path = get.path.as_deref().unwrap_or("/").trim_start_matches('/');
    let url = format!("{scheme}://{host}:{port}/{path}");
    let request =
        HttpRequest { method: "GET".to_owned(), url: url.clone(), ..HttpRequest::default() };
    let answer = http_request(world, &Origin::Node(worker.node.clone()), &request);
    answer.map(|it| it.latency_ms).map_err(|error| format!("Get {url:?}: {error}"))
}

/// The command that a hook runs, if it runs one and somebody can run it.
fn command(world: &World, hook: &LifecycleHandler) -> Option<Vec<String>> {
    let words = hook.exec.as_ref().and_then(|it| it.command.clone());
    words.filter(|it| !it.is_empty() && programs::are_installed(world))
}

fn not_simulated(
    world: &mut World,
    worker: &Worker,
    object: &Arc<Object>,
    place: usize,
    reason: &'static str,
    hook: &str,
) {
    let message = format!("opsdrill: not simulated: {hook} hooks of this kind");
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
