//! The taint eviction controller: pods leave a node whose `NoExecute` taints they do not tolerate, at once or in time.

use k8s_openapi::api::core::v1::{PodCondition, Taint, Toleration};
use opsdrill_objects::{Kind, Object};

use super::{Change, Controller, Key, dates, nothing_more};
use crate::api::Options;
use crate::store::Notice;
use crate::time::{SimDuration, SimTime};
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "taint-eviction-controller",
    delay: SimDuration(10),
    workers: 8,
    observe,
    reconcile,
    answered: nothing_more,
};

const REASON: &str = "TaintManagerEviction";

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    let Some(new) = &notice.new else { return };
    let old = notice.old.as_deref();
    match notice.kind() {
        Kind::Node if old.map(evicting) != Some(evicting(new)) => {
            keys.extend(view.pods_on(&new.meta.name).into_iter().map(|it| Key::of(it)));
        }
        Kind::Pod => {
            let node = |it: &Object| it.pod().and_then(|it| it.node_name.clone());
            let bound = node(new).filter(|it| old.and_then(node).as_ref() != Some(it));
            let tainted = bound.and_then(|it| view.get(Kind::Node, "", &it)).map(|it| evicting(it));
            keys.extend(tainted.is_some_and(|it| !it.is_empty()).then(|| Key::of(new)));
        }
        _ => {}
    }
}

/// A node's `NoExecute` taints.
fn evicting(node: &Object) -> Vec<&Taint> {
    let taints = node.node().and_then(|it| it.spec.as_ref()?.taints.as_ref());
    taints.into_iter().flatten().filter(|it| it.effect == "NoExecute").collect()
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(object) = view.get(Kind::Pod, &key.namespace, &key.name) else { return Vec::new() };
    let Some(pod) = object.pod() else { return Vec::new() };
    let node = pod.node_name.as_deref().and_then(|it| view.get(Kind::Node, "", it));
    let Some(node) = node.filter(|_| !object.meta.is_terminating()) else { return Vec::new() };
    let tolerations = pod.spec.tolerations.as_deref().unwrap_or_default();
    match end(view, &evicting(node), tolerations) {
        None => Vec::new(),
        Some(end) if end > view.now() => vec![Change::Again(end)],
        Some(_) => {
            let message = format!("Marking for deletion Pod {}", object.path());
            vec![
                Change::normal(object, REASON, message),
                Change::update_status(disrupted(view, object)),
                Change::delete(object, Options::default()),
            ]
        }
    }
}

/// When a pod must go; `None` if it may stay for good.
fn end(view: View<'_>, taints: &[&Taint], tolerations: &[Toleration]) -> Option<SimTime> {
    let ends = taints.iter().map(|taint| {
        let mut used = tolerations.iter().filter(|it| tolerates(it, taint)).peekable();
        if used.peek().is_none() {
            return Some(SimTime::ZERO);
        }
        let shortest = used.filter_map(|it| it.toleration_seconds).min()?;
        // The node lifecycle controller dates a taint that was set by hand.
        let since = taint
            .time_added
            .as_ref()
            .map_or(view.now(), |it| dates::sim_time(view, dates::unix(Some(it))));
        Some(since + SimDuration::seconds(shortest.max(0).unsigned_abs()))
    });
    ends.flatten().min()
}

/// Whether a toleration is for a taint.
fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let effect = toleration.effect.as_deref().unwrap_or_default();
    let key = toleration.key.as_deref().unwrap_or_default();
    let value = |it: &Option<String>| it.clone().unwrap_or_default();
    (effect.is_empty() || effect == taint.effect)
        && (key.is_empty() || key == taint.key)
        && match toleration.operator.as_deref() {
            Some("Exists") => true,
            None | Some("" | "Equal") => value(&toleration.value) == value(&taint.value),
            Some(_) => false,
        }
}

/// The pod with the condition that tells why it goes.
fn disrupted(view: View<'_>, object: &Object) -> Object {
    let mut next = object.clone();
    if let Some(pod) = next.pod_mut() {
        let conditions = pod.status.conditions.get_or_insert_default();
        conditions.retain(|it| it.type_ != "DisruptionTarget");
        conditions.push(PodCondition {
            type_: "DisruptionTarget".into(),
            status: "True".into(),
            reason: Some("DeletionByTaintManager".into()),
            message: Some("Taint manager: deleting due to NoExecute taint".into()),
            last_transition_time: Some(dates::now(view)),
            ..PodCondition::default()
        });
    }
    next
}
