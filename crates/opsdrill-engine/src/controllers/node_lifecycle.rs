//! The node lifecycle controller: notes nodes that fall silent, and taints nodes by their conditions.
//!
//! The real one looks at all nodes every five seconds. Here a kubelet that stops says so ([`super::leases`]), and a node
//! gets a turn when the controller's patience with it is over.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, NodeCondition, Taint};
use opsdrill_objects::{Kind, Object};

use super::{Change, Controller, Key, dates, nothing_more};
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "node-controller",
    delay: SimDuration(100),
    workers: 1,
    observe,
    reconcile,
    answered: nothing_more,
};

/// How long a kubelet may be silent (`--node-monitor-grace-period`, 50 s since 1.32).
pub(super) const GRACE_PERIOD: SimDuration = SimDuration::seconds(50);
/// For how long after its creation a node is told of as registered.
const NEW_SECONDS: i64 = 5;

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const NO_SCHEDULE: &str = "NoSchedule";
const NO_EXECUTE: &str = "NoExecute";

/// The taints that stand for conditions: type, status, key.
const BY_CONDITION: &[(&str, &str, &str)] = &[
    ("Ready", "False", NOT_READY),
    ("Ready", "Unknown", UNREACHABLE),
    ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
];
/// The taint of a cordoned node.
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// The conditions that nobody knows once a kubelet is silent.
const KUBELETS: &[&str] = &["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    let Some(new) = notice.new.as_ref().filter(|it| it.kind == Kind::Node) else { return };
    let Some(node) = new.node() else { return };
    let old = notice.old.as_ref().and_then(|it| it.node());
    let same_spec = old.is_some_and(|it| it.spec == node.spec);
    let seen = |it: &Node| BY_CONDITION.iter().map(|row| holds(it, row)).collect::<Vec<_>>();
    let same_conditions = old.is_some_and(|it| seen(it) == seen(node));
    if same_spec && same_conditions {
        return;
    }
    keys.push(Key::of(new));
    // Whether pods are evicted from a node depends on whether any other is well.
    let well = || view.list(Kind::Node, "").filter(|it| is_ready(it)).take(2).count();
    if !same_conditions && well() < 2 {
        let unwell = view.list(Kind::Node, "").filter(|it| !is_ready(it));
        keys.extend(unwell.map(|it| Key::of(it)));
    }
}

fn condition<'a>(node: &'a Node, type_: &str) -> Option<&'a NodeCondition> {
    node.status.as_ref()?.conditions.as_ref()?.iter().find(|it| it.type_ == type_)
}

fn holds(node: &Node, (type_, status, _): &(&str, &str, &str)) -> bool {
    condition(node, type_).is_some_and(|it| it.status == *status)
}

fn is_ready(object: &Object) -> bool {
    object.node().is_some_and(|it| holds(it, &("Ready", "True", "")))
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(object) = view.get(Kind::Node, "", &key.name) else { return Vec::new() };
    let mut changes = Vec::new();
    changes.extend(registration(view, object));
    let mut next = (**object).clone();
    let patience_ends = view.silent_since(&key.name).map(|it| it + GRACE_PERIOD);
    if patience_ends.is_some_and(|it| it <= view.now()) && note_silence(view, &mut next) {
        changes.push(Change::update_status(next.clone()));
        if is_ready(object) {
            let message = format!("Node {} status is now: NodeNotReady", key.name);
            changes.push(Change::normal(object, "NodeNotReady", message));
        }
    }
    if object.node().is_some_and(|it| condition(it, "Ready").is_some()) && !is_ready(&next) {
        changes.extend(unready_pods(view, &key.name));
    }
    changes.extend(tainting(view, next));
    changes
}

/// The event of a new node.
fn registration(view: View<'_>, object: &Arc<Object>) -> Option<Change> {
    let reason = "RegisteredNode";
    if view.unix_now() - object.meta.created > NEW_SECONDS {
        return None;
    }
    let name = &object.meta.name;
    let prefix = format!("{name}.");
    let mut events = view.named_from(Kind::Event, "default", &prefix);
    let told = events.any(|it| {
        it.event().is_some_and(|it| it.involved.uid == object.meta.uid && &*it.reason == reason)
    });
    let message = format!("Node {name} event: Registered Node {name} in Controller");
    (!told).then(|| Change::normal(object, reason, message))
}

/// Marks what only the kubelet could know as unknown; false if it was marked before.
fn note_silence(view: View<'_>, object: &mut Object) -> bool {
    let now = dates::now(view);
    let Some(status) = object.node_mut().and_then(|it| it.status.as_mut()) else { return false };
    let mut changed = false;
    let conditions = status.conditions.iter_mut().flatten();
    for condition in
        conditions.filter(|it| KUBELETS.contains(&&*it.type_) && it.status != "Unknown")
    {
        condition.status = "Unknown".into();
        condition.reason = Some("NodeStatusUnknown".into());
        condition.message = Some("Kubelet stopped posting node status.".into());
        condition.last_transition_time = Some(now.clone());
        changed = true;
    }
    changed
}

/// Pods on a node that is not ready are not ready either, whatever they say.
fn unready_pods(view: View<'_>, node: &str) -> Vec<Change> {
    let mut changes = Vec::new();
    for object in view.pods_on(node) {
        if !object.pod().is_some_and(opsdrill_objects::pod::Pod::is_ready) {
            continue;
        }
        let mut next = (**object).clone();
        let Some(pod) = next.pod_mut() else { continue };
        let conditions = pod.status.conditions.iter_mut().flatten();
        for ready in conditions.filter(|it| it.type_ == "Ready") {
            ready.status = "False".into();
            ready.last_transition_time = Some(dates::now(view));
        }
        changes.push(Change::update_status(next));
        changes.push(Change::warning(object, "NodeNotReady", "Node is not ready".into()));
    }
    changes
}

/// Gives a node the taints that its conditions call for.
fn tainting(view: View<'_>, mut next: Object) -> Option<Change> {
    let node = next.node()?;
    let unschedulable = node.spec.as_ref().and_then(|it| it.unschedulable).unwrap_or(false);
    let held = BY_CONDITION.iter().filter(|it| holds(node, it)).map(|it| it.2);
    let mut wanted: Vec<_> = held.map(|it| (it, NO_SCHEDULE)).collect();
    wanted.extend(unschedulable.then_some((UNSCHEDULABLE, NO_SCHEDULE)));
    // Where no node at all is well the fault is taken to be the controller's own, and no pod is evicted.
    if view.list(Kind::Node, "").any(|it| is_ready(it)) {
        let unwell = wanted.iter().filter(|it| [NOT_READY, UNREACHABLE].contains(&it.0));
        let evicting: Vec<_> = unwell.map(|it| (it.0, NO_EXECUTE)).collect();
        wanted.extend(evicting);
    }
    let ours = |it: &Taint| match it.effect.as_str() {
        NO_SCHEDULE => it.key == UNSCHEDULABLE || BY_CONDITION.iter().any(|row| row.2 == it.key),
        NO_EXECUTE => it.key == NOT_READY || it.key == UNREACHABLE,
        _ => false,
    };
    let old = node.spec.as_ref().and_then(|it| it.taints.clone()).unwrap_or_default();
    let is = |it: &Taint, wanted: &(&str, &str)| it.key == wanted.0 && it.effect == wanted.1;
    let kept = old.iter().filter(|taint| !ours(taint) || wanted.iter().any(|it| is(taint, it)));
    let mut taints: Vec<_> = kept.cloned().collect();
    for (key, effect) in wanted.iter().filter(|it| !old.iter().any(|taint| is(taint, it))) {
        taints.push(Taint {
            key: (*key).to_owned(),
            effect: (*effect).to_owned(),
            time_added: Some(dates::now(view)),
            value: None,
        });
    }
    // A taint set by hand has no date; from when pods' tolerations count must be known somewhere.
    for taint in taints.iter_mut().filter(|it| it.effect == NO_EXECUTE) {
        taint.time_added.get_or_insert_with(|| dates::now(view));
    }
    if taints == old {
        return None;
    }
    next.node_mut()?.spec.get_or_insert_default().taints = (!taints.is_empty()).then_some(taints);
    Some(Change::update(next))
}
