//! The cells of a pod: what `kubectl get pods` says of its state (`printPod` of the server).

use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus, PodSpec};

use crate::pod::Pod;
use crate::{Object, duration};

use super::super::cells::{age, or_none};

/// One cell for each column, wide ones too.
pub(super) fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(pod) = object.pod() else { return Vec::new() };
    let summary = Summary::of(object, pod);
    let status = &pod.status;
    let address = status.pod_ips.iter().flatten().next().map(|it| it.ip.as_str());
    vec![
        object.meta.name.to_string(),
        format!("{}/{}", summary.ready, summary.total),
        summary.reason,
        summary.restarts.text(now),
        age(object, now),
        or_none(address),
        or_none(pod.node_name.as_deref()),
        or_none(status.nominated_node_name.as_deref()),
        readiness_gates(pod),
    ]
}

fn readiness_gates(pod: &Pod) -> String {
    let gates = pod.spec.readiness_gates.as_deref().unwrap_or_default();
    if gates.is_empty() {
        return or_none(None);
    }
    let open = gates.iter().filter(|it| pod.condition(&it.condition_type)).count();
    format!("{open}/{}", gates.len())
}

/// How often containers were restarted, and when the last one had ended.
#[derive(Clone, Copy, Default)]
struct Restarts {
    count: i32,
    last_end: Option<i64>,
}

impl Restarts {
    fn add(&mut self, container: &ContainerStatus) {
        self.count += container.restart_count;
        let last = container.last_state.as_ref().and_then(|it| it.terminated.as_ref());
        let end = last.and_then(|it| it.finished_at.as_ref()).map(|it| it.0.as_second());
        self.last_end = self.last_end.max(end);
    }

    fn text(self, now: i64) -> String {
        match self.last_end {
            Some(end) if self.count != 0 => {
                format!("{} ({} ago)", self.count, duration::human((now - end) * 1000))
            }
            _ => self.count.to_string(),
        }
    }
}

struct Summary {
    ready: usize,
    total: usize,
    reason: String,
    restarts: Restarts,
}

impl Summary {
    fn of(object: &Object, pod: &Pod) -> Self {
        let status = &pod.status;
        let sidecars =
            pod.spec.init_containers.iter().flatten().filter(|it| is_sidecar(it)).count();
        let mut summary = Self {
            ready: 0,
            total: pod.spec.containers.len() + sidecars,
            reason: status.reason.as_deref().unwrap_or(pod.phase()).to_owned(),
            restarts: Restarts::default(),
        };
        let gated = status.conditions.iter().flatten().any(|it| {
            it.type_ == "PodScheduled" && it.reason.as_deref() == Some("SchedulingGated")
        });
        if gated {
            "SchedulingGated".clone_into(&mut summary.reason);
        }
        let mut sidecar_restarts = Restarts::default();
        let initializing = summary.look_at_init_containers(pod, &mut sidecar_restarts);
        if !initializing || pod.condition("Initialized") {
            summary.restarts = sidecar_restarts;
            summary.look_at_containers(pod);
        }
        if object.meta.is_terminating() {
            if status.reason.as_deref() == Some("NodeLost") {
                "Unknown".clone_into(&mut summary.reason);
            } else if !pod.is_finished() {
                "Terminating".clone_into(&mut summary.reason);
            }
        }
        summary
    }

    /// The first init container that is not done decides; whether there is one.
    fn look_at_init_containers(&mut self, pod: &Pod, sidecar_restarts: &mut Restarts) -> bool {
        let total = pod.spec.init_containers.as_ref().map_or(0, Vec::len);
        for (place, container) in pod.status.init_container_statuses.iter().flatten().enumerate() {
            let sidecar = is_sidecar_named(&pod.spec, &container.name);
            self.restarts.add(container);
            if sidecar {
                sidecar_restarts.add(container);
            }
            let state = container.state.as_ref();
            let ended = state.and_then(|it| it.terminated.as_ref());
            if ended.is_some_and(|it| it.exit_code == 0) {
                continue;
            }
            if sidecar && container.started == Some(true) {
                self.ready += usize::from(container.ready);
                continue;
            }
            let why = state
                .and_then(end_reason)
                .or_else(|| waiting_reason(state).filter(|it| it != "PodInitializing"));
            self.reason = match why {
                Some(why) => format!("Init:{why}"),
                None => format!("Init:{place}/{total}"),
            };
            return true;
        }
        false
    }

    /// The first container that does not run decides; the containers are looked at from the last on.
    fn look_at_containers(&mut self, pod: &Pod) {
        let mut any_running = false;
        for container in pod.status.container_statuses.iter().flatten().rev() {
            self.restarts.add(container);
            let state = container.state.as_ref();
            if let Some(why) = waiting_reason(state).or_else(|| state.and_then(end_reason)) {
                self.reason = why;
            } else if container.ready && state.is_some_and(|it| it.running.is_some()) {
                any_running = true;
                self.ready += 1;
            }
        }
        if self.reason == "Completed" && any_running {
            let word = if pod.is_ready() { "Running" } else { "NotReady" };
            word.clone_into(&mut self.reason);
        }
    }
}

/// Why a container waits, if it does and says so.
fn waiting_reason(state: Option<&ContainerState>) -> Option<String> {
    let waiting = state?.waiting.as_ref()?;
    waiting.reason.clone().filter(|it| !it.is_empty())
}

/// Why a container ended, if it has.
fn end_reason(state: &ContainerState) -> Option<String> {
    let ended = state.terminated.as_ref()?;
    match (ended.reason.as_deref().unwrap_or_default(), ended.signal.unwrap_or_default()) {
        ("", 0) => Some(format!("ExitCode:{}", ended.exit_code)),
        ("", signal) => Some(format!("Signal:{signal}")),
        (reason, _) => Some(reason.to_owned()),
    }
}

/// Whether an init container keeps running beside the others.
fn is_sidecar(container: &k8s_openapi::api::core::v1::Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

fn is_sidecar_named(spec: &PodSpec, name: &str) -> bool {
    spec.init_containers.iter().flatten().any(|it| it.name == name && is_sidecar(it))
}
