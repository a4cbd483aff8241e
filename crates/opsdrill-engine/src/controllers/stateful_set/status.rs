//! A StatefulSet's status: counts, and how far a new revision is.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::StatefulSetStatus;
use opsdrill_objects::Object;

use super::{Turn, identity};
use crate::controllers::Change;

/// How many pods there are of each sort.
#[derive(Default)]
pub(super) struct Counts {
    replicas: i32,
    ready: i32,
    available: i32,
    current: i32,
    updated: i32,
}

impl Counts {
    pub(super) fn of<'a>(turn: &mut Turn<'_>, pods: impl Iterator<Item = &'a Arc<Object>>) -> Self {
        let mut counts = Self::default();
        for pod in pods {
            counts.replicas += 1;
            counts.ready += i32::from(Turn::is_ready(pod));
            counts.available += i32::from(turn.is_available(pod));
            if !pod.meta.is_terminating() {
                let revision = identity::revision(pod);
                counts.current += i32::from(revision == Some(&turn.current));
                counts.updated += i32::from(revision == Some(&turn.update));
            }
        }
        counts
    }
}

/// The change of the status, if it changes.
pub(super) fn of(turn: &Turn<'_>, counts: Counts) -> Option<Change> {
    let old = turn.set.status.clone().unwrap_or_default();
    let wanted = turn.wanted();
    // All pods have the present revision: it is the complete one from now on (`completeRollingUpdate`).
    let complete = turn.rolls()
        && [counts.updated, counts.replicas, counts.ready].iter().all(|it| *it == wanted);
    let some = |count: i32| (count != 0).then_some(count);
    let status = StatefulSetStatus {
        replicas: counts.replicas,
        ready_replicas: some(counts.ready),
        available_replicas: Some(counts.available),
        current_replicas: some(if complete { counts.updated } else { counts.current }),
        updated_replicas: some(counts.updated),
        current_revision: Some(if complete { &turn.update } else { &turn.current }.clone()),
        update_revision: Some(turn.update.clone()),
        observed_generation: Some(turn.object.meta.generation),
        collision_count: Some(old.collision_count.unwrap_or_default()),
        conditions: old.conditions.clone(),
    };
    if turn.set.status.as_ref() == Some(&status) {
        return None;
    }
    let mut next = (**turn.object).clone();
    next.stateful_set_mut()?.status = Some(status);
    Some(Change::update_status(next))
}
