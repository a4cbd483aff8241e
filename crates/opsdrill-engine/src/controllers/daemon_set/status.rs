//! A DaemonSet's status: counts of nodes.

use k8s_openapi::api::apps::v1::DaemonSetStatus;
use opsdrill_objects::pod::Pod;

use super::Turn;
use super::placement::Placement;
use crate::controllers::{Change, pods};

/// The change of the status, if it changes (`updateDaemonSetStatus`).
pub(super) fn of(turn: &Turn<'_>, placement: &Placement<'_>) -> Option<Change> {
    let old = turn.set.status.clone().unwrap_or_default();
    let seconds = turn.spec.min_ready_seconds.unwrap_or_default();
    let (mut desired, mut current, mut misplaced, mut ready, mut available, mut updated) =
        (0, 0, 0, 0, 0, 0);
    let mut again = None;
    for (node, fit) in &placement.nodes {
        let present = turn.by_node.get(*node).map(Vec::as_slice).unwrap_or_default();
        desired += i32::from(fit.should_run);
        if present.is_empty() {
            continue;
        }
        if !fit.should_run {
            misplaced += 1;
            continue;
        }
        current += 1;
        // The oldest is the one that counts.
        let first = present.iter().min_by_key(|it| (it.meta.created, it.meta.name.clone()));
        let Some(first) = first else { continue };
        let since = first.pod().and_then(Pod::ready_since);
        if let Some(from) = pods::available_from(turn.view, since, seconds) {
            ready += 1;
            available += i32::from(from <= turn.view.now());
            if from > turn.view.now() {
                again = Some(again.map_or(from, |it: crate::time::SimTime| it.min(from)));
            }
        }
        updated += i32::from(turn.is_new(first));
    }
    let some = |count: i32| (count != 0).then_some(count);
    let status = DaemonSetStatus {
        desired_number_scheduled: desired,
        current_number_scheduled: current,
        number_misscheduled: misplaced,
        number_ready: ready,
        number_available: some(available),
        number_unavailable: some(desired - available),
        updated_number_scheduled: some(updated),
        observed_generation: Some(turn.object.meta.generation),
        conditions: old.conditions.clone(),
        collision_count: old.collision_count,
    };
    if turn.set.status.as_ref() == Some(&status) {
        return again.map(Change::Again);
    }
    let mut next = (**turn.object).clone();
    next.daemon_set_mut()?.status = Some(status);
    Some(Change::update_status(next))
}
