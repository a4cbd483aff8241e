//! Which pods a ReplicaSet gives up first (kube-controller-manager's `ActivePodsWithRanks`).

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use opsdrill_objects::pod::Pod;
use opsdrill_objects::{Kind, Object};

use crate::controllers::pods;
use crate::view::View;

/// The annotation by which users say what a pod's end costs.
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// The active pods of all ReplicaSets with the same controller, counted by node: where there are many, one is missed
/// least. A ReplicaSet without a controller has no such relatives.
pub(super) fn related_pods(view: View<'_>, set: &Object) -> BTreeMap<Arc<str>, usize> {
    let mut by_node = BTreeMap::new();
    let Some(controller) = set.meta.controller() else { return by_node };
    let siblings =
        view.owned_by(controller.uid).into_iter().filter(|it| it.kind == Kind::ReplicaSet);
    for pod in siblings.flat_map(|it| view.owned_by(it.meta.uid)).filter(|it| pods::is_active(it)) {
        if let Some(node) = pod.pod().and_then(|it| it.node_name.clone()) {
            *by_node.entry(node).or_default() += 1;
        }
    }
    by_node
}

/// The first `count` pods to go.
pub(super) fn first<'w>(
    view: View<'_>,
    mut present: Vec<&'w Arc<Object>>,
    related: &BTreeMap<Arc<str>, usize>,
    count: usize,
) -> Vec<&'w Arc<Object>> {
    if count < present.len() {
        present.sort_by_cached_key(|it| Rank::of(view, it, related));
        present.truncate(count);
    }
    present
}

/// A pod's place in the order; the smallest goes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    assigned: bool,
    phase: u8,
    ready: bool,
    deletion_cost: i32,
    doubled_up: Reverse<usize>,
    /// How long it has been ready, as a power of two of nanoseconds.
    ready_for: Age,
    restarts: Reverse<i32>,
    age: Age,
    uid: opsdrill_objects::Uid,
}

impl Rank {
    fn of(view: View<'_>, object: &Object, related: &BTreeMap<Arc<str>, usize>) -> Self {
        let pod = object.pod().expect("ReplicaSets own pods");
        let node = pod.node_name.as_ref();
        let now = view.unix_now();
        Self {
            assigned: node.is_some(),
            phase: match pod.phase() {
                "Pending" => 0,
                "Unknown" => 1,
                _ => 2,
            },
            ready: pod.is_ready(),
            deletion_cost: deletion_cost(object),
            doubled_up: Reverse(node.and_then(|it| related.get(it)).copied().unwrap_or_default()),
            ready_for: Age::of(pod.ready_since().unwrap_or_default(), now),
            restarts: Reverse(restarts(pod)),
            age: Age::of(object.meta.created, now),
            uid: object.meta.uid,
        }
    }
}

/// An age on the logarithmic scale that keeps pods of about the same age equal, so that chance (the UID) decides.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Age(i32);

impl Age {
    /// Of an event at a date; one without a date has none, and goes first.
    fn of(date: i64, now: i64) -> Self {
        match (date, now - date) {
            (0, _) => Self(-2),
            (_, seconds @ 1..) => Self((seconds * 1_000_000_000).ilog2() as i32),
            _ => Self(-1),
        }
    }
}

fn deletion_cost(object: &Object) -> i32 {
    object.meta.annotation(DELETION_COST).and_then(|it| it.parse().ok()).unwrap_or_default()
}

/// The restarts of the container that was restarted most.
fn restarts(pod: &Pod) -> i32 {
    let containers = pod.status.container_statuses.iter().flatten();
    containers.map(|it| it.restart_count).max().unwrap_or_default()
}
