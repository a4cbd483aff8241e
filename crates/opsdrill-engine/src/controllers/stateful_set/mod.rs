//! The StatefulSet controller: pods with names that stay, made and unmade in their order.
//!
//! The rules are those of kube-controller-manager's `pkg/controller/statefulset`.

mod identity;
mod ordinals;
mod status;

use std::sync::Arc;

use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetSpec};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use opsdrill_objects::pod::Pod;
use opsdrill_objects::{Kind, Object};

use self::status::Counts;
use super::history::History;
use super::{Answered, Change, Controller, Key, claims, pods};
use crate::dependent::Dependent;
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "statefulset-controller",
    delay: SimDuration(20),
    workers: 5,
    observe,
    reconcile,
    answered,
};

/// The label of a revision with its hash; pods carry the revision's whole name.
const HASH: &str = "controller.kubernetes.io/hash";

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    match notice.kind() {
        Kind::StatefulSet => keys.extend(notice.new.as_deref().map(Key::of)),
        Kind::Pod if pods::matters_to_owners(notice) => {
            claims::owners_of(view, notice, Kind::StatefulSet, selector, keys);
        }
        _ => {}
    }
}

fn selector(object: &Object) -> Option<&LabelSelector> {
    object.stateful_set()?.spec.as_ref().map(|it| &it.selector)
}

/// A StatefulSet in its turn.
struct Turn<'w> {
    view: View<'w>,
    object: &'w Arc<Object>,
    set: &'w StatefulSet,
    spec: &'w StatefulSetSpec,
    /// The names of the revision that was complete last and of the present one.
    current: String,
    update: String,
    /// The template of the former.
    current_template: PodTemplateSpec,
    changes: Vec<Change>,
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(object) = view.get(Kind::StatefulSet, &key.namespace, &key.name) else {
        return Vec::new();
    };
    let Some(set) = object.stateful_set() else { return Vec::new() };
    let Some(spec) = &set.spec else { return Vec::new() };
    // What is not named after the set is none of its pods, whatever its labels say (`isMemberOf`).
    let named = |it: &Dependent| identity::ordinal(object, &it.object).is_some();
    let claimed = claims::claim(view, object, Kind::Pod, &spec.selector, named);
    let status = set.status.as_ref();
    let collisions = status.and_then(|it| it.collision_count);
    let mut history = History::of(view, object, &spec.template, (HASH, collisions));
    let update = format!("{}-{}", object.meta.name, history.hash);
    let known = status.and_then(|it| it.current_revision.clone()).filter(|it| !it.is_empty());
    let current = known.unwrap_or_else(|| update.clone());
    let used = |hash: &str| {
        let name = format!("{}-{hash}", object.meta.name);
        name == current
            || claimed.objects.iter().any(|it| identity::revision(&it.object) == Some(&name))
    };
    history.truncate(spec.revision_history_limit, used);
    let current_template = history.template(&current).unwrap_or_else(|| spec.template.clone());
    let mut changes = claimed.changes;
    changes.append(&mut history.changes);
    let mut turn = Turn { view, object, set, spec, current, update, current_template, changes };
    let present = claimed.objects.iter().map(|it| it.object.clone());
    let (replicas, condemned) = ordinals::sort(&turn, present);
    let counts = Counts::of(&mut turn, replicas.values().flatten().chain(&condemned));
    if !object.meta.is_terminating() {
        ordinals::act(&mut turn, &replicas, &condemned);
    }
    let status = status::of(&turn, counts);
    turn.changes.extend(status);
    turn.changes
}

impl Turn<'_> {
    fn is_parallel(&self) -> bool {
        self.spec.pod_management_policy.as_deref() == Some("Parallel")
    }

    fn wanted(&self) -> i32 {
        self.spec.replicas.unwrap_or(1).max(0)
    }

    /// The first ordinal.
    fn start(&self) -> i32 {
        self.spec.ordinals.as_ref().and_then(|it| it.start).unwrap_or_default()
    }

    /// The ordinal, counted from the first, below which pods keep the revision that was complete last.
    fn partition(&self) -> i32 {
        let strategy = self.spec.update_strategy.as_ref();
        strategy.and_then(|it| it.rolling_update.as_ref()?.partition).unwrap_or_default()
    }

    fn rolls(&self) -> bool {
        let strategy = self.spec.update_strategy.as_ref();
        strategy.and_then(|it| it.type_.as_deref()) != Some("OnDelete")
    }

    /// Whether a pod runs and is ready.
    fn is_ready(pod: &Object) -> bool {
        pod.pod().is_some_and(|it| it.phase() == "Running" && it.is_ready())
    }

    /// Whether a pod has been ready for long enough; asks for another turn when it will have been.
    fn is_available(&mut self, pod: &Object) -> bool {
        if !Self::is_ready(pod) {
            return false;
        }
        let since = pod.pod().and_then(Pod::ready_since);
        let seconds = self.spec.min_ready_seconds.unwrap_or_default();
        let Some(from) = pods::available_from(self.view, since, seconds) else { return false };
        if from > self.view.now() {
            self.changes.push(Change::Again(from));
            return false;
        }
        true
    }
}

/// Tells of a created pod or claim, or of the refusal (`recordPodEvent`, `recordClaimEvent`).
fn answered(view: View<'_>, key: &Key, answered: Answered<'_>) -> Vec<Change> {
    let Some(object) = view.get(Kind::StatefulSet, &key.namespace, &key.name) else {
        return Vec::new();
    };
    let (asked, set) = (answered.asked, &object.meta.name);
    let what = match asked.kind {
        Kind::Pod => format!("create Pod {} in StatefulSet {set}", asked.meta.name),
        Kind::PersistentVolumeClaim => {
            let pod = asked.meta.name.rsplit('-').next().unwrap_or_default();
            format!("create Claim {} Pod {set}-{pod} in StatefulSet {set}", asked.meta.name)
        }
        _ => return Vec::new(),
    };
    match answered.result {
        Ok(_) => {
            let end = if asked.kind == Kind::Pod { "successful" } else { "success" };
            vec![Change::normal(object, "SuccessfulCreate", format!("{what} {end}"))]
        }
        Err(_) if answered.namespace_terminating() => Vec::new(),
        Err(status) => {
            let message = format!("{what} failed error: {}", status.message);
            vec![Change::warning(object, "FailedCreate", message)]
        }
    }
}
