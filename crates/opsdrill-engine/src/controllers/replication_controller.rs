//! The ReplicationController's controller: the ReplicaSet's, as in life, on a ReplicationController that is read as one.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{
    ReplicaSet, ReplicaSetCondition, ReplicaSetSpec, ReplicaSetStatus,
};
use k8s_openapi::api::core::v1::ReplicationController;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use opsdrill_objects::selector::Selector;
use opsdrill_objects::{Kind, Object};

use super::{Answered, Change, Controller, Key, claims, pods, replica_set};
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "replication-controller",
    delay: SimDuration(20),
    workers: 5,
    observe,
    reconcile,
    answered,
};

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    match notice.kind() {
        Kind::ReplicationController => keys.extend(notice.new.as_deref().map(Key::of)),
        Kind::Pod if pods::matters_to_owners(notice) => {
            claims::owners_by(view, notice, Kind::ReplicationController, adopts, keys);
        }
        _ => {}
    }
}

/// Whether the selector of a ReplicationController, which is a plain list of labels, matches.
fn adopts(owner: &Object, labels: &BTreeMap<String, String>) -> bool {
    let selector =
        owner.replication_controller().and_then(|it| it.spec.as_ref()?.selector.as_ref());
    selector.is_some_and(|it| Selector::from_labels(it).matches(labels))
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let object = view.get(Kind::ReplicationController, &key.namespace, &key.name);
    let Some(object) = object else { return Vec::new() };
    let Some(set) = object.replication_controller().and_then(as_set) else { return Vec::new() };
    replica_set::sync(view, object, &set)
}

fn answered(view: View<'_>, key: &Key, answered: Answered<'_>) -> Vec<Change> {
    let object = view.get(Kind::ReplicationController, &key.namespace, &key.name);
    let Some(object) = object else { return Vec::new() };
    let Some(set) = object.replication_controller().and_then(as_set) else { return Vec::new() };
    replica_set::told(view, object, &set, answered)
}

/// A ReplicationController as the ReplicaSet that would do the same.
fn as_set(controller: &ReplicationController) -> Option<ReplicaSet> {
    let spec = controller.spec.as_ref()?;
    let status = controller.status.clone().unwrap_or_default();
    let conditions = status.conditions.map(|conditions| {
        let converted = conditions.into_iter().map(|it| ReplicaSetCondition {
            last_transition_time: it.last_transition_time,
            message: it.message,
            reason: it.reason,
            status: it.status,
            type_: it.type_,
        });
        converted.collect()
    });
    let selector =
        LabelSelector { match_labels: spec.selector.clone(), ..LabelSelector::default() };
    Some(ReplicaSet {
        spec: Some(ReplicaSetSpec {
            min_ready_seconds: spec.min_ready_seconds,
            replicas: spec.replicas,
            selector,
            template: spec.template.clone(),
        }),
        status: Some(ReplicaSetStatus {
            available_replicas: status.available_replicas,
            conditions,
            fully_labeled_replicas: status.fully_labeled_replicas,
            observed_generation: status.observed_generation,
            ready_replicas: status.ready_replicas,
            replicas: status.replicas,
            ..ReplicaSetStatus::default()
        }),
        ..ReplicaSet::default()
    })
}
