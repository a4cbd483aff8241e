//! Starting a container: back-off, image, configuration, process.

use std::borrow::Cow;
use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::Container;
use opsdrill_objects::Object;
use opsdrill_objects::event::EventType::{Normal, Warning};
use opsdrill_objects::quantity::Quantity;

use super::backoff::Backoff;
use super::worker::{Ended, Pulling, RunImage, RunState, Running, Step, Worker, container_spec};
use super::{
    Kubelets, credentials, duration, environment, node, non_root, plan_relist, plan_step, probe,
};
use super::{hooks, report, status, volumes};
use crate::agenda::Agenda;
use crate::chance::Chance;
use crate::physical::images::{self, Reference};
use crate::physical::{self, ContainerSpec, Pull, Sees};
use crate::time::SimDuration;
use crate::view::View;

/// Begins to start a container; goes as far as the image's pull.
pub(super) fn begin(
    world: &mut World,
    worker: &mut Worker,
    object: &Arc<Object>,
    place: usize,
    after_kill: bool,
) {
    let Some(container) = spec_of(object, place) else { return };
    let image = container.image.as_deref().unwrap_or_default();
    let run = &mut worker.containers[place];
    if !run.image.given.is_empty() && *run.image.given != *image {
        run.crash_backoff = None;
    }
    if is_backing_off(world, worker, object, place, after_kill) {
        return;
    }
    match Reference::parse(image) {
        Ok(reference) => fetch(world, worker, object, (place, &container), &reference.to_string()),
        Err(complaint) => {
            let message = format!(
                "Failed to apply default image tag {image:?}: couldn't parse image name {image:?}: {complaint}"
            );
            let what = (Warning, "InspectFailed");
            report::container_event(world, worker, object, place, what, message.clone());
            fail(world, worker, object, place, ("InvalidImageName", message));
        }
    }
}

pub(super) fn spec_of(object: &Object, place: usize) -> Option<Cow<'_, Container>> {
    object.pod().and_then(|it| container_spec(&it.spec, place))
}

/// Whether the container crashed too lately; if not, its next crash will be held against it for longer.
fn is_backing_off(
    world: &mut World,
    worker: &mut Worker,
    object: &Arc<Object>,
    place: usize,
    after_kill: bool,
) -> bool {
    let now = world.resource::<Agenda>().now();
    let run = &mut worker.containers[place];
    // What this sync has just killed is not in the list of containers that the sync began with.
    let ended = if after_kill { run.last.as_deref() } else { run.ended() };
    let Some(crash) = ended.map(|it| it.finished) else { return false };
    let Some(backoff) = run.crash_backoff.filter(|it| it.holds_since(crash, now)) else {
        run.crash_backoff = Some(Backoff::next(run.crash_backoff, crash, now));
        return false;
    };
    let pod = format!("{}_{}({})", worker.name, worker.namespace, worker.uid);
    let name = run.name.clone();
    let message =
        format!("back-off {} restarting failed container={name} pod={pod}", backoff.text());
    run.trouble = Some(("CrashLoopBackOff", message));
    worker.failed = true;
    let message = format!("Back-off restarting failed container {name} in pod {pod}");
    report::container_event(world, worker, object, place, (Warning, "BackOff"), message);
    true
}

/// Notes why a container could not be started, and tells it.
fn fail(
    world: &mut World,
    worker: &mut Worker,
    object: &Arc<Object>,
    place: usize,
    (reason, message): (&'static str, String),
) {
    let told = match reason {
        "CreateContainerConfigError" | "RunContainerError" => &message,
        _ => reason,
    };
    let told = format!("Error: {told}");
    report::container_event(world, worker, object, place, (Warning, "Failed"), told);
    worker.containers[place].trouble = Some((reason, message));
    worker.failed = true;
}

/// Sees to the image, after `EnsureImageExists`.
fn fetch(
    world: &mut World,
    worker: &mut Worker,
    object: &Arc<Object>,
    (place, container): (usize, &Container),
    reference: &str,
) {
    let image = container.image.as_deref().unwrap_or_default();
    let policy = container.image_pull_policy.as_deref().unwrap_or("IfNotPresent");
    let agent = world.resource::<Kubelets>().nodes.get(&worker.node);
    let present = agent.is_some_and(|it| it.images.contains_key(reference));
    if present && policy != "Always" {
        let message = format!("Container image {image:?} already present on machine");
        report::container_event(world, worker, object, place, (Normal, "Pulled"), message);
        create(world, worker, object, place);
        return;
    }
    if policy == "Never" {
        let message = format!("Container image {image:?} is not present with pull policy of Never");
        let what = (Warning, "ErrImageNeverPull");
        report::container_event(world, worker, object, place, what, message.clone());
        fail(world, worker, object, place, ("ErrImageNeverPull", message));
        return;
    }
    let now = world.resource::<Agenda>().now();
    if let Some((backoff, cause)) = &worker.containers[place].pull_backoff
        && backoff.holds_since_update(now)
    {
        let text = format!("Back-off pulling image {image:?}");
        let message = format!("{text}: ErrImagePull: {cause}");
        report::container_event(world, worker, object, place, (Normal, "BackOff"), text);
        fail(world, worker, object, place, ("ImagePullBackOff", message));
        return;
    }
    pull(world, worker, object, place, image);
}

fn pull(world: &mut World, worker: &mut Worker, object: &Arc<Object>, place: usize, image: &str) {
    let message = format!("Pulling image {image:?}");
    report::container_event(world, worker, object, place, (Normal, "Pulling"), message);
    let found = credentials::of(View::new(world), object);
    if !found.missing.is_empty() {
        let message = format!(
            "Unable to retrieve some image pull secrets ({}); attempting to pull the image may not succeed.",
            found.missing.join(", ")
        );
        let reason = "FailedToRetrieveImagePullSecret";
        report::pod_event(world, worker, object, Warning, reason, message);
    }
    let reply = physical::pull(world, &worker.node, image, &found.credentials);
    let asked = world.resource::<Agenda>().now();
    let mut kubelets = world.resource_mut::<Kubelets>();
    let Some(agent) = kubelets.nodes.get_mut(&worker.node) else { return };
    let began = agent.pulling_until.max(asked);
    let (Pull::Pulled { after_ms, .. } | Pull::Failed { after_ms, .. }) = &reply;
    let until = began + SimDuration(*after_ms);
    agent.pulling_until = until;
    worker.step = Step::Pull(Box::new(Pulling { container: place, asked, began, reply }));
    plan_step(world, worker, until);
}

/// Goes on after a pull.
pub(super) fn pulled(
    world: &mut World,
    worker: &mut Worker,
    object: &Arc<Object>,
    pulling: Pulling,
) {
    let place = pulling.container;
    let Some(image) = spec_of(object, place).and_then(|it| it.image.clone()) else { return };
    let now = world.resource::<Agenda>().now();
    match pulling.reply {
        Pull::Pulled { size, .. } => {
            let message = format!(
                "Successfully pulled image {image:?} in {} ({} including waiting). Image size: {size} bytes.",
                duration::text(now.since(pulling.began).0),
                duration::text(now.since(pulling.asked).0)
            );
            report::container_event(world, worker, object, place, (Normal, "Pulled"), message);
            worker.containers[place].pull_backoff = None;
            node::note_image(world, &worker.node, &image, size);
            create(world, worker, object, place);
        }
        Pull::Failed { message, .. } => {
            let text = format!("Failed to pull image {image:?}: {message}");
            report::container_event(world, worker, object, place, (Warning, "Failed"), text);
            let old = worker.containers[place].pull_backoff.take().map(|(backoff, _)| backoff);
            let backoff = Backoff::next(old, now, now);
            worker.containers[place].pull_backoff = Some((backoff, message.clone()));
            fail(world, worker, object, place, ("ErrImagePull", message));
        }
    }
}

/// Makes the container and starts its process.
fn create(world: &mut World, worker: &mut Worker, object: &Arc<Object>, place: usize) {
    let made = environment::of(world, worker, object, place).and_then(|env| {
        let container = spec_of(object, place).expect("a worker's containers are its pod's");
        non_root::verify(world, worker, object, &container)?;
        Ok(container_of(world, worker, object, place, env))
    });
    let spec = match made {
        Ok(spec) => spec,
        Err(message) => {
            fail(world, worker, object, place, ("CreateContainerConfigError", message));
            return;
        }
    };
    let name = spec.container.clone();
    let image = image_of_run(world, &spec);
    let message = format!("Created container: {name}");
    report::container_event(world, worker, object, place, (Normal, "Created"), message);
    let seed = world.resource::<Chance>().seed();
    let run = &mut worker.containers[place];
    if let RunState::Ended(ended) = std::mem::replace(&mut run.state, RunState::Waiting) {
        run.last = Some(ended);
        run.restarts += 1;
    }
    run.trouble = None;
    run.condemned = None;
    run.image = image;
    let restarts = run.restarts;
    let id = status::container_id(seed, worker, place, restarts);
    let (started, started_at) = (world.resource::<Agenda>().now(), report::unix_now(world));
    match physical::start(world, spec) {
        Ok(process) => {
            let running = Running { process, started, started_at, id };
            worker.containers[place].state = RunState::Running(running);
            if let Some(container) = spec_of(object, place) {
                probe::reset(&mut worker.containers[place], &container);
            }
            let message = format!("Started container {name}");
            report::container_event(world, worker, object, place, (Normal, "Started"), message);
            if let Some(container) = spec_of(object, place) {
                hooks::started(world, worker, object, place, &container);
            }
        }
        Err(words) => {
            let message = runtime_words(&words);
            let ended = Ended {
                id,
                exit_code: 128,
                reason: "StartError",
                message: message.clone(),
                started_at: 0,
                finished_at: started_at,
                finished: started,
            };
            worker.containers[place].state = RunState::Ended(Box::new(ended));
            fail(world, worker, object, place, ("RunContainerError", message));
        }
    }
    plan_relist(world, worker);
}

/// An image as containerd reports it: its name in full and its digest.
fn image_of_run(world: &World, spec: &ContainerSpec) -> RunImage {
    let given = spec.image.clone();
    let Ok(reference) = Reference::parse(&given) else {
        return RunImage { name: given.to_string(), id: given.to_string(), given };
    };
    let digest = images::on_node(world, &spec.node, &given).map(|it| it.digest.clone());
    let id = digest
        .map_or_else(String::new, |it| format!("{}/{}@{it}", reference.host, reference.repository));
    RunImage { name: reference.to_string(), id, given }
}

/// The runtime's whole sentence about a process that could not start.
fn runtime_words(words: &str) -> String {
    if !words.starts_with("exec:") {
        return words.to_owned();
    }
    format!(
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: {words}: unknown"
    )
}

/// Whose processes a container sees beside its own.
fn sees(worker: &Worker, object: &Object, place: usize) -> Sees {
    let Some(spec) = object.pod().map(|it| &it.spec) else { return Sees::Own };
    if spec.share_process_namespace == Some(true) {
        return Sees::Pod;
    }
    let number = place.checked_sub(worker.ephemeral().start);
    let ephemeral = number.and_then(|it| spec.ephemeral_containers.as_ref()?.get(it));
    match ephemeral.and_then(|it| it.target_container_name.as_deref()) {
        None | Some("") => Sees::Own,
        Some(target) => Sees::Container(target.into()),
    }
}

/// All that the runtime needs to know of a container.
fn container_of(
    world: &World,
    worker: &Worker,
    object: &Object,
    place: usize,
    env: Arc<environment::Environment>,
) -> ContainerSpec {
    let view = View::new(world);
    let container = spec_of(object, place).expect("a worker's containers are its pod's");
    let expand = |words: &Option<Vec<String>>| {
        let words = words.iter().flatten();
        words.map(|it| environment::expand(it, &env)).collect::<Vec<_>>()
    };
    let limit = |name: &str| {
        let limits = container.resources.as_ref().and_then(|it| it.limits.as_ref());
        limits.and_then(|it| Quantity::parse(&it.get(name)?.0).ok())
    };
    let security = container.security_context.as_ref();
    let of_pod = object.pod().and_then(|it| it.spec.security_context.as_ref()?.run_as_user);
    let run_as = security.and_then(|it| it.run_as_user).or(of_pod);
    let positive = |amount: i64| u64::try_from(amount).ok().filter(|it| *it > 0);
    ContainerSpec {
        pod: worker.uid,
        namespace: worker.namespace.clone(),
        pod_name: worker.name.clone(),
        pod_ip: worker.ip.clone().unwrap_or_default(),
        node: worker.node.clone(),
        container: container.name.as_str().into(),
        image: container.image.as_deref().unwrap_or_default().into(),
        command: expand(&container.command),
        args: expand(&container.args),
        files: volumes::files(view, object, &container, worker),
        data: volumes::data(View::new(world), object, &container, worker, &env),
        read_only_root: security.is_some_and(|it| it.read_only_root_filesystem == Some(true)),
        working_dir: container.working_dir.clone().filter(|it| !it.is_empty()),
        run_as: run_as.and_then(|it| u32::try_from(it).ok()),
        memory_limit: limit("memory").and_then(|it| positive(it.value())),
        cpu_limit: limit("cpu").and_then(|it| positive(it.milli_value())),
        restart_count: worker.containers[place].restarts,
        stdin: container.stdin == Some(true),
        sees: sees(worker, object, place),
        env,
    }
}
