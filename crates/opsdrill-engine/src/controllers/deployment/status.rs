//! A Deployment's status: counts, and the conditions Available, Progressing and ReplicaFailure.

use k8s_openapi::api::apps::v1::{DeploymentCondition, DeploymentStatus};

use super::turn::{Set, Turn};
use crate::controllers::dates;
use crate::time::SimDuration;

const AVAILABLE: &str = "Available";
const PROGRESSING: &str = "Progressing";
const REPLICA_FAILURE: &str = "ReplicaFailure";

/// The reason of a completed rollout.
const NEW_SET_AVAILABLE: &str = "NewReplicaSetAvailable";
/// The reason of a rollout that made no progress for too long.
const TIMED_OUT: &str = "ProgressDeadlineExceeded";
/// The reason of a paused rollout.
const PAUSED: &str = "DeploymentPaused";

/// Brings counts and availability up to date.
pub(super) fn sync(turn: &mut Turn<'_>) {
    turn.status = calculated(turn);
}

/// Brings counts, availability and progress up to date.
pub(super) fn sync_rollout(turn: &mut Turn<'_>) {
    let mut status = calculated(turn);
    let current = condition(&turn.status, PROGRESSING).cloned();
    if turn.progress_deadline().is_some() {
        let completed = status.replicas == status.updated_replicas
            && current.as_ref().is_some_and(|it| it.reason.as_deref() == Some(NEW_SET_AVAILABLE));
        if !completed {
            note_progress(turn, &mut status, current);
        }
    } else {
        remove(&mut status, PROGRESSING);
    }
    match replica_failure(turn) {
        Some(failure) => set(&mut status, failure),
        None => remove(&mut status, REPLICA_FAILURE),
    }
    turn.status = status;
    look_again_at_deadline(turn);
}

fn note_progress(
    turn: &Turn<'_>,
    status: &mut DeploymentStatus,
    current: Option<DeploymentCondition>,
) {
    let subject = match turn.new_set() {
        Some(set) => format!("ReplicaSet {:?}", set.object.meta.name),
        None => format!("Deployment {:?}", turn.object.meta.name),
    };
    if is_complete(turn, status) {
        let message = format!("{subject} has successfully progressed.");
        set(status, new(turn, PROGRESSING, "True", NEW_SET_AVAILABLE, message));
    } else if has_progressed(&turn.status, status) {
        let message = format!("{subject} is progressing.");
        let mut progress = new(turn, PROGRESSING, "True", "ReplicaSetUpdated", message);
        // Unlike elsewhere the time of the last update moves though the reason stays: the deadline counts from it.
        if let Some(current) = current {
            if current.status == "True" {
                progress.last_transition_time = current.last_transition_time;
            }
            remove(status, PROGRESSING);
        }
        set(status, progress);
    } else if has_timed_out(turn, status) {
        let message = format!("{subject} has timed out progressing.");
        set(status, new(turn, PROGRESSING, "False", TIMED_OUT, message));
    }
}

/// Whether all replicas are of the new template and available, and no others are there.
pub(super) fn is_complete(turn: &Turn<'_>, status: &DeploymentStatus) -> bool {
    let replicas = turn.replicas();
    status.updated_replicas.unwrap_or_default() == replicas
        && status.replicas.unwrap_or_default() == replicas
        && status.available_replicas.unwrap_or_default() == replicas
        && status.observed_generation.unwrap_or_default() >= turn.object.meta.generation
}

fn has_progressed(old: &DeploymentStatus, new: &DeploymentStatus) -> bool {
    let updated = |it: &DeploymentStatus| it.updated_replicas.unwrap_or_default();
    let outdated = |it: &DeploymentStatus| it.replicas.unwrap_or_default() - updated(it);
    updated(new) > updated(old)
        || outdated(new) < outdated(old)
        || new.ready_replicas.unwrap_or_default() > old.ready_replicas.unwrap_or_default()
        || new.available_replicas.unwrap_or_default() > old.available_replicas.unwrap_or_default()
}

fn has_timed_out(turn: &Turn<'_>, status: &DeploymentStatus) -> bool {
    let deadline = turn.progress_deadline();
    let Some((condition, deadline)) = condition(status, PROGRESSING).zip(deadline) else {
        return false;
    };
    match condition.reason.as_deref() {
        Some(NEW_SET_AVAILABLE) => false,
        Some(TIMED_OUT) => true,
        _ => {
            let end = dates::unix(condition.last_update_time.as_ref()) + i64::from(deadline);
            dates::sim_time(turn.view, end) < turn.view.now()
        }
    }
}

/// A rollout that hangs changes nothing, so nobody would tell when its deadline passes.
fn look_again_at_deadline(turn: &mut Turn<'_>) {
    let current = condition(&turn.status, PROGRESSING);
    let Some((current, deadline)) = current.zip(turn.progress_deadline()) else { return };
    // A rollout that was completed once does not time out when it loses pods later.
    let over = matches!(current.reason.as_deref(), Some(TIMED_OUT | NEW_SET_AVAILABLE));
    let done = over || is_complete(turn, &turn.status);
    if !done {
        let end = dates::unix(current.last_update_time.as_ref()) + i64::from(deadline);
        let end = dates::sim_time(turn.view, end).max(turn.view.now());
        turn.again = Some(end + SimDuration::seconds(1));
    }
}

fn calculated(turn: &Turn<'_>) -> DeploymentStatus {
    let available = turn.available();
    let asked: i32 = turn.sets.iter().map(|it| it.asked_before).sum();
    let some = |count: i32| (count != 0).then_some(count);
    let sum = |count: fn(&Set) -> i32| some(turn.sets.iter().map(count).sum());
    let mut status = DeploymentStatus {
        observed_generation: Some(turn.object.meta.generation),
        replicas: sum(Set::replicas),
        updated_replicas: turn.new_set().and_then(|it| some(it.replicas())),
        ready_replicas: sum(|it| it.counted(|it| it.ready_replicas)),
        available_replicas: some(available),
        unavailable_replicas: some((asked - available).max(0)),
        collision_count: turn.status.collision_count,
        conditions: turn.status.conditions.clone(),
        terminating_replicas: None,
    };
    let (word, reason, message) = if available >= turn.strategy.min_available() {
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        let message = "Deployment does not have minimum availability.";
        ("False", "MinimumReplicasUnavailable", message)
    };
    set(&mut status, new(turn, AVAILABLE, word, reason, message.into()));
    status
}

/// The new ReplicaSet's failure, or that of another.
fn replica_failure(turn: &Turn<'_>) -> Option<DeploymentCondition> {
    let places = turn.new.into_iter().chain(turn.old());
    let mut conditions =
        places.filter_map(|it| turn.sets[it].status()?.conditions.as_ref()).flatten();
    let failure = conditions.find(|it| it.type_ == REPLICA_FAILURE)?.clone();
    Some(DeploymentCondition {
        type_: REPLICA_FAILURE.into(),
        status: failure.status,
        reason: failure.reason,
        message: failure.message,
        last_update_time: failure.last_transition_time.clone(),
        last_transition_time: failure.last_transition_time,
    })
}

/// Notes that the rollout was paused or resumed, so that the deadline does not count meanwhile.
pub(super) fn note_pause(turn: &mut Turn<'_>) {
    let reason = condition(&turn.status, PROGRESSING).and_then(|it| it.reason.as_deref());
    if turn.progress_deadline().is_none() || reason == Some(TIMED_OUT) {
        return;
    }
    let (reason, message) = match (turn.is_paused(), reason == Some(PAUSED)) {
        (true, false) => (PAUSED, "Deployment is paused"),
        (false, true) => ("DeploymentResumed", "Deployment is resumed"),
        _ => return,
    };
    note(turn, "Unknown", reason, message.into());
}

/// Notes that the template's ReplicaSet was there already, when no progress was noted before.
pub(super) fn note_found(turn: &mut Turn<'_>, set: &str) {
    if condition(&turn.status, PROGRESSING).is_none() {
        note(turn, "True", "FoundNewReplicaSet", format!("Found new replica set {set:?}"));
    }
}

/// Notes that the template's ReplicaSet was created.
pub(super) fn note_created(turn: &mut Turn<'_>, set: &str) {
    note(turn, "True", "NewReplicaSetCreated", format!("Created new replica set {set:?}"));
}

/// Notes that the template's ReplicaSet could not be created.
pub(super) fn note_refusal(turn: &mut Turn<'_>, message: String) {
    note(turn, "False", "ReplicaSetCreateError", message);
}

fn note(turn: &mut Turn<'_>, status: &str, reason: &str, message: String) {
    if turn.progress_deadline().is_some() {
        let condition = new(turn, PROGRESSING, status, reason, message);
        set(&mut turn.status, condition);
    }
}

fn condition<'a>(status: &'a DeploymentStatus, type_: &str) -> Option<&'a DeploymentCondition> {
    status.conditions.iter().flatten().find(|it| it.type_ == type_)
}

fn new(
    turn: &Turn<'_>,
    type_: &str,
    status: &str,
    reason: &str,
    message: String,
) -> DeploymentCondition {
    let now = Some(dates::now(turn.view));
    DeploymentCondition {
        type_: type_.into(),
        status: status.into(),
        reason: Some(reason.into()),
        message: Some(message),
        last_update_time: now.clone(),
        last_transition_time: now,
    }
}

/// Sets a condition unless one with the same status and reason stands; the new one goes to the end.
fn set(status: &mut DeploymentStatus, mut condition: DeploymentCondition) {
    let conditions = status.conditions.get_or_insert_default();
    if let Some(current) = conditions.iter().find(|it| it.type_ == condition.type_)
        && current.status == condition.status
    {
        if current.reason == condition.reason {
            return;
        }
        condition.last_transition_time.clone_from(&current.last_transition_time);
    }
    conditions.retain(|it| it.type_ != condition.type_);
    conditions.push(condition);
}

fn remove(status: &mut DeploymentStatus, type_: &str) {
    if let Some(conditions) = &mut status.conditions {
        conditions.retain(|it| it.type_ != type_);
    }
}
