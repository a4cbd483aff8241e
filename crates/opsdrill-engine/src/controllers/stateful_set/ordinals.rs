//! What is done for each ordinal, one after the other (`updateStatefulSet`).

use std::collections::BTreeMap;
use std::sync::Arc;

use opsdrill_objects::Object;

use super::{Turn, identity};
use crate::api::Options;
use crate::controllers::Change;

/// The ordinals that should be, with their pods.
pub(super) type Replicas = BTreeMap<i32, Option<Arc<Object>>>;

/// The pods by their ordinals, and those that are too many, the last first.
pub(super) fn sort(
    turn: &Turn<'_>,
    present: impl Iterator<Item = Arc<Object>>,
) -> (Replicas, Vec<Arc<Object>>) {
    let start = turn.start();
    let mut replicas: Replicas = (start..start + turn.wanted()).map(|it| (it, None)).collect();
    let mut condemned = BTreeMap::new();
    for pod in present {
        let Some(ordinal) = identity::ordinal(turn.object, &pod) else { continue };
        match replicas.get_mut(&ordinal) {
            Some(place) => *place = Some(pod),
            None => drop(condemned.insert(ordinal, pod)),
        }
    }
    (replicas, condemned.into_values().rev().collect())
}

fn is_healthy(pod: &Object) -> bool {
    Turn::is_ready(pod) && !pod.meta.is_terminating()
}

/// Makes what is missing, unmakes what is too much, and brings the present revision to one pod after the other.
pub(super) fn act(turn: &mut Turn<'_>, replicas: &Replicas, condemned: &[Arc<Object>]) {
    let mut go_on = true;
    for (ordinal, pod) in replicas {
        go_on = replica(turn, *ordinal, pod.as_ref());
        if !go_on {
            break;
        }
    }
    if !go_on {
        return;
    }
    let mut all = replicas.values().map(Option::as_ref).chain(condemned.iter().map(Some));
    let first_unhealthy = all.find(|it| !it.is_some_and(|it| is_healthy(it))).flatten().cloned();
    for pod in condemned {
        if !one_too_many(turn, pod, first_unhealthy.as_ref()) {
            return;
        }
    }
    if turn.rolls() {
        roll(turn, replicas);
    }
}

/// Sees to an ordinal's pod; false if the others have to wait.
fn replica(turn: &mut Turn<'_>, ordinal: i32, pod: Option<&Arc<Object>>) -> bool {
    let parallel = turn.is_parallel();
    let Some(pod) = pod else {
        let claims = identity::missing_claims(turn, ordinal);
        turn.changes.extend(claims);
        let new = identity::pod(turn, ordinal);
        turn.changes.push(Change::Create(Box::new(new)));
        return parallel;
    };
    let phase = pod.pod().map(|it| it.phase().to_owned()).unwrap_or_default();
    if ["Failed", "Succeeded"].contains(&phase.as_str()) && !pod.meta.is_terminating() {
        let how = if phase == "Failed" { "failed" } else { "terminated" };
        let message =
            format!("StatefulSet {} is recreating {how} Pod {}", turn.object.path(), pod.meta.name);
        turn.changes.push(if phase == "Failed" {
            Change::warning(turn.object, "RecreatingFailedPod", message)
        } else {
            Change::normal(turn.object, "RecreatingTerminatedPod", message)
        });
        delete(turn, pod);
        return false;
    }
    if phase == "Pending" {
        let claims = identity::missing_claims(turn, ordinal);
        turn.changes.extend(claims);
    }
    // In order, each waits for the one before it.
    parallel || !pod.meta.is_terminating() && turn.is_available(pod)
}

/// Unmakes a pod; false if the others have to wait.
fn one_too_many(
    turn: &mut Turn<'_>,
    pod: &Arc<Object>,
    first_unhealthy: Option<&Arc<Object>>,
) -> bool {
    let parallel = turn.is_parallel();
    if pod.meta.is_terminating() {
        return parallel;
    }
    let is_first = first_unhealthy.is_some_and(|it| it.meta.uid == pod.meta.uid);
    if !parallel && !is_first && !turn.is_available(pod) {
        return false;
    }
    let ordinal = identity::ordinal(turn.object, pod).unwrap_or_default();
    let claims = identity::give_claims_to(turn, pod, ordinal);
    turn.changes.extend(claims);
    delete(turn, pod);
    parallel
}

/// Unmakes the last pod of another revision, once those after it are well.
fn roll(turn: &mut Turn<'_>, replicas: &Replicas) {
    let first = turn.start() + turn.partition();
    for (_, pod) in replicas.range(first..).rev() {
        let Some(pod) = pod else { return };
        let old = identity::revision(pod) != Some(&turn.update);
        if old && !pod.meta.is_terminating() {
            delete(turn, pod);
            return;
        }
        if !is_healthy(pod) {
            return;
        }
    }
}

fn delete(turn: &mut Turn<'_>, pod: &Arc<Object>) {
    turn.changes.push(Change::delete(pod, Options::default()));
    let message =
        format!("delete Pod {} in StatefulSet {} successful", pod.meta.name, turn.object.meta.name);
    turn.changes.push(Change::normal(turn.object, "SuccessfulDelete", message));
}
