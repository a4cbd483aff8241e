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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::Kind;
    use crate::decode::decode_object;

    /// READY and STATUS of a pod.
    fn state(metadata: &Value, spec: &Value, status: &Value) -> [String; 2] {
        let document = json!({ "metadata": metadata, "spec": spec, "status": status });
        let object = decode_object(Kind::Pod, document).expect("a pod").value;
        let cells = cells(&object, 100);
        [cells[1].clone(), cells[2].clone()]
    }

    fn containers(names: &[&str]) -> Value {
        let containers: Vec<Value> = names.iter().map(|it| json!({ "name": it })).collect();
        json!({ "containers": containers })
    }

    const COMPLETED: &str = r#"{ "terminated": { "exitCode": 0, "reason": "Completed" } }"#;

    fn status(name: &str, ready: bool, state: &str) -> Value {
        let state: Value = serde_json::from_str(state).expect("a state");
        json!({ "name": name, "ready": ready, "started": ready, "restartCount": 0, "state": state })
    }

    #[test]
    fn a_pod_on_its_way_out_is_terminating_unless_it_has_ended() {
        let metadata = json!({ "deletionTimestamp": "2026-11-22T21:26:17Z" });
        let state = |status: Value| state(&metadata, &containers(&["a"]), &status);
        assert_eq!(state(json!({ "phase": "Running" })), ["0/1", "Terminating"]);
        assert_eq!(state(json!({ "phase": "Succeeded" })), ["0/1", "Succeeded"]);
        assert_eq!(state(json!({ "phase": "Running", "reason": "NodeLost" })), ["0/1", "Unknown"]);
    }

    #[test]
    fn a_pod_with_one_container_done_and_one_running_depends_on_its_readiness() {
        let both =
            json!([status("a", false, COMPLETED), status("b", true, r#"{ "running": {} }"#)]);
        let state = |ready: &str| {
            let status = json!({
                "phase": "Running", "containerStatuses": both,
                "conditions": [{ "type": "Ready", "status": ready }],
            });
            state(&json!({}), &containers(&["a", "b"]), &status)
        };
        assert_eq!(state("True"), ["1/2", "Running"]);
        assert_eq!(state("False"), ["1/2", "NotReady"]);
    }

    #[test]
    fn ends_without_a_reason_show_the_signal_or_the_code() {
        for (end, expected) in [
            (r#"{ "terminated": { "exitCode": 137, "signal": 9 } }"#, "Signal:9"),
            (r#"{ "terminated": { "exitCode": 3 } }"#, "ExitCode:3"),
        ] {
            let ended =
                json!({ "phase": "Failed", "containerStatuses": [status("a", false, end)] });
            assert_eq!(state(&json!({}), &containers(&["a"]), &ended)[1], expected);
            let spec =
                json!({ "containers": [{ "name": "a" }], "initContainers": [{ "name": "i" }] });
            let ended =
                json!({ "phase": "Pending", "initContainerStatuses": [status("i", false, end)] });
            assert_eq!(state(&json!({}), &spec, &ended)[1], format!("Init:{expected}"));
        }
    }

    #[test]
    fn init_containers_are_counted_and_sidecars_are_ready_with_the_rest() {
        let spec = json!({
            "containers": [{ "name": "a" }],
            "initContainers": [{ "name": "i" }, { "name": "s", "restartPolicy": "Always" }],
        });
        let waiting = r#"{ "waiting": { "reason": "PodInitializing" } }"#;
        let half = json!({ "phase": "Pending", "initContainerStatuses": [
            status("i", true, COMPLETED), status("s", false, waiting),
        ] });
        assert_eq!(state(&json!({}), &spec, &half), ["0/2", "Init:1/2"]);
        let sidecar_up = json!({
            "phase": "Pending",
            "initContainerStatuses": [status("i", true, COMPLETED), status("s", true, r#"{ "running": {} }"#)],
            "containerStatuses": [status("a", false, waiting)],
        });
        assert_eq!(state(&json!({}), &spec, &sidecar_up), ["1/2", "PodInitializing"]);
    }

    #[test]
    fn an_evicted_pod_shows_the_reason_of_its_status() {
        let evicted = json!({ "phase": "Failed", "reason": "Evicted" });
        assert_eq!(state(&json!({}), &containers(&["a"]), &evicted), ["0/1", "Evicted"]);
    }
}
