//! The conditions of a pod's status.

use k8s_openapi::api::core::v1::{ContainerStatus, PodCondition, PodSpec, PodStatus};

use super::status::time;
use super::worker::is_sidecar;

/// What a condition says: whether it holds, a reason and a message, both empty if none.
struct Finding {
    holds: bool,
    reason: &'static str,
    message: String,
}

impl Finding {
    fn plain(holds: bool) -> Self {
        Self::because(holds, "", String::new())
    }

    fn because(holds: bool, reason: &'static str, message: String) -> Self {
        Self { holds, reason, message }
    }
}

/// All conditions: the kubelet's own in its order, then those that others have written.
pub(super) fn all(
    spec: &PodSpec,
    old: &PodStatus,
    phase: &str,
    sandbox: bool,
    (init, app): (&[ContainerStatus], &[ContainerStatus]),
    now: i64,
) -> Vec<PodCondition> {
    let before = old.conditions.as_deref().unwrap_or_default();
    let ready = containers_ready(spec, phase, init, app);
    let findings = [
        ("PodReadyToStartContainers", Finding::plain(sandbox)),
        ("Initialized", initialized(spec, phase, init)),
        ("Ready", gated(spec, before, &ready)),
        ("ContainersReady", ready),
        ("PodScheduled", Finding::plain(true)),
    ];
    let others = before.iter().filter(|it| findings.iter().all(|(name, _)| *name != it.type_));
    let others: Vec<PodCondition> = others.cloned().collect();
    let own = findings.into_iter().map(|(name, finding)| condition(before, name, finding, now));
    own.chain(others).collect()
}

/// Adds why a kubelet ends a pod when its node runs short.
pub(super) fn add_disruption(conditions: &mut Vec<PodCondition>, message: &str, now: i64) {
    let since = conditions.iter().find(|it| it.type_ == "DisruptionTarget" && it.status == "True");
    let since = since.and_then(|it| it.last_transition_time.clone());
    conditions.retain(|it| it.type_ != "DisruptionTarget");
    conditions.push(PodCondition {
        type_: "DisruptionTarget".to_owned(),
        status: "True".to_owned(),
        reason: Some("TerminationByKubelet".to_owned()),
        message: Some(message.to_owned()),
        last_transition_time: since.or_else(|| time(now)),
        ..PodCondition::default()
    });
}

fn condition(before: &[PodCondition], name: &str, finding: Finding, now: i64) -> PodCondition {
    let status = if finding.holds { "True" } else { "False" };
    let same = before.iter().find(|it| it.type_ == name && it.status == status);
    PodCondition {
        type_: name.to_owned(),
        status: status.to_owned(),
        reason: (!finding.reason.is_empty()).then(|| finding.reason.to_owned()),
        message: (!finding.message.is_empty()).then_some(finding.message),
        last_transition_time: same
            .and_then(|it| it.last_transition_time.clone())
            .or_else(|| time(now)),
        ..PodCondition::default()
    }
}

fn initialized(spec: &PodSpec, phase: &str, init: &[ContainerStatus]) -> Finding {
    if phase == "Succeeded" {
        return Finding::because(true, "PodCompleted", String::new());
    }
    let specs = spec.init_containers.as_deref().unwrap_or_default();
    let done = |status: &ContainerStatus, sidecar: bool| {
        if sidecar { status.started == Some(true) } else { status.ready }
    };
    let incomplete: Vec<&str> = init
        .iter()
        .zip(specs)
        .filter(|(status, spec)| !done(status, is_sidecar(spec)))
        .map(|(status, _)| status.name.as_str())
        .collect();
    if incomplete.is_empty() {
        return Finding::plain(true);
    }
    let message = format!("containers with incomplete status: [{}]", incomplete.join(" "));
    Finding::because(false, "ContainersNotInitialized", message)
}

fn containers_ready(
    spec: &PodSpec,
    phase: &str,
    init: &[ContainerStatus],
    app: &[ContainerStatus],
) -> Finding {
    match phase {
        "Succeeded" => return Finding::because(false, "PodCompleted", String::new()),
        "Failed" => return Finding::because(false, "PodFailed", String::new()),
        _ => {}
    }
    let specs = spec.init_containers.as_deref().unwrap_or_default();
    let sidecars = init.iter().zip(specs).filter(|(_, it)| is_sidecar(it)).map(|(it, _)| it);
    let unready: Vec<&str> =
        sidecars.chain(app).filter(|it| !it.ready).map(|it| it.name.as_str()).collect();
    if unready.is_empty() {
        return Finding::plain(true);
    }
    let message = format!("containers with unready status: [{}]", unready.join(" "));
    Finding::because(false, "ContainersNotReady", message)
}

/// Readiness gates come after the containers.
fn gated(spec: &PodSpec, before: &[PodCondition], ready: &Finding) -> Finding {
    if !ready.holds {
        return Finding::because(false, ready.reason, ready.message.clone());
    }
    let mut complaints = Vec::new();
    for gate in spec.readiness_gates.iter().flatten() {
        let name = &gate.condition_type;
        match before.iter().find(|it| it.type_ == *name) {
            None => complaints.push(format!(
                "corresponding condition of pod readiness gate {name:?} does not exist."
            )),
            Some(it) if it.status != "True" => complaints.push(format!(
                "the status of pod readiness gate {name:?} is not \"True\", but {}",
                it.status
            )),
            Some(_) => {}
        }
    }
    if complaints.is_empty() {
        return Finding::plain(true);
    }
    Finding::because(false, "ReadinessGatesNotReady", complaints.join(", "))
}
