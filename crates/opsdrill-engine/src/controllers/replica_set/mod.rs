//! The ReplicaSet controller: as many pods of a template as are asked for, no more and no fewer.

mod deletion_order;
mod status;

use std::borrow::Cow;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use opsdrill_objects::{Kind, Object};

use super::{Answered, Change, Controller, Key, claims, pods};
use crate::api::Options;
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "replicaset-controller",
    delay: SimDuration(20),
    workers: 5,
    observe,
    reconcile,
    answered,
};

/// The most pods that one turn creates or deletes; the rest follows in the next.
const BURST: usize = 500;

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    match notice.kind() {
        Kind::ReplicaSet => keys.extend(notice.new.as_deref().map(Key::of)),
        Kind::Pod if pods::matters_to_owners(notice) => {
            claims::owners_of(view, notice, Kind::ReplicaSet, selector, keys);
        }
        _ => {}
    }
}

fn selector(object: &Object) -> Option<&LabelSelector> {
    object.replica_set()?.spec.as_ref().map(|it| &it.selector)
}

/// The replicas that a ReplicaSet asks for.
pub(super) fn wanted(set: &ReplicaSet) -> i32 {
    set.spec.as_ref().and_then(|it| it.replicas).unwrap_or(1)
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(object) = view.get(Kind::ReplicaSet, &key.namespace, &key.name) else {
        return Vec::new();
    };
    let Some(set) = object.replica_set() else { return Vec::new() };
    sync(view, object, set)
}

/// What is to be done for a ReplicaSet, or for a ReplicationController that is read as one.
pub(super) fn sync(view: View<'_>, object: &Arc<Object>, set: &ReplicaSet) -> Vec<Change> {
    let Some(selector) = set.spec.as_ref().map(|it| &it.selector) else { return Vec::new() };
    if let Some(changes) = from_counts(view, object, set, selector) {
        return changes;
    }
    let claimed = claims::claim(view, object, Kind::Pod, selector, |it| it.active);
    let mut changes = claimed.changes;
    if !object.meta.is_terminating() {
        let wanted = usize::try_from(wanted(set)).unwrap_or(0);
        let present = claimed.objects.len();
        if present < wanted {
            changes.extend(creations(object, set, (wanted - present).min(BURST)));
        } else if present > wanted {
            let related = deletion_order::related_pods(view, object);
            let count = (present - wanted).min(BURST);
            let present = claimed.objects.iter().map(|it| &it.object).collect();
            for pod in deletion_order::first(view, present, &related, count) {
                changes.push(Change::delete(pod, Options::default()));
                let message = format!("Deleted pod: {}", pod.meta.name);
                changes.push(Change::normal(object, "SuccessfulDelete", message));
            }
        }
    }
    let counts = status::counts(view, set, &claimed.objects);
    changes.extend(status::update(view, object, set, counts, None));
    changes.extend(status::next_availability(view, set, &claimed.objects).map(Change::Again));
    changes
}

/// What a turn comes to that needs no look at single pods: nothing to adopt, release or delete, and a pod that is ready is
/// available.
fn from_counts(
    view: View<'_>,
    object: &Object,
    set: &ReplicaSet,
    selector: &LabelSelector,
) -> Option<Vec<Change>> {
    if set.spec.as_ref()?.min_ready_seconds.is_some_and(|it| it > 0) {
        return None;
    }
    let tallies = claims::count(view, object, Kind::Pod, selector)?;
    let missing = usize::try_from(wanted(set)).unwrap_or(0);
    let missing = missing.checked_sub(tallies.iter().map(|it| it.active).sum())?;
    let counts = status::counts_of(set, &tallies);
    debug_assert_eq!(counts, {
        let claimed = claims::claim(view, object, Kind::Pod, selector, |it| it.active);
        status::counts(view, set, &claimed.objects)
    });
    let mut changes = Vec::new();
    if missing > 0 {
        changes.extend(creations(object, set, missing.min(BURST)));
    }
    changes.extend(status::update(view, object, set, counts, None));
    Some(changes)
}

/// New pods; they share one specification and one set of labels.
fn creations(owner: &Object, set: &ReplicaSet, count: usize) -> impl Iterator<Item = Change> {
    let template = set.spec.as_ref().and_then(|it| it.template.as_ref());
    let pod = pods::from_template(owner, template.unwrap_or(&PodTemplateSpec::default()));
    std::iter::repeat_n(pod, count).map(|it| Change::Create(Box::new(it)))
}

fn answered(view: View<'_>, key: &Key, answered: Answered<'_>) -> Vec<Change> {
    let Some(object) = view.get(Kind::ReplicaSet, &key.namespace, &key.name) else {
        return Vec::new();
    };
    let Some(set) = object.replica_set() else { return Vec::new() };
    told(view, object, set, answered)
}

/// Tells of a created pod by the name it got, or of the refusal.
pub(super) fn told(
    view: View<'_>,
    object: &Arc<Object>,
    set: &ReplicaSet,
    answered: Answered<'_>,
) -> Vec<Change> {
    let mut changes = pods::creation_told(object, &answered);
    if let Err(status) = answered.result
        && !answered.namespace_terminating()
    {
        let dependents = view.dependents(object.meta.uid).filter(|it| it.active);
        let present: Vec<_> = dependents.map(Cow::Borrowed).collect();
        let counts = status::counts(view, set, &present);
        changes.extend(status::update(view, object, set, counts, Some(&status.message)));
    }
    changes
}
