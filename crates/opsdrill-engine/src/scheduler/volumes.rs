//! The volumes of a pod that looks for a node, after the real scheduler's plugin `VolumeBinding`.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::{Kind, Object, Uid};

use super::demand::NodeTerm;
use super::ledger::NodeEntry;
use super::outcome::identity;
use crate::api::{self, Request};
use crate::storage::{self, Claim, NO_PROVISIONER, SELECTED_NODE, Volume};
use crate::time::{SimDuration, SimTime};
use crate::view::View;

/// How long a pod that has a node waits for its volumes (`bindTimeoutSeconds`).
pub(super) const PATIENCE: SimDuration = SimDuration::minutes(10);
/// What is said when that is over.
pub(super) const OUT_OF_PATIENCE: &str =
    "running PreBind plugin \"VolumeBinding\": binding volumes: context deadline exceeded";

const CONFLICT: &str = "node(s) had volume node affinity conflict";
const NONE_TO_BIND: &str = "node(s) didn't find available persistent volumes to bind";
const GONE: &str = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";

/// What a pod's claims ask of a node.
#[derive(Default)]
pub(super) struct Volumes<'w> {
    /// Where the volumes can be reached to which its claims are bound; `None` for one that is gone.
    bound: Vec<Option<Reach>>,
    /// Its claims that wait for its node.
    waiting: Vec<Waiting<'w>>,
}

/// Where a volume can be reached: everywhere without terms.
struct Reach(Vec<NodeTerm>);

struct Waiting<'w> {
    view: View<'w>,
    claim: Claim<'w>,
    /// Whether there are volumes that it could have on some node.
    has_volumes: bool,
}

/// What a claim that waits gets on a node.
enum Choice<'w> {
    /// One that is there.
    Volume(Volume<'w>),
    /// A new one.
    New,
}

impl Reach {
    fn of(volume: Volume<'_>) -> Self {
        let required = volume.spec.node_affinity.as_ref().and_then(|it| it.required.as_ref());
        let terms = required.into_iter().flat_map(|it| &it.node_selector_terms);
        Self(terms.map(NodeTerm::of).collect())
    }

    fn covers(&self, name: &str, labels: &BTreeMap<String, String>) -> bool {
        self.0.is_empty() || self.0.iter().any(|it| it.matches(name, labels))
    }
}

impl<'w> Volumes<'w> {
    /// Looks at the claims of a pod.
    ///
    /// # Errors
    /// What keeps it from every node.
    pub(super) fn of(view: View<'w>, pod: &Object, claims: &[String]) -> Result<Self, String> {
        let mut volumes = Self::default();
        for name in claims {
            let Some(claim) = Claim::named(view, pod.meta.namespace(), name) else {
                return Err(format!("persistentvolumeclaim {name:?} not found"));
            };
            if claim.phase() == "Lost" {
                let volume = claim.volume_name().unwrap_or_default();
                return Err(format!(
                    "persistentvolumeclaim {name:?} bound to non-existent persistentvolume {volume:?}"
                ));
            }
            if claim.object.meta.is_terminating() {
                return Err(format!("persistentvolumeclaim {name:?} is being deleted"));
            }
            if claim.is_bound() {
                let volume = claim.volume_name().and_then(|it| Volume::named(view, it));
                volumes.bound.push(volume.map(Reach::of));
            } else if claim.is_delayed(view) && claim.volume_name().is_none() {
                let any = storage::volume_for(view, claim, true, Some(&|_| true));
                volumes.waiting.push(Waiting { view, claim, has_volumes: any.is_some() });
            } else {
                return Err("pod has unbound immediate PersistentVolumeClaims".to_owned());
            }
        }
        Ok(volumes)
    }

    /// Whether any node could be wrong.
    pub(super) fn matter(&self) -> bool {
        !self.waiting.is_empty()
            || self.bound.iter().any(|it| it.as_ref().is_none_or(|it| !it.0.is_empty()))
    }

    /// Looks at a node.
    ///
    /// # Errors
    /// What speaks against it.
    pub(super) fn check(&self, node: &NodeEntry) -> Result<(), Vec<&'static str>> {
        let mut against = Vec::new();
        if self.bound.iter().any(Option::is_none) {
            against.push(GONE);
        }
        let mut reached = self.bound.iter().flatten();
        if !reached.all(|it| it.covers(&node.name, &node.labels)) {
            against.push(CONFLICT);
        }
        if self.choices(&node.name, &node.labels).is_none() {
            against.push(NONE_TO_BIND);
        }
        if against.is_empty() { Ok(()) } else { Err(against) }
    }

    /// What each claim that waits gets on a node; `None` if one gets nothing.
    fn choices(&self, name: &str, labels: &BTreeMap<String, String>) -> Option<Vec<Choice<'w>>> {
        let mut taken: Vec<Uid> = Vec::new();
        let mut choices = Vec::new();
        for waiting in &self.waiting {
            let selected = waiting.claim.object.meta.annotation(SELECTED_NODE);
            if selected.is_some_and(|it| it != name) {
                return None;
            }
            let reached = |it: Volume<'w>| {
                !taken.contains(&it.object.meta.uid) && Reach::of(it).covers(name, labels)
            };
            let there = waiting.has_volumes && selected.is_none();
            let volume = there
                .then(|| storage::volume_for(waiting.view, waiting.claim, true, Some(&reached)));
            if let Some(volume) = volume.flatten() {
                taken.push(volume.object.meta.uid);
                choices.push(Choice::Volume(volume));
            } else if waiting.can_be_made(labels) {
                choices.push(Choice::New);
            } else {
                return None;
            }
        }
        Some(choices)
    }
}

impl Waiting<'_> {
    /// Whether a volume can be made for a node with these labels.
    fn can_be_made(&self, labels: &BTreeMap<String, String>) -> bool {
        let Some(class) = storage::class(self.view, self.claim.class()) else { return false };
        let terms = class.allowed_topologies.as_deref().unwrap_or_default();
        let fits = |it: &k8s_openapi::api::core::v1::TopologySelectorTerm| {
            let mut wanted = it.match_label_expressions.iter().flatten();
            wanted.all(|it| labels.get(&it.key).is_some_and(|label| it.values.contains(label)))
        };
        class.provisioner != NO_PROVISIONER && (terms.is_empty() || terms.iter().any(fits))
    }
}

/// Reserves volumes for a pod's claims on its node, or asks for new ones; false if nothing had to be done.
pub(super) fn prepare(world: &mut World, pod: &Object, claims: &[String], node: &str) -> bool {
    let view = View::new(world);
    let labels =
        view.get(Kind::Node, "", node).map(|it| it.meta.labels.clone()).unwrap_or_default();
    let Ok(volumes) = Volumes::of(view, pod, claims) else { return false };
    let Some(choices) = volumes.choices(node, &labels).filter(|it| !it.is_empty()) else {
        return false;
    };
    let mut writes = Vec::new();
    for (waiting, choice) in volumes.waiting.iter().zip(choices) {
        match choice {
            Choice::Volume(volume) => {
                writes.extend(storage::reserved(volume, waiting.claim.object));
            }
            Choice::New => {
                let mut next = (**waiting.claim.object).clone();
                next.meta.set_annotation(SELECTED_NODE, Some(node));
                writes.push(next);
            }
        }
    }
    for object in writes {
        // Whoever was faster has changed it: the pod's volumes are not there in time, and it is tried again.
        let _ = api::handle(world, &identity(), Request::update(object));
    }
    true
}

/// A pod that has a node and waits for its volumes there.
#[derive(Debug)]
pub(super) struct Binding {
    /// The node.
    pub node: Arc<str>,
    /// When it is given up.
    pub until: SimTime,
}

/// Whether all claims of a pod are bound.
pub(super) fn are_bound(view: View<'_>, pod: &Object, claims: &[String]) -> bool {
    let mut claims = claims.iter().map(|it| Claim::named(view, pod.meta.namespace(), it));
    claims.all(|it| it.is_some_and(|it| it.is_bound() && it.phase() == "Bound"))
}
