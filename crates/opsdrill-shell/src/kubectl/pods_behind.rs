//! The pods of a workload or service, and which of them a verb takes when it needs one.

use std::cmp::Reverse;
use std::sync::Arc;

use opsdrill_objects::selector::{format_label_selector, format_labels};
use opsdrill_objects::{Kind, Object, decode};

use crate::door::WaitOutcome;

use super::context::{Context, INTERRUPTED};
use super::errors::ToolError;

/// The selector by which an object finds its pods.
fn selector_of(object: &Object) -> Result<String, String> {
    let selector = match object.kind {
        Kind::Deployment => object
            .deployment()
            .and_then(|it| it.spec.as_ref())
            .map(|it| format_label_selector(Some(&it.selector))),
        Kind::ReplicaSet => object
            .replica_set()
            .and_then(|it| it.spec.as_ref())
            .map(|it| format_label_selector(Some(&it.selector))),
        Kind::Service => {
            let labels = object.service().and_then(|it| it.spec.as_ref()?.selector.as_ref());
            let Some(labels) = labels.filter(|it| !it.is_empty()) else {
                return Err(format!(
                    "invalid service '{}': Service is defined without a selector",
                    object.meta.name
                ));
            };
            Some(format_labels(labels))
        }
        // These make their pods by a selector of the same shape.
        Kind::DaemonSet | Kind::Job | Kind::StatefulSet => {
            let selector = decode::label_selector(&object.to_value()["spec"]["selector"]);
            Some(format_label_selector(selector.as_ref()))
        }
        _ => None,
    };
    selector.ok_or_else(|| format!("selector for {} not implemented", go_type(object)))
}

/// `*v1.ConfigMap`, as complaints name the type.
fn go_type(object: &Object) -> String {
    format!("*v1.{}", object.kind.info().name)
}

/// An object's pods in the order in which `rank` prefers them; equal ones in the server's order. The first pod is
/// waited for.
///
/// # Errors
/// When there are none by then, or the object has no pods at all: kubectl `cannot` then do what it was asked.
fn sorted<K: Ord>(
    context: &mut Context,
    object: &Object,
    cannot: &str,
    patience_ms: u64,
    rank: impl Fn(&Object) -> K,
) -> Result<Vec<Arc<Object>>, ToolError> {
    let selector = selector_of(object)
        .map_err(|why| ToolError::plain(format!("cannot {cannot} {}: {why}", go_type(object))))?;
    let deadline = context.door.now_ms().saturating_add(patience_ms);
    let mut pods = loop {
        let (pods, _) = context.list(Kind::Pod, object.meta.namespace(), &selector, "")?;
        if !pods.is_empty() {
            break pods;
        }
        if context.door.now_ms() >= deadline {
            return Err(ToolError::plain("timed out waiting for the condition"));
        }
        if context.door.next_change(deadline) == WaitOutcome::Interrupted {
            return Err(ToolError::Exit(INTERRUPTED));
        }
    };
    pods.sort_by_key(|it| rank(it));
    Ok(pods)
}

/// An object's pods, those first whose logs tell most: running, long ready, often restarted, old.
///
/// # Errors
/// When there are none, or the object has no pods at all.
pub(super) fn for_logs(
    context: &mut Context,
    object: &Object,
    patience_ms: u64,
) -> Result<Vec<Arc<Object>>, ToolError> {
    sorted(context, object, "get the logs from", patience_ms, |it| {
        let state = State::of(it);
        let phase = match state.phase {
            Phase::Running | Phase::Ended => 0,
            Phase::Unknown => 1,
            Phase::Pending => 2,
        };
        let restarts = Reverse(state.restarts);
        (!state.assigned, phase, state.ready.is_none(), state.ready, restarts, it.meta.created)
    })
}

/// The pod of an object into which commands go: running, ready, not on its way out, steady, old.
///
/// # Errors
/// When there are none, or the object has no pods at all.
pub(super) fn for_commands(
    context: &mut Context,
    object: &Object,
    patience_ms: u64,
) -> Result<Arc<Object>, ToolError> {
    let pods = sorted(context, object, "attach to", patience_ms, |it| {
        let state = State::of(it);
        let phase = match state.phase {
            Phase::Running => 0,
            Phase::Unknown => 1,
            Phase::Pending | Phase::Ended => 2,
        };
        let deletion = it.meta.deletion.map(|it| Reverse(it.at));
        let rank = (!state.assigned, phase, state.ready.is_none(), deletion);
        (rank, state.ready, state.restarts, it.meta.created)
    })?;
    Ok(Arc::clone(&pods[0]))
}

/// What is compared of a pod.
struct State {
    assigned: bool,
    phase: Phase,
    /// Since when it is ready, Unix seconds.
    ready: Option<i64>,
    /// Of the containers, then of the sidecars.
    restarts: (i32, i32),
}

#[derive(Clone, Copy)]
enum Phase {
    Pending,
    Unknown,
    Running,
    Ended,
}

impl State {
    fn of(object: &Object) -> Self {
        let pod = object.pod().expect("a list of pods");
        let conditions = pod.status.conditions.iter().flatten();
        let ready = conditions.filter(|it| it.type_ == "Ready" && it.status == "True");
        let since = ready.map(|it| it.last_transition_time.as_ref().map(|it| it.0.as_second()));
        let most = |counts: &mut dyn Iterator<Item = i32>| counts.max().unwrap_or_default();
        let sidecars: Vec<&str> = pod
            .spec
            .init_containers
            .iter()
            .flatten()
            .filter(|it| it.restart_policy.as_deref() == Some("Always"))
            .map(|it| it.name.as_str())
            .collect();
        let own = pod.status.container_statuses.iter().flatten();
        let beside = pod.status.init_container_statuses.iter().flatten();
        Self {
            assigned: pod.node_name.is_some(),
            phase: match pod.phase() {
                "Running" => Phase::Running,
                "Pending" => Phase::Pending,
                "Unknown" => Phase::Unknown,
                _ => Phase::Ended,
            },
            ready: since.map(Option::unwrap_or_default).next(),
            restarts: (
                most(&mut own.map(|it| it.restart_count)),
                most(
                    &mut beside
                        .filter(|it| sidecars.contains(&it.name.as_str()))
                        .map(|it| it.restart_count),
                ),
            ),
        }
    }
}
