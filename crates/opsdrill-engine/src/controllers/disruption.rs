//! The disruption controller: how many pods of a budget may be taken away now.

use std::sync::Arc;

use k8s_openapi::api::policy::v1::{PodDisruptionBudgetSpec, PodDisruptionBudgetStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use k8s_openapi::jiff::Timestamp;
use opsdrill_objects::selector::Selector;
use opsdrill_objects::{Kind, Object};

use super::{Change, Controller, Key, nothing_more, pods};
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "disruption-controller",
    delay: SimDuration(10),
    workers: 1,
    observe,
    reconcile,
    answered: nothing_more,
};

/// Whether a budget is about a pod: one without a selector is about none, one with an empty selector about all.
pub(crate) fn covers(budget: &Object, pod: &Object) -> bool {
    let spec = budget.pod_disruption_budget().and_then(|it| it.spec.as_ref());
    let selector = spec.and_then(|it| it.selector.as_ref());
    Selector::from_label_selector(selector).is_ok_and(|it| it.matches(&pod.meta.labels))
}

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    match notice.kind() {
        Kind::PodDisruptionBudget if notice.new.is_some() => keys.push(Key::of(notice.object())),
        Kind::Pod if pods::matters_to_owners(notice) => {
            let states = || notice.old.iter().chain(&notice.new);
            let budgets = view.list(Kind::PodDisruptionBudget, notice.object().meta.namespace());
            let about = budgets.filter(|budget| states().any(|it| covers(budget, it)));
            keys.extend(about.map(|it| Key::of(it)));
        }
        _ => {}
    }
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(object) = view.get(Kind::PodDisruptionBudget, &key.namespace, &key.name) else {
        return Vec::new();
    };
    let Some(body) = object.pod_disruption_budget() else { return Vec::new() };
    let spec = body.spec.clone().unwrap_or_default();
    let old = body.status.clone().unwrap_or_default();
    let all = view.list(Kind::Pod, &key.namespace).filter(|it| covers(object, it));
    let pods: Vec<&Arc<Object>> = all.collect();
    let mut changes = Vec::new();
    if pods.is_empty() {
        // Manifests that are applied together take a while in life: the pods are there before their budget is.
        if view.unix_now() - object.meta.created < 2 {
            changes.push(Change::Again(view.now() + SimDuration::seconds(2)));
        } else {
            changes.push(Change::normal(object, "NoPods", "No matching pods found".to_owned()));
        }
    }
    let (expected, desired) = wanted(view, &spec, &pods);
    let healthy = pods.iter().filter(|it| {
        !it.meta.is_terminating() && it.pod().is_some_and(|pod| pod.condition("Ready"))
    });
    let healthy = healthy.count() as i32;
    let allowed = if expected <= 0 { 0 } else { (healthy - desired).max(0) };
    let status = PodDisruptionBudgetStatus {
        conditions: Some(vec![condition(view, &old, allowed, object.meta.generation)]),
        current_healthy: healthy,
        desired_healthy: desired,
        disrupted_pods: None,
        disruptions_allowed: allowed,
        expected_pods: expected,
        observed_generation: Some(object.meta.generation),
    };
    if status == old {
        return changes;
    }
    let mut next = (**object).clone();
    if let Some(body) = next.pod_disruption_budget_mut() {
        body.status = Some(status);
    }
    changes.push(Change::update_status(next));
    changes
}

/// How many pods there should be, and how many of them must be well (`getExpectedPodCount`).
fn wanted(view: View<'_>, spec: &PodDisruptionBudgetSpec, pods: &[&Arc<Object>]) -> (i32, i32) {
    match (&spec.max_unavailable, &spec.min_available) {
        (Some(most), _) => {
            let expected = replicas(view, pods);
            (expected, (expected - scaled(most, expected)).max(0))
        }
        (None, Some(IntOrString::Int(least))) => (pods.len() as i32, *least),
        (None, Some(least)) => {
            let expected = replicas(view, pods);
            (expected, scaled(least, expected))
        }
        (None, None) => (pods.len() as i32, 0),
    }
}

/// A number, or a percentage of a total, rounded up.
fn scaled(value: &IntOrString, total: i32) -> i32 {
    match value {
        IntOrString::Int(number) => *number,
        IntOrString::String(text) => {
            let percent: i32 = text.trim_end_matches('%').parse().unwrap_or_default();
            (percent * total + 99) / 100
        }
    }
}

/// The replicas that the controllers of some pods want, each controller once.
fn replicas(view: View<'_>, pods: &[&Arc<Object>]) -> i32 {
    let mut seen = Vec::new();
    let mut sum = 0;
    for pod in pods {
        let Some(mut owner) = controller(view, pod) else { continue };
        // A Deployment stands behind its ReplicaSets.
        if let Some(above) = controller(view, owner) {
            owner = above;
        }
        if !seen.contains(&owner.meta.uid) {
            seen.push(owner.meta.uid);
            sum += replicas_of(owner).unwrap_or_default();
        }
    }
    sum
}

fn controller<'w>(view: View<'w>, object: &Object) -> Option<&'w Arc<Object>> {
    view.by_uid(object.meta.controller()?.uid)
}

fn replicas_of(owner: &Object) -> Option<i32> {
    match owner.kind {
        Kind::Deployment => owner.deployment()?.spec.as_ref()?.replicas,
        Kind::ReplicaSet => owner.replica_set()?.spec.as_ref()?.replicas,
        Kind::StatefulSet => owner.stateful_set()?.spec.as_ref()?.replicas,
        Kind::ReplicationController => owner.replication_controller()?.spec.as_ref()?.replicas,
        _ => None,
    }
}

fn condition(
    view: View<'_>,
    old: &PodDisruptionBudgetStatus,
    allowed: i32,
    generation: i64,
) -> Condition {
    let (status, reason) =
        if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let before = old.conditions.iter().flatten().find(|it| it.type_ == "DisruptionAllowed");
    let now = Timestamp::from_second(view.unix_now()).expect("simulated dates are in the calendar");
    let since = before.filter(|it| it.status == status);
    Condition {
        type_: "DisruptionAllowed".into(),
        status: status.into(),
        reason: reason.into(),
        message: String::new(),
        observed_generation: Some(generation),
        last_transition_time: since.map_or(Time(now), |it| it.last_transition_time.clone()),
    }
}
