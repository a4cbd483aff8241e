//! The DaemonSet controller: one pod on each node that fits.
//!
//! The rules are those of kube-controller-manager's `pkg/controller/daemon`. Its back-off for pods that fail again and again is
//! kept: after the first, a failed pod is replaced after a second, then two, up to a quarter of an hour.

pub(crate) mod backoff;
mod placement;
mod rolling;
mod status;

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use opsdrill_objects::{Kind, Object};

use self::placement::Placement;
use super::history::{History, REVISION_HASH};
use super::{Answered, Change, Controller, Key, claims, pods};
use crate::api::Options;
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "daemonset-controller",
    delay: SimDuration(20),
    workers: 2,
    observe,
    reconcile,
    answered,
};

/// The most pods that one turn creates or deletes (`BurstReplicas`).
const BURST: usize = 250;

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    match notice.kind() {
        Kind::DaemonSet => keys.extend(notice.new.as_deref().map(Key::of)),
        Kind::Pod if pods::matters_to_owners(notice) => {
            claims::owners_of(view, notice, Kind::DaemonSet, selector, keys);
        }
        Kind::Node if placement::matters(notice) => {
            keys.extend(view.list(Kind::DaemonSet, "").map(|it| Key::of(it)));
        }
        _ => {}
    }
}

fn selector(object: &Object) -> Option<&LabelSelector> {
    object.daemon_set()?.spec.as_ref().map(|it| &it.selector)
}

/// The pods of a DaemonSet by the node that each is meant for.
type ByNode = BTreeMap<String, Vec<Arc<Object>>>;

/// A DaemonSet in its turn.
struct Turn<'w> {
    view: View<'w>,
    object: &'w Arc<Object>,
    set: &'w DaemonSet,
    spec: &'w DaemonSetSpec,
    /// The hash of the present template.
    hash: String,
    by_node: ByNode,
    changes: Vec<Change>,
    /// Nodes that get a pod.
    create: Vec<String>,
    /// Pods that go.
    delete: Vec<Arc<Object>>,
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(object) = view.get(Kind::DaemonSet, &key.namespace, &key.name) else {
        return Vec::new();
    };
    let Some(set) = object.daemon_set() else { return Vec::new() };
    let Some(spec) = set.spec.as_ref().filter(|_| !object.meta.is_terminating()) else {
        return Vec::new();
    };
    let claimed = claims::claim(view, object, Kind::Pod, &spec.selector, |_| true);
    let collisions = set.status.as_ref().and_then(|it| it.collision_count);
    let mut history = History::of(view, object, &spec.template, (REVISION_HASH, collisions));
    let carried = |hash: &str| {
        claimed.objects.iter().any(|it| it.labels.get(REVISION_HASH).is_some_and(|it| it == hash))
    };
    history.truncate(spec.revision_history_limit, carried);
    let mut changes = claimed.changes;
    changes.append(&mut history.changes);
    let mut by_node = ByNode::new();
    for pod in &claimed.objects {
        let node = placement::node_of(&pod.object).unwrap_or_default();
        by_node.entry(node).or_default().push(pod.object.clone());
    }
    let (create, delete) = (Vec::new(), Vec::new());
    let hash = history.hash;
    let mut turn = Turn { view, object, set, spec, hash, by_node, changes, create, delete };
    let placement = Placement::of(view, spec);
    turn.place(&placement);
    if spec.update_strategy.as_ref().and_then(|it| it.type_.as_deref()) != Some("OnDelete") {
        rolling::update(&mut turn, &placement);
    }
    turn.act();
    let status = status::of(&turn, &placement);
    turn.changes.extend(status);
    turn.changes
}

impl Turn<'_> {
    /// Which nodes lack a pod and which pods are in the wrong place (`podsShouldBeOnNode`).
    fn place(&mut self, placement: &Placement<'_>) {
        let surges = rolling::surge(self.spec, placement.wanted()) > 0;
        for (node, fit) in &placement.nodes {
            let present = self.by_node.get(*node).cloned().unwrap_or_default();
            if !fit.may_stay {
                self.delete.extend(present.into_iter().filter(|it| !it.meta.is_terminating()));
                continue;
            }
            let mut running = Vec::new();
            for pod in present.iter().filter(|it| !it.meta.is_terminating()) {
                match pod.pod().map_or("", |it| it.phase()) {
                    "Failed" if self.waits(node) => {}
                    "Failed" => self.replace(pod, node, "FailedDaemonPod", "failed", "kill"),
                    "Succeeded" => {
                        self.replace(pod, node, "SucceededDaemonPod", "succeeded", "delete");
                    }
                    _ => running.push(pod.clone()),
                }
            }
            running.sort_by_key(|it| (it.meta.created, it.meta.name.clone()));
            if surges {
                let (new, old): (Vec<_>, Vec<_>) =
                    running.into_iter().partition(|it| self.is_new(it));
                self.delete.extend(new.into_iter().skip(1).chain(old.into_iter().skip(1)));
            } else {
                self.delete.extend(running.into_iter().skip(1));
            }
            if present.is_empty() && fit.should_run {
                self.create.push((*node).to_owned());
            }
        }
        // The nodes of others are gone.
        let gone =
            self.by_node.iter().filter(|(node, _)| !placement.nodes.contains_key(node.as_str()));
        let lost = gone.flat_map(|it| it.1).filter(|it| !it.meta.is_terminating());
        let unbound = lost.filter(|it| it.pod().is_some_and(|it| it.node_name.is_none()));
        self.delete.extend(unbound.cloned());
    }

    /// Whether a failed pod has to stay for now because others have failed there of late.
    fn waits(&mut self, node: &str) -> bool {
        let set = self.object.meta.uid;
        if let Some(until) = self.view.failed_pod_waits(set, node) {
            self.changes.push(Change::Again(until));
            return true;
        }
        self.changes.push(Change::Replaced(set, node.into()));
        false
    }

    /// Removes a pod that has ended, so that another comes.
    fn replace(
        &mut self,
        pod: &Arc<Object>,
        node: &str,
        reason: &'static str,
        how: &str,
        what: &str,
    ) {
        let message =
            format!("Found {how} daemon pod {} on node {node}, will try to {what} it", pod.path());
        self.changes.push(if reason == "FailedDaemonPod" {
            Change::warning(self.object, reason, message)
        } else {
            Change::normal(self.object, reason, message)
        });
        self.delete.push(pod.clone());
    }

    fn is_new(&self, pod: &Object) -> bool {
        pod.meta.labels.get(REVISION_HASH) == Some(&self.hash)
    }

    fn act(&mut self) {
        self.create.sort();
        self.create.dedup();
        for node in self.create.iter().take(BURST) {
            let pod = placement::pod_for(self.object, self.spec, &self.hash, node);
            self.changes.push(Change::Create(Box::new(pod)));
        }
        self.delete.sort_by_key(|it| it.meta.name.clone());
        self.delete.dedup_by_key(|it| it.meta.uid);
        for pod in self.delete.iter().take(BURST) {
            self.changes.push(Change::delete(pod, Options::default()));
            let message = format!("Deleted pod: {}", pod.meta.name);
            self.changes.push(Change::normal(self.object, "SuccessfulDelete", message));
        }
    }
}

/// Tells of a created pod by the name it got, or of the refusal.
fn answered(view: View<'_>, key: &Key, answered: Answered<'_>) -> Vec<Change> {
    if answered.asked.kind != Kind::Pod {
        return Vec::new();
    }
    let Some(object) = view.get(Kind::DaemonSet, &key.namespace, &key.name) else {
        return Vec::new();
    };
    pods::creation_told(object, &answered)
}
