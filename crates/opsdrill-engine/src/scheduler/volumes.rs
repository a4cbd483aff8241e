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
pub(super) const OUT_OF_PATIENCE: &str = "context deadline exceeded";

const CONFLICT: &str = "node(s) had volume node affinity conflict";
const NONE_TO_BIND: &str = "node(s) didn't find available persistent volumes to bind";
const GONE: &str = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";

/// What is said of a pod that cannot have its node because of its volumes.
pub(super) fn failure(why: &str) -> String {
    format!("running PreBind plugin \"VolumeBinding\": binding volumes: {why}")
}

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
    /// The volumes that it could have, best first, and where each can be reached.
    candidates: Vec<(Volume<'w>, Reach)>,
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
                let candidates = storage::volumes_for(view, claim, true).into_iter();
                let candidates = candidates.map(|it| (it, Reach::of(it))).collect();
                volumes.waiting.push(Waiting { view, claim, candidates });
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
            // Once somebody has been asked for a new one, no other is taken.
            let mut candidates = waiting.candidates.iter().filter(|_| selected.is_none());
            let volume = candidates.find(|(it, reach)| {
                !taken.contains(&it.object.meta.uid) && reach.covers(name, labels)
            });
            if let Some((volume, _)) = volume {
                taken.push(volume.object.meta.uid);
                choices.push(Choice::Volume(*volume));
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

/// Reserves volumes for a pod's claims on its node, or asks for new ones; what is to be waited for then.
///
/// # Errors
/// Why the API refused.
pub(super) fn prepare(
    world: &mut World,
    pod: &Object,
    claims: &[String],
    node: &str,
) -> Result<Vec<Awaited>, String> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let view = View::new(world);
    let labels =
        view.get(Kind::Node, "", node).map(|it| it.meta.labels.clone()).unwrap_or_default();
    let volumes = Volumes::of(view, pod, claims)?;
    let Some(choices) = volumes.choices(node, &labels) else { return Ok(Vec::new()) };
    let (mut awaited, mut writes) = (Vec::new(), Vec::new());
    for (waiting, choice) in volumes.waiting.iter().zip(choices) {
        let claim = waiting.claim.object;
        let volume = match choice {
            Choice::Volume(volume) => {
                writes.extend(storage::reserved(volume, claim));
                Some(volume.object.meta.name.clone())
            }
            Choice::New => {
                let mut next = (**claim).clone();
                next.meta.set_annotation(SELECTED_NODE, Some(node));
                writes.push(next);
                None
            }
        };
        awaited.push(Awaited { claim: claim.meta.name.clone(), volume });
    }
    for object in writes {
        let answer = api::handle(world, &identity(), Request::update(object));
        answer.result.map_err(|it| it.message)?;
    }
    Ok(awaited)
}

/// A claim that a pod's node has been chosen for.
#[derive(Debug)]
pub(super) struct Awaited {
    /// Its name.
    claim: Arc<str>,
    /// The volume that is reserved for it; `None` if one is to be made.
    volume: Option<Arc<str>>,
}

/// A pod that has a node and waits for its volumes there.
#[derive(Debug)]
pub(super) struct Binding {
    /// The node.
    pub node: Arc<str>,
    /// What it waits for.
    pub awaited: Vec<Awaited>,
    /// When it is given up.
    pub until: SimTime,
}

impl Binding {
    /// Whether all that a pod waits for is bound (`checkBindings`).
    ///
    /// # Errors
    /// Why that will never be so.
    pub(super) fn is_done(&self, view: View<'_>, namespace: &str) -> Result<bool, String> {
        let mut done = true;
        for Awaited { claim: name, volume } in &self.awaited {
            let checked = if volume.is_some() { "binding" } else { "provisioning pvc" };
            let missing = |what: &str, key: &str| {
                format!("failed to check {checked}: could not find v1.{what} {key:?}")
            };
            if let Some(name) = volume {
                let volume =
                    Volume::named(view, name).ok_or_else(|| missing("PersistentVolume", name))?;
                let reference = volume.spec.claim_ref.as_ref().and_then(|it| it.uid.as_deref());
                if reference.unwrap_or_default().is_empty() {
                    return Err(format!("ClaimRef got reset for pv {name:?}"));
                }
            }
            let claim = Claim::named(view, namespace, name)
                .ok_or_else(|| missing("PersistentVolumeClaim", &format!("{namespace}/{name}")))?;
            let meta = &claim.object.meta;
            if volume.is_none() && meta.annotations.is_empty() {
                return Err(format!("selectedNode annotation reset for PVC {name:?}"));
            }
            if volume.is_none() && meta.annotation(SELECTED_NODE) != Some(&*self.node) {
                return Err(format!("provisioning failed for PVC {name:?}"));
            }
            done &= claim.is_bound() && claim.phase() == "Bound";
        }
        Ok(done)
    }
}
