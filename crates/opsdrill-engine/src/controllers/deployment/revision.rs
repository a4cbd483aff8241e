//! Revisions: the ReplicaSet of each template, numbered in the order in which the Deployment took them up.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetSpec};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use opsdrill_objects::{Kind, Meta, Object};

use super::hash::template_hash;
use super::turn::{Set, Turn};
use super::{rolling, status};
use crate::api::{Options, Propagation};
use crate::controllers::pods::TEMPLATE_HASH;
use crate::controllers::{Change, claims};

/// The number of a revision.
const REVISION: &str = "deployment.kubernetes.io/revision";
/// The numbers that a ReplicaSet had before it was rolled back to.
const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// The longest list of former numbers.
const HISTORY_LENGTH_MAX: usize = 2000;

/// Annotations of a Deployment that are its own and not its ReplicaSets'.
const NOT_COPIED: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    REVISION_HISTORY,
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

/// Finds the ReplicaSet of the template, brings its revision up to date, and creates it if asked to.
pub(super) fn sync(turn: &mut Turn<'_>, create: bool) {
    turn.new = turn.sets.iter().position(|it| {
        it.template().is_some_and(|template| same_template(template, &turn.spec.template))
    });
    let newest = turn.old().map(|it| number(&turn.sets[it].object)).max().unwrap_or_default() + 1;
    if let Some(place) = turn.new {
        take_up(turn, place, newest);
    } else if create {
        create_set(turn, newest);
    }
}

/// Gives the ReplicaSet of the template the newest number and the Deployment's annotations.
fn take_up(turn: &mut Turn<'_>, place: usize, newest: i64) {
    let min_ready_seconds = turn.spec.min_ready_seconds;
    let set = &mut turn.sets[place];
    let annotated = annotate(turn.object, &mut set.object, newest);
    let spec = set.object.replica_set().and_then(|it| it.spec.as_ref());
    let patience = |seconds: Option<i32>| seconds.unwrap_or_default();
    let patient =
        spec.map(|it| patience(it.min_ready_seconds)) == Some(patience(min_ready_seconds));
    if !patient && let Some(spec) = set.object.replica_set_mut().and_then(|it| it.spec.as_mut()) {
        spec.min_ready_seconds = min_ready_seconds;
    }
    if annotated || !patient {
        turn.changes.push(Change::update(set.object.clone()));
    }
    let name = set.object.meta.name.clone();
    let revision = set.object.meta.annotation(REVISION).map(str::to_owned);
    set_revision(turn, revision.as_deref());
    status::note_found(turn, &name);
}

fn set_revision(turn: &mut Turn<'_>, revision: Option<&str>) {
    if turn.next.meta.annotation(REVISION) != revision {
        turn.next.meta.set_annotation(REVISION, revision);
    }
}

/// Creates the ReplicaSet of the template with as many replicas as the strategy allows at once.
fn create_set(turn: &mut Turn<'_>, revision: i64) {
    let template = &turn.spec.template;
    let hash = template_hash(template, turn.status.collision_count);
    let name = format!("{}-{hash}", turn.object.meta.name);
    if let Some(existing) = turn.view.get(Kind::ReplicaSet, turn.object.meta.namespace(), &name) {
        meet_namesake(turn, existing);
        return;
    }
    let mut object = set_object(turn, &name, &hash);
    annotate(turn.object, &mut object, revision);
    let mut set = Set::new(object);
    set.note_replicas(turn.replicas(), turn.strategy.max_replicas());
    turn.sets.push(set);
    let place = turn.sets.len() - 1;
    turn.new = Some(place);
    let replicas = rolling::new_replicas(turn, place);
    let set = &mut turn.sets[place];
    if let Some(spec) = set.object.replica_set_mut().and_then(|it| it.spec.as_mut()) {
        spec.replicas = Some(replicas);
    }
    set.asked_before = replicas;
    turn.changes.push(Change::Create(Box::new(set.object.clone())));
    turn.tell_scaled(&name, 0, replicas);
    set_revision(turn, Some(&revision.to_string()));
    status::note_created(turn, &name);
}

/// Another object has the name: it is ours after all, or the hash must become another.
fn meet_namesake(turn: &mut Turn<'_>, existing: &Arc<Object>) {
    let set = Set::new((**existing).clone());
    let ours = existing.meta.controller().is_some_and(|it| it.uid == turn.object.meta.uid);
    if ours && set.template().is_some_and(|it| same_template(it, &turn.spec.template)) {
        turn.sets.push(set);
        turn.new = Some(turn.sets.len() - 1);
    } else {
        let count = turn.status.collision_count.unwrap_or_default();
        turn.status.collision_count = Some(count + 1);
    }
}

fn set_object(turn: &Turn<'_>, name: &str, hash: &str) -> Object {
    let mut template = turn.spec.template.clone();
    let labels = template.metadata.get_or_insert_default().labels.get_or_insert_default();
    labels.insert(TEMPLATE_HASH.into(), hash.into());
    let labels = labels.clone();
    let mut selector = turn.spec.selector.clone();
    selector.match_labels.get_or_insert_default().insert(TEMPLATE_HASH.into(), hash.into());
    let meta = Meta {
        labels: labels.into(),
        owners: vec![claims::controller_reference(turn.object)],
        ..Meta::named(turn.object.meta.namespace.as_deref(), name)
    };
    let spec = ReplicaSetSpec {
        min_ready_seconds: turn.spec.min_ready_seconds,
        replicas: Some(0),
        selector,
        template: Some(template),
    };
    Object::new(meta, ReplicaSet { spec: Some(spec), ..ReplicaSet::default() })
}

/// Copies the Deployment's annotations and raises the revision; whether anything changed.
fn annotate(deployment: &Object, set: &mut Object, revision: i64) -> bool {
    let before = set.meta.annotations.clone();
    for (key, value) in &*deployment.meta.annotations {
        if !NOT_COPIED.contains(&key.as_str()) && set.meta.annotation(key) != Some(value) {
            set.meta.set_annotation(key, Some(value));
        }
    }
    let former = set.meta.annotation(REVISION).map(str::to_owned);
    if number(set) < revision {
        set.meta.set_annotation(REVISION, Some(&revision.to_string()));
        if let Some(former) = former {
            // Rolled back to: the number it had is kept for the history.
            let history = set.meta.annotation(REVISION_HISTORY).unwrap_or_default();
            let history = lengthened(history, &former);
            set.meta.set_annotation(REVISION_HISTORY, Some(&history));
        }
    }
    set.meta.annotations != before
}

/// A history with one more number, without the oldest ones if it becomes too long.
fn lengthened(history: &str, number: &str) -> String {
    let mut numbers: Vec<_> = history.split(',').filter(|it| !it.is_empty()).collect();
    numbers.push(number);
    let mut text = numbers.join(",");
    while text.len() > HISTORY_LENGTH_MAX {
        let Some((_, rest)) = text.split_once(',') else { break };
        text = rest.to_owned();
    }
    text
}

/// The revision of a ReplicaSet, 0 if it has none.
fn number(set: &Object) -> i64 {
    set.meta.annotation(REVISION).and_then(|it| it.parse().ok()).unwrap_or_default()
}

/// Whether two templates are the same but for the hash.
fn same_template(a: &PodTemplateSpec, b: &PodTemplateSpec) -> bool {
    let labels = |it: &'_ PodTemplateSpec| -> Vec<(String, String)> {
        let labels = it.metadata.iter().flat_map(|it| it.labels.iter().flatten());
        let labels = labels.filter(|(key, _)| *key != TEMPLATE_HASH);
        labels.map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let annotations = |it: &'_ PodTemplateSpec| {
        it.metadata.as_ref().and_then(|it| it.annotations.clone()).unwrap_or_default()
    };
    a.spec == b.spec && labels(a) == labels(b) && annotations(a) == annotations(b)
}

/// Deletes the oldest idle ReplicaSets beyond `revisionHistoryLimit`.
pub(super) fn clean_up(turn: &mut Turn<'_>) {
    let Some(limit) = turn.spec.revision_history_limit.filter(|it| *it != i32::MAX) else { return };
    let mut old: Vec<_> = turn.old().map(|it| &turn.sets[it]).collect();
    old.retain(|it| !it.object.meta.is_terminating());
    old.sort_by_key(|it| number(&it.object));
    let excess = old.len().saturating_sub(limit as usize);
    let options = Options { propagation: Some(Propagation::Background), ..Options::default() };
    let idle = old.into_iter().take(excess).filter(|it| {
        let observed = it.status().and_then(|it| it.observed_generation).unwrap_or_default();
        it.replicas() == 0 && it.asked() == 0 && it.object.meta.generation <= observed
    });
    let deletions: Vec<_> = idle.map(|it| Change::delete(&it.object, options.clone())).collect();
    turn.changes.extend(deletions);
}
