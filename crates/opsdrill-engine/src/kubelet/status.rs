//! The status of a pod as its kubelet sees it.

use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateRunning, ContainerStateTerminated,
    ContainerStateWaiting, ContainerStatus, HostIP, PodIP, PodSpec, PodStatus, VolumeMountStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use opsdrill_objects::Object;
use opsdrill_objects::pod::{Pod, TOKEN_VOLUME};

use super::conditions;
use super::report;
use super::worker::{Ended, RunState, Sandbox, Worker, container_spec, is_sidecar, restarts};

/// Writes the pod's status if it has changed.
pub(super) fn write(world: &mut World, worker: &Worker, host_ip: &str) {
    let Some(object) = report::pod(world, worker) else { return };
    let Some(pod) = object.pod() else { return };
    let status = generate(world, worker, &object, pod, host_ip);
    if status == *pod.status {
        return;
    }
    let pod = Pod {
        spec: pod.spec.clone(),
        node_name: pod.node_name.clone(),
        token_volume: pod.token_volume.clone(),
        status: Box::new(status),
    };
    let object = Object { kind: object.kind, meta: object.meta.clone(), body: pod.into() };
    report::write_status(world, &worker.node, object);
}

fn generate(
    world: &World,
    worker: &Worker,
    object: &Object,
    pod: &Pod,
    host_ip: &str,
) -> PodStatus {
    let old = &pod.status;
    let spec = &*pod.spec;
    let terminating = object.meta.is_terminating() || worker.evicted.is_some();
    let evicted = worker.evicted.as_deref().filter(|_| !worker.is_running());
    let mut init: Vec<ContainerStatus> = (0..worker.containers.len())
        .map(|place| container_status(worker, pod, place, terminating))
        .collect();
    let mut app = init.split_off(worker.init_count);
    let ephemeral = app.split_off(worker.own().len());
    let phase = if old.phase.as_deref().is_some_and(|it| matches!(it, "Succeeded" | "Failed")) {
        old.phase.clone().unwrap_or_default()
    } else if evicted.is_some() {
        "Failed".to_owned()
    } else {
        phase(spec, &init, &app, terminating && !worker.is_running()).to_owned()
    };
    let sandbox = worker.sandbox == Sandbox::Ready;
    let now = report::unix_now(world);
    let mut conditions = conditions::all(spec, old, &phase, sandbox, (&init, &app), now);
    if let Some(evicted) = worker.evicted.as_deref().filter(|it| it.by_pressure) {
        conditions::add_disruption(&mut conditions, &evicted.message, now);
    }
    let ip = worker.ip.as_deref();
    PodStatus {
        phase: Some(phase),
        conditions: Some(conditions),
        container_statuses: Some(app),
        init_container_statuses: (!init.is_empty()).then_some(init),
        host_ip: Some(host_ip.to_owned()),
        host_ips: Some(vec![HostIP { ip: host_ip.to_owned() }]),
        pod_ip: ip.map(str::to_owned),
        pod_ips: ip.map(|ip| vec![PodIP { ip: ip.to_owned() }]),
        start_time: time(worker.start_time),
        ephemeral_container_statuses: (!ephemeral.is_empty()).then_some(ephemeral),
        // What others have written stays.
        message: evicted.map(|it| it.message.clone()).or_else(|| old.message.clone()),
        nominated_node_name: old.nominated_node_name.clone(),
        observed_generation: old.observed_generation,
        qos_class: old.qos_class.clone(),
        reason: evicted.map(|_| "Evicted".to_owned()).or_else(|| old.reason.clone()),
        resize: old.resize.clone(),
        resource_claim_statuses: old.resource_claim_statuses.clone(),
    }
}

fn container_status(
    worker: &Worker,
    pod: &Pod,
    place: usize,
    terminating: bool,
) -> ContainerStatus {
    let run = &worker.containers[place];
    let spec = container_spec(&pod.spec, place).expect("a worker's containers are its pod's");
    let ephemeral = worker.ephemeral().contains(&place);
    let mut last = run.last.as_deref();
    let mut state = ContainerState::default();
    let mut ready = false;
    match &run.state {
        RunState::Running(running) => {
            let started_at = time(running.started_at);
            state.running = Some(ContainerStateRunning { started_at });
            let serves = worker.own().contains(&place) || is_sidecar(&spec);
            ready = serves && run.started && run.ready;
        }
        RunState::Ended(ended) => {
            ready = place < worker.init_count && !is_sidecar(&spec) && ended.exit_code == 0;
            let restarts = !ephemeral && restarts(&pod.spec, &spec, ended.exit_code);
            let again = !terminating && restarts && !ready;
            match &run.trouble {
                Some((reason, message)) if again => {
                    state.waiting = Some(waiting(reason, message));
                    last = Some(ended);
                }
                _ => state.terminated = Some(terminated(ended)),
            }
        }
        RunState::Waiting => {
            let (reason, message) = match &run.trouble {
                Some((reason, message)) => (*reason, message.as_str()),
                None if worker.init_count > 0 => ("PodInitializing", ""),
                None => ("ContainerCreating", ""),
            };
            state.waiting = Some(waiting(reason, message));
        }
    }
    let id = match &run.state {
        RunState::Waiting => None,
        RunState::Running(running) => Some(&running.id),
        RunState::Ended(ended) => Some(&ended.id),
    };
    let (image, image_id) = match id {
        Some(_) => (run.image.name.clone(), run.image.id.clone()),
        None => (spec.image.clone().unwrap_or_default(), String::new()),
    };
    ContainerStatus {
        name: run.name.to_string(),
        image,
        image_id,
        container_id: id.map(ToString::to_string),
        last_state: Some(ContainerState {
            terminated: last.map(terminated),
            ..ContainerState::default()
        }),
        ready,
        restart_count: run.restarts,
        started: (!ephemeral).then(|| run.running().is_some() && run.started),
        state: Some(state),
        volume_mounts: volume_mounts(pod, &spec),
        ..ContainerStatus::default()
    }
}

fn volume_mounts(pod: &Pod, container: &Container) -> Option<Vec<VolumeMountStatus>> {
    let mounts = container.volume_mounts.as_ref().filter(|it| !it.is_empty())?;
    let status = |it: &k8s_openapi::api::core::v1::VolumeMount| {
        let own = pod.token_volume.as_deref().filter(|_| it.name == TOKEN_VOLUME);
        let read_only = it.read_only.filter(|it| *it);
        VolumeMountStatus {
            mount_path: it.mount_path.clone(),
            name: own.unwrap_or(&it.name).to_owned(),
            read_only,
            recursive_read_only: read_only.map(|_| "Disabled".to_owned()),
        }
    };
    Some(mounts.iter().map(status).collect())
}

fn waiting(reason: &str, message: &str) -> ContainerStateWaiting {
    ContainerStateWaiting {
        reason: Some(reason.to_owned()),
        message: (!message.is_empty()).then(|| message.to_owned()),
    }
}

fn terminated(ended: &Ended) -> ContainerStateTerminated {
    ContainerStateTerminated {
        container_id: Some(ended.id.to_string()),
        exit_code: ended.exit_code,
        reason: Some(ended.reason.to_owned()),
        message: (!ended.message.is_empty()).then(|| ended.message.clone()),
        started_at: time(ended.started_at),
        finished_at: time(ended.finished_at),
        ..ContainerStateTerminated::default()
    }
}

/// The phase by the states of the containers, after the kubelet's `getPhase`.
fn phase(
    spec: &PodSpec,
    init: &[ContainerStatus],
    app: &[ContainerStatus],
    is_terminal: bool,
) -> &'static str {
    let last_code =
        |it: &ContainerStatus| Some(it.last_state.as_ref()?.terminated.as_ref()?.exit_code);
    let code = |it: &ContainerStatus| Some(it.state.as_ref()?.terminated.as_ref()?.exit_code);
    let runs = |it: &ContainerStatus| it.state.as_ref().is_some_and(|it| it.running.is_some());
    let (mut pending, mut failed) = (false, false);
    let specs = spec.init_containers.as_deref().unwrap_or_default();
    for (status, spec) in init.iter().zip(specs) {
        if is_sidecar(spec) {
            pending |= status.started != Some(true) && !is_terminal;
        } else if let Some(code) = code(status) {
            failed |= code != 0;
        } else if runs(status) {
            pending = true;
        } else {
            let last = last_code(status);
            failed |= last.is_some_and(|it| it != 0);
            pending |= last.is_none();
        }
    }
    let policy = spec.restart_policy.as_deref().unwrap_or("Always");
    if failed && policy == "Never" {
        return "Failed";
    }
    let is_waiting =
        |it: &&ContainerStatus| !runs(it) && code(it).is_none() && last_code(it).is_none();
    if pending || app.iter().any(|it| is_waiting(&it)) {
        return if is_terminal && failed { "Failed" } else { "Pending" };
    }
    if app.iter().any(runs) {
        return "Running";
    }
    let succeeded = app.iter().all(|it| code(it) == Some(0));
    match policy {
        "Always" if !is_terminal => "Running",
        _ if succeeded => "Succeeded",
        "Never" => "Failed",
        _ if is_terminal => "Failed",
        _ => "Running",
    }
}

/// A date as the API's type.
pub(super) fn time(unix_seconds: i64) -> Option<Time> {
    Timestamp::from_second(unix_seconds).ok().map(Time)
}

/// The name of a container's run: 64 hexadecimal digits, the same in every replay.
pub(super) fn container_id(seed: u64, worker: &Worker, place: usize, run: i32) -> Arc<str> {
    let text = format!("{seed}/{}/{place}/{run}", worker.uid);
    format!("containerd://{}", blake3::hash(text.as_bytes()).to_hex()).into()
}
