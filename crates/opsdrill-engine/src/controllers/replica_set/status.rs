//! A ReplicaSet's status: counts and the failure condition.

use std::borrow::Cow;
use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetCondition, ReplicaSetStatus};
use k8s_openapi::api::core::v1::{ReplicationControllerCondition, ReplicationControllerStatus};
use opsdrill_objects::Object;
use opsdrill_objects::selector::Selector;

use crate::controllers::{Change, dates, pods};
use crate::dependent::{Dependent, Matcher, Tally};
use crate::time::SimTime;
use crate::view::View;

/// The type of the condition that stands while pods cannot be created.
const FAILURE: &str = "ReplicaFailure";

/// The change of the status, if it changes; `refusal` is why a pod could not be created.
pub(super) fn update(
    view: View<'_>,
    object: &Object,
    set: &ReplicaSet,
    counts: ReplicaSetStatus,
    refusal: Option<&str>,
) -> Option<Change> {
    let old = set.status.clone().unwrap_or_default();
    let status = ReplicaSetStatus {
        observed_generation: Some(object.meta.generation),
        conditions: conditions(view, &old, refusal),
        ..counts
    };
    if set.status.as_ref() == Some(&status) {
        return None;
    }
    let mut next = object.clone();
    if let Some(controller) = next.replication_controller_mut() {
        controller.status = Some(as_controller_status(status));
    } else {
        next.replica_set_mut()?.status = Some(status);
    }
    Some(Change::update_status(next))
}

/// The same of a ReplicationController.
fn as_controller_status(status: ReplicaSetStatus) -> ReplicationControllerStatus {
    let conditions = status.conditions.map(|conditions| {
        let converted = conditions.into_iter().map(|it| ReplicationControllerCondition {
            last_transition_time: it.last_transition_time,
            message: it.message,
            reason: it.reason,
            status: it.status,
            type_: it.type_,
        });
        converted.collect()
    });
    ReplicationControllerStatus {
        available_replicas: status.available_replicas,
        conditions,
        fully_labeled_replicas: status.fully_labeled_replicas,
        observed_generation: status.observed_generation,
        ready_replicas: status.ready_replicas,
        replicas: status.replicas,
    }
}

/// Counts pods one by one.
pub(super) fn counts(
    view: View<'_>,
    set: &ReplicaSet,
    present: &[Cow<'_, Dependent>],
) -> ReplicaSetStatus {
    let spec = set.spec.as_ref();
    let min_ready_seconds = spec.and_then(|it| it.min_ready_seconds).unwrap_or_default();
    let mut template = Matcher::of(template_labels(set));
    let (mut fully_labeled, mut ready, mut available) = (0, 0, 0);
    for pod in present {
        fully_labeled += i32::from(template.matches(&pod.labels));
        let from = pods::available_from(view, pod.ready_since, min_ready_seconds);
        ready += i32::from(from.is_some());
        available += i32::from(from.is_some_and(|it| it <= view.now()));
    }
    status_of(present.len() as i32, fully_labeled, ready, available)
}

/// The same from what is counted already, where a pod that is ready is available.
pub(super) fn counts_of(set: &ReplicaSet, tallies: &[&Tally]) -> ReplicaSetStatus {
    let template = template_labels(set);
    let sum = |count: fn(&Tally) -> usize| tallies.iter().map(|it| count(it)).sum::<usize>() as i32;
    let labeled = tallies.iter().filter(|it| template.matches(&it.labels));
    let fully_labeled = labeled.map(|it| it.active).sum::<usize>() as i32;
    let ready = sum(|it| it.ready);
    status_of(sum(|it| it.active), fully_labeled, ready, ready)
}

fn template_labels(set: &ReplicaSet) -> Selector {
    let template = set.spec.as_ref().and_then(|it| it.template.as_ref());
    let labels = template.and_then(|it| it.metadata.as_ref()?.labels.as_ref());
    labels.map_or_else(|| Selector::from_labels(&BTreeMap::new()), Selector::from_labels)
}

fn status_of(replicas: i32, fully_labeled: i32, ready: i32, available: i32) -> ReplicaSetStatus {
    let some = |count: i32| (count != 0).then_some(count);
    ReplicaSetStatus {
        replicas,
        fully_labeled_replicas: some(fully_labeled),
        ready_replicas: some(ready),
        available_replicas: some(available),
        ..ReplicaSetStatus::default()
    }
}

fn conditions(
    view: View<'_>,
    old: &ReplicaSetStatus,
    refusal: Option<&str>,
) -> Option<Vec<ReplicaSetCondition>> {
    let mut conditions = old.conditions.clone().unwrap_or_default();
    let failed = conditions.iter().any(|it| it.type_ == FAILURE);
    match refusal {
        // The condition keeps the text of the first failure.
        Some(message) if !failed => conditions.push(ReplicaSetCondition {
            type_: FAILURE.into(),
            status: "True".into(),
            reason: Some("FailedCreate".into()),
            message: Some(message.into()),
            last_transition_time: Some(dates::now(view)),
        }),
        Some(_) => {}
        None => conditions.retain(|it| it.type_ != FAILURE),
    }
    (!conditions.is_empty()).then_some(conditions)
}

/// When the next ready pod will have been ready for `minReadySeconds`.
pub(super) fn next_availability(
    view: View<'_>,
    set: &ReplicaSet,
    present: &[Cow<'_, Dependent>],
) -> Option<SimTime> {
    let min_ready_seconds = set.spec.as_ref()?.min_ready_seconds.filter(|it| *it > 0)?;
    let ready = present.iter().map(|it| it.ready_since);
    let times = ready.filter_map(|it| pods::available_from(view, it, min_ready_seconds));
    times.filter(|it| *it > view.now()).min()
}
