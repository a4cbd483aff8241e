//! One turn of the controller: the Deployment and its ReplicaSets as the turn changes them.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::{DeploymentSpec, DeploymentStatus, ReplicaSetStatus};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use opsdrill_objects::Object;

use super::strategy::Strategy;
use crate::controllers::{Change, replica_set};
use crate::time::SimTime;
use crate::view::View;

/// How many pods the Deployment asked for when the ReplicaSet was last scaled.
const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
/// How many pods all ReplicaSets together could have when the ReplicaSet was last scaled.
const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";

/// A ReplicaSet within a turn.
pub(super) struct Set {
    /// As the turn leaves it.
    pub(super) object: Object,
    /// The replicas it asked for before the turn: what the status is computed from, as in the real controller.
    pub(super) asked_before: i32,
}

impl Set {
    /// A ReplicaSet as it stands.
    pub(super) fn new(object: Object) -> Self {
        let asked_before = object.replica_set().map_or(0, replica_set::wanted);
        Self { object, asked_before }
    }

    /// The replicas it asks for.
    pub(super) fn asked(&self) -> i32 {
        self.object.replica_set().map_or(0, replica_set::wanted)
    }

    /// Its status.
    pub(super) fn status(&self) -> Option<&ReplicaSetStatus> {
        self.object.replica_set()?.status.as_ref()
    }

    /// A number of its status.
    pub(super) fn counted(&self, count: fn(&ReplicaSetStatus) -> Option<i32>) -> i32 {
        self.status().and_then(count).unwrap_or_default()
    }

    /// Its pods.
    pub(super) fn replicas(&self) -> i32 {
        self.counted(|it| Some(it.replicas))
    }

    /// Its available pods.
    pub(super) fn available(&self) -> i32 {
        self.counted(|it| it.available_replicas)
    }

    /// Its template.
    pub(super) fn template(&self) -> Option<&PodTemplateSpec> {
        self.object.replica_set()?.spec.as_ref()?.template.as_ref()
    }

    /// How many pods the Deployment asked for when it was last scaled.
    pub(super) fn desired(&self) -> Option<i32> {
        self.object.meta.annotation(DESIRED_REPLICAS)?.parse().ok()
    }

    /// How many pods all ReplicaSets together could have when it was last scaled.
    pub(super) fn max_replicas(&self) -> Option<i32> {
        self.object.meta.annotation(MAX_REPLICAS)?.parse().ok()
    }

    /// Notes the numbers of the Deployment; false if they were noted already.
    pub(super) fn note_replicas(&mut self, desired: i32, max: i32) -> bool {
        if self.desired() == Some(desired) && self.max_replicas() == Some(max) {
            return false;
        }
        self.object.meta.set_annotation(DESIRED_REPLICAS, Some(&desired.to_string()));
        self.object.meta.set_annotation(MAX_REPLICAS, Some(&max.to_string()));
        true
    }
}

/// One turn.
pub(super) struct Turn<'w> {
    /// What there is.
    pub(super) view: View<'w>,
    /// The Deployment as it was.
    pub(super) object: &'w Arc<Object>,
    /// Its specification.
    pub(super) spec: &'w DeploymentSpec,
    /// Its strategy in numbers.
    pub(super) strategy: Strategy,
    /// The Deployment as the turn leaves it, but for its status.
    pub(super) next: Object,
    /// The status as the turn leaves it.
    pub(super) status: DeploymentStatus,
    /// The ReplicaSets, oldest first.
    pub(super) sets: Vec<Set>,
    /// The place of the ReplicaSet that has the Deployment's template.
    pub(super) new: Option<usize>,
    /// What is to be done.
    pub(super) changes: Vec<Change>,
    /// When to look again.
    pub(super) again: Option<SimTime>,
}

impl<'w> Turn<'w> {
    pub(super) fn new(
        view: View<'w>,
        object: &'w Arc<Object>,
        spec: &'w DeploymentSpec,
        sets: impl Iterator<Item = Object>,
    ) -> Self {
        let mut sets: Vec<_> = sets.map(Set::new).collect();
        sets.sort_by(|a, b| {
            let age = |it: &Set| (it.object.meta.created, it.object.meta.name.clone());
            age(a).cmp(&age(b))
        });
        let status = object.deployment().and_then(|it| it.status.clone()).unwrap_or_default();
        Self {
            view,
            object,
            spec,
            strategy: Strategy::of(spec),
            next: (**object).clone(),
            status,
            sets,
            new: None,
            changes: Vec::new(),
            again: None,
        }
    }

    /// The replicas that the Deployment asks for.
    pub(super) fn replicas(&self) -> i32 {
        self.strategy.replicas
    }

    /// Whether the rollout is paused.
    pub(super) fn is_paused(&self) -> bool {
        self.spec.paused.unwrap_or(false)
    }

    /// `progressDeadlineSeconds`, unless there is none.
    pub(super) fn progress_deadline(&self) -> Option<i32> {
        self.spec.progress_deadline_seconds.filter(|it| *it != i32::MAX)
    }

    /// The ReplicaSet of the Deployment's template.
    pub(super) fn new_set(&self) -> Option<&Set> {
        self.new.map(|it| &self.sets[it])
    }

    /// The places of the other ReplicaSets, oldest first.
    pub(super) fn old(&self) -> impl DoubleEndedIterator<Item = usize> + use<> {
        let new = self.new;
        (0..self.sets.len()).filter(move |it| Some(*it) != new)
    }

    /// The places of the other ReplicaSets that ask for pods, oldest first.
    pub(super) fn active_old(&self) -> Vec<usize> {
        self.old().filter(|it| self.sets[*it].asked() > 0).collect()
    }

    /// The replicas that all ReplicaSets together ask for.
    pub(super) fn asked(&self) -> i32 {
        self.sets.iter().map(Set::asked).sum()
    }

    /// The available pods of all ReplicaSets.
    pub(super) fn available(&self) -> i32 {
        self.sets.iter().map(Set::available).sum()
    }

    /// Scales a ReplicaSet and tells of it; false if it has that size already.
    pub(super) fn scale(&mut self, place: usize, replicas: i32) -> bool {
        self.sets[place].asked() != replicas && self.resize(place, replicas)
    }

    /// Scales a ReplicaSet or, if only these changed, renews the numbers noted on it; whether it was scaled.
    pub(super) fn resize(&mut self, place: usize, replicas: i32) -> bool {
        let (desired, max) = (self.replicas(), self.strategy.max_replicas());
        let set = &mut self.sets[place];
        let before = set.asked();
        let noted = set.note_replicas(desired, max);
        if let Some(spec) = set.object.replica_set_mut().and_then(|it| it.spec.as_mut()) {
            spec.replicas = Some(replicas);
        }
        if !noted && before == replicas {
            return false;
        }
        self.changes.push(Change::update(set.object.clone()));
        let name = set.object.meta.name.clone();
        self.tell_scaled(&name, before, replicas);
        before != replicas
    }

    /// Tells of a changed size.
    pub(super) fn tell_scaled(&mut self, set: &str, before: i32, after: i32) {
        if before != after {
            let direction = if before < after { "up" } else { "down" };
            let message = format!("Scaled {direction} replica set {set} from {before} to {after}");
            self.changes.push(Change::normal(self.object, "ScalingReplicaSet", message));
        }
    }

    /// What is to be done, the Deployment's own changes last.
    pub(super) fn finish(mut self) -> Vec<Change> {
        if self.next.meta != self.object.meta {
            // The revision is an annotation, and still written through the status.
            self.changes.push(Change::update_status(self.next.clone()));
        }
        let old = self.object.deployment().and_then(|it| it.status.as_ref());
        if old != Some(&self.status) {
            if let Some(deployment) = self.next.deployment_mut() {
                deployment.status = Some(self.status);
            }
            self.changes.push(Change::update_status(self.next));
        }
        self.changes.extend(self.again.map(Change::Again));
        self.changes
    }
}
