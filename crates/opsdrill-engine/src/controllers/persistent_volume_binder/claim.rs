//! What is done about a claim (`syncClaim`).

use std::collections::BTreeMap;
use std::sync::Arc;

use opsdrill_objects::{Kind, Object};

use super::{next_period, provision, volume};
use crate::controllers::{Change, Key};
use crate::storage::{self, BIND_COMPLETED, BOUND_BY_CONTROLLER, Claim, SELECTED_NODE, Volume};
use crate::view::View;

/// Looks at a claim.
pub(super) fn sync(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(claim) = Claim::named(view, &key.namespace, &key.name) else { return Vec::new() };
    if claim.object.meta.annotation(BIND_COMPLETED).is_some() {
        return bound(view, claim);
    }
    let mut changes = unbound(view, claim);
    let binds =
        |it: &Change| matches!(it, Change::Update(it) if it.kind == Kind::PersistentVolumeClaim);
    if !changes.iter().any(binds) {
        changes.push(Change::Again(next_period(view)));
    }
    changes
}

/// As `syncUnboundClaim`.
fn unbound(view: View<'_>, claim: Claim<'_>) -> Vec<Change> {
    if let Some(name) = claim.volume_name() {
        return wanted(view, claim, name);
    }
    let delayed = claim.is_delayed(view);
    // What is free for a claim that waits for a pod is the scheduler's to choose.
    if let Some(volume) = storage::volumes_for(view, claim, !delayed).first() {
        return bind(view, *volume, claim);
    }
    if claim.wants_default_class()
        && let Some(class) = storage::default_class(view)
    {
        let mut next = (**claim.object).clone();
        let body = next.persistent_volume_claim_mut().expect("a claim");
        body.spec.get_or_insert_default().storage_class_name = Some(class.meta.name.to_string());
        return vec![Change::update(next)];
    }
    if delayed && claim.object.meta.annotation(SELECTED_NODE).is_none() {
        let mut changes = vec![waits_for_a_pod(view, claim.object)];
        changes.extend(with_phase(claim.object, "Pending", None));
        return changes;
    }
    if !claim.class().is_empty() {
        return provision::begin(view, claim);
    }
    let message = "no persistent volumes available for this claim and no storage class is set";
    let mut changes = vec![Change::normal(claim.object, "FailedBinding", message.to_owned())];
    changes.extend(with_phase(claim.object, "Pending", None));
    changes
}

/// A claim that asks for a volume by its name.
fn wanted(view: View<'_>, claim: Claim<'_>, name: &str) -> Vec<Change> {
    let object = claim.object;
    let mut changes = Vec::new();
    match Volume::named(view, name) {
        Some(volume) if volume.spec.claim_ref.is_none() => {
            let Some(complaint) = volume.complaint_about(claim) else {
                return bind(view, volume, claim);
            };
            let message = format!("Cannot bind to requested volume {name:?}: {complaint}");
            changes.push(Change::warning(object, "VolumeMismatch", message));
        }
        Some(volume) if volume.is_meant_for(object) => return bind(view, volume, claim),
        Some(_) => {
            let message = format!("volume {name:?} already bound to a different claim.");
            changes.push(Change::warning(object, "FailedBinding", message));
        }
        None => {}
    }
    changes.extend(with_phase(object, "Pending", None));
    changes
}

/// The event about a claim that waits for the scheduler (`emitEventForUnboundDelayBindingClaim`).
fn waits_for_a_pod(view: View<'_>, object: &Arc<Object>) -> Change {
    let waiting = storage::users_of(view, object)
        .filter(|it| it.pod().is_some_and(|pod| pod.node_name.is_none() && !pod.is_finished()));
    let names: Vec<&str> = waiting.map(|it| &*it.meta.name).collect();
    match names.as_slice() {
        [] => {
            let message = "waiting for first consumer to be created before binding";
            Change::normal(object, "WaitForFirstConsumer", message.to_owned())
        }
        [pod] => {
            let message = format!("waiting for pod {pod} to be scheduled");
            Change::normal(object, "WaitForPodScheduled", message)
        }
        pods => {
            let message = format!("waiting for pods {} to be scheduled", pods.join(","));
            Change::normal(object, "WaitForPodScheduled", message)
        }
    }
}

/// As `syncBoundClaim`: a claim is bound for good, and can only lose its volume.
fn bound(view: View<'_>, claim: Claim<'_>) -> Vec<Change> {
    let (reason, message) = match claim.volume_name() {
        None => (
            "ClaimLost",
            "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!",
        ),
        Some(name) => match Volume::named(view, name) {
            None => (
                "ClaimLost",
                "Bound claim has lost its PersistentVolume. Data on the volume is lost!",
            ),
            Some(volume) => {
                let reference = volume.spec.claim_ref.as_ref();
                let uid = claim.object.meta.uid.to_string();
                if reference.is_none_or(|it| it.uid.as_deref() == Some(&*uid)) {
                    return bind(view, volume, claim);
                }
                (
                    "ClaimMisbound",
                    "Two claims are bound to the same volume, this one is bound incorrectly",
                )
            }
        },
    };
    let mut changes = vec![Change::Again(next_period(view))];
    if let Some(lost) = with_phase(claim.object, "Lost", None) {
        changes.push(lost);
        changes.push(Change::warning(claim.object, reason, message.to_owned()));
    }
    changes
}

/// Puts a volume and a claim together, in as many steps as are missing (`bind`).
fn bind(view: View<'_>, volume: Volume<'_>, claim: Claim<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut next = (**volume.object).clone();
    if let Some(reserved) = storage::reserved(volume, claim.object) {
        next = reserved;
        changes.push(Change::update(next.clone()));
    }
    changes.extend(volume::with_phase(view, &next, "Bound"));
    let mut next = (**claim.object).clone();
    let name = &volume.object.meta.name;
    if claim.volume_name() != Some(name) {
        next.meta.set_annotation(BOUND_BY_CONTROLLER, Some("yes"));
        let body = next.persistent_volume_claim_mut().expect("a claim");
        body.spec.get_or_insert_default().volume_name = Some(name.to_string());
    }
    next.meta.set_annotation(BIND_COMPLETED, Some("yes"));
    if next != **claim.object {
        changes.push(Change::update(next.clone()));
    }
    changes.extend(with_phase(&next, "Bound", Some(volume)));
    changes
}

/// Gives a claim a phase and what it gets of a volume, if it has not got it already (`updateClaimStatus`).
fn with_phase(claim: &Object, phase: &str, volume: Option<Volume<'_>>) -> Option<Change> {
    let mut next = claim.clone();
    let status = next.persistent_volume_claim_mut()?.status.get_or_insert_default();
    let new = status.phase.as_deref() != Some(phase);
    status.phase = Some(phase.to_owned());
    match volume {
        None => (status.access_modes, status.capacity) = (None, None),
        Some(volume) => {
            status.access_modes.clone_from(&volume.spec.access_modes);
            // What a bound claim has grows by another controller.
            if new && let Some(capacity) = &volume.spec.capacity {
                let storage = capacity.iter().filter(|(name, _)| *name == "storage");
                status.capacity = Some(
                    storage
                        .map(|(name, it)| (name.clone(), it.clone()))
                        .collect::<BTreeMap<_, _>>(),
                );
            }
        }
    }
    (next != *claim).then(|| Change::update_status(next))
}
