//! The Deployment controller: brings pods from one template to the next, a few at a time.
//!
//! It never touches pods: it creates ReplicaSets and moves replicas between them. The rules are those of
//! kube-controller-manager: [`revision`] finds or creates the ReplicaSet of the template, [`scaling`] answers a changed
//! number of replicas, [`rolling`] and [`recreate`] are the two strategies, [`status`] tells how far things are.

pub(super) mod hash;
mod recreate;
mod revision;
mod rolling;
mod scaling;
mod status;
mod strategy;
mod turn;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use opsdrill_objects::{Kind, Object};

use super::{Answered, Change, Controller, Key, claims};
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;
use turn::Turn;

pub(super) const CONTROLLER: Controller = Controller {
    name: "deployment-controller",
    delay: SimDuration(20),
    workers: 5,
    observe,
    reconcile,
    answered,
};

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    match notice.kind() {
        Kind::Deployment => keys.extend(notice.new.as_deref().map(Key::of)),
        Kind::ReplicaSet => claims::owners_of(view, notice, Kind::Deployment, selector, keys),
        Kind::Pod if notice.new.is_none() => {
            keys.extend(notice.old.as_deref().and_then(|it| recreate::waiting_for(view, it)));
        }
        _ => {}
    }
}

fn selector(object: &Object) -> Option<&LabelSelector> {
    object.deployment()?.spec.as_ref().map(|it| &it.selector)
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(object) = view.get(Kind::Deployment, &key.namespace, &key.name) else {
        return Vec::new();
    };
    let Some(spec) = object.deployment().and_then(|it| it.spec.as_ref()) else { return Vec::new() };
    if spec.selector == LabelSelector::default() {
        let text = "This deployment is selecting all pods. A non-empty selector is required.";
        return vec![Change::warning(object, "SelectingAll", text.into())];
    }
    let claimed = claims::claim(view, object, Kind::ReplicaSet, &spec.selector, |_| true);
    if !claimed.changes.is_empty() {
        // What was adopted or released now is seen in the next turn, which these changes bring about.
        return claimed.changes;
    }
    let sets = claimed.objects.iter().map(|it| (*it.object).clone());
    let mut turn = Turn::new(view, object, spec, sets);
    if object.meta.is_terminating() {
        revision::sync(&mut turn, false);
        status::sync(&mut turn);
        return turn.finish();
    }
    status::note_pause(&mut turn);
    revision::sync(&mut turn, false);
    if turn.is_paused() || scaling::is_called_for(&turn) {
        scaling::scale(&mut turn);
        if turn.is_paused() {
            revision::clean_up(&mut turn);
        }
        status::sync(&mut turn);
    } else if turn.strategy.rolling {
        rolling::roll(&mut turn);
    } else {
        recreate::roll(&mut turn);
    }
    turn.finish()
}

/// A refused ReplicaSet is told of, and shown as lack of progress.
fn answered(view: View<'_>, key: &Key, answered: Answered<'_>) -> Vec<Change> {
    let found = view.get(Kind::Deployment, &key.namespace, &key.name);
    let (Some(object), Err(refusal)) = (found, answered.result) else { return Vec::new() };
    if answered.namespace_terminating() {
        return Vec::new();
    }
    let name = &answered.asked.meta.name;
    let message = format!("Failed to create new replica set {name:?}: {}", refusal.message);
    let mut changes = vec![Change::warning(object, "ReplicaSetCreateError", message.clone())];
    if let Some(spec) = object.deployment().and_then(|it| it.spec.as_ref()) {
        let mut turn = Turn::new(view, object, spec, std::iter::empty());
        status::note_refusal(&mut turn, message);
        changes.extend(turn.finish());
    }
    changes
}
