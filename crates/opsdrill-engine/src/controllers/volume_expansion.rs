//! The expand controller and the drivers' resizers: a bound claim that asks for more gets it.
//!
//! Only CSI drivers that stand in the cluster can; others let the claim wait. A file system grows when a pod runs that
//! uses it.

use std::sync::Arc;

use k8s_openapi::api::core::v1::PersistentVolumeClaimCondition;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use opsdrill_objects::event::EventType;
use opsdrill_objects::pod::Pod;
use opsdrill_objects::quantity::Quantity as Amount;
use opsdrill_objects::{Kind, Object};

use super::{Change, Controller, Emission, Key, dates, nothing_more};
use crate::storage::{self, Claim, Volume};
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "expand-controller",
    delay: SimDuration(1_000),
    workers: 10,
    observe,
    reconcile,
    answered: nothing_more,
};

/// The condition of a claim whose file system waits for a pod.
const PENDING: &str = "FileSystemResizePending";

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    let Some(object) = &notice.new else { return };
    match notice.kind() {
        Kind::PersistentVolumeClaim => {
            let claim = Claim::of(object).filter(|it| wants_more(*it));
            keys.extend(claim.map(|it| Key::of(it.object)));
        }
        // A resizer that starts looks at all that was left to it.
        Kind::CSIDriver if notice.old.is_none() => {
            let claims = view.list(Kind::PersistentVolumeClaim, "").filter_map(Claim::of);
            keys.extend(claims.filter(|it| wants_more(*it)).map(|it| Key::of(it.object)));
        }
        // A pod that begins to run is what a file system waits for.
        Kind::Pod if object.pod().is_some_and(runs) => {
            if notice.old.as_ref().and_then(|it| it.pod()).is_some_and(runs) {
                return;
            }
            let names = object.pod().into_iter().flat_map(|it| storage::claims_of(&it.spec));
            let claims = names.filter_map(|it| Claim::named(view, object.meta.namespace(), it));
            keys.extend(claims.filter(|it| wants_more(*it)).map(|it| Key::of(it.object)));
        }
        _ => {}
    }
}

fn runs(pod: &Pod) -> bool {
    pod.phase() == "Running"
}

/// What a bound claim has.
fn has(claim: Claim<'_>) -> Option<Amount> {
    let status = claim.object.persistent_volume_claim()?.status.as_ref()?;
    Amount::parse(&status.capacity.as_ref()?.get("storage")?.0).ok()
}

fn wants_more(claim: Claim<'_>) -> bool {
    claim.phase() == "Bound" && has(claim).is_some_and(|it| it < claim.requested())
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let claim = Claim::named(view, &key.namespace, &key.name).filter(|it| wants_more(*it));
    let volume = claim.and_then(|it| Volume::named(view, it.volume_name()?));
    let (Some(claim), Some(volume)) = (claim, volume) else { return Vec::new() };
    let (object, wanted) = (claim.object, claim.requested());
    let name = &volume.object.meta.name;
    let mut changes = Vec::new();
    if volume.capacity() < wanted {
        let message = "waiting for an external controller to expand this PVC".to_owned();
        changes.push(told("volume_expand", object, "ExternalExpanding", message));
        let driver = volume.spec.csi.as_ref().map(|it| it.driver.as_str());
        let driver = driver.filter(|it| view.get(Kind::CSIDriver, "", it).is_some());
        let Some(driver) = driver else { return changes };
        let resizer = format!("external-resizer {driver}");
        let message = format!("External resizer is resizing volume {name}");
        changes.push(told(&resizer, object, "Resizing", message));
        let mut grown = (**volume.object).clone();
        if let Some(spec) = grown.persistent_volume_mut().and_then(|it| it.spec.as_mut()) {
            let capacity = spec.capacity.get_or_insert_default();
            capacity.insert("storage".to_owned(), Quantity(wanted.to_string()));
        }
        changes.push(Change::update(grown));
        let message = "Require file system resize of volume on node".to_owned();
        changes.push(told(&resizer, object, "FileSystemResizeRequired", message));
    }
    let mut users = storage::users_of(view, object);
    let used = users.any(|it| it.pod().is_some_and(runs));
    let mut next = (**object).clone();
    let Some(body) = next.persistent_volume_claim_mut() else { return changes };
    let status = body.status.get_or_insert_default();
    if used {
        // What others say of the claim stays.
        let conditions = status.conditions.take().unwrap_or_default().into_iter();
        let others: Vec<_> = conditions.filter(|it| it.type_ != PENDING).collect();
        status.conditions = (!others.is_empty()).then_some(others);
        let capacity = status.capacity.get_or_insert_default();
        capacity.insert("storage".to_owned(), Quantity(wanted.to_string()));
        let message = format!("MountVolume.NodeExpandVolume succeeded for volume {name:?}");
        changes.push(told("kubelet", object, "FileSystemResizeSuccessful", message));
    } else {
        let conditions = status.conditions.get_or_insert_default();
        if !conditions.iter().any(|it| it.type_ == PENDING) {
            conditions.push(pending(view));
        }
    }
    if next != **object {
        changes.push(Change::update_status(next));
    }
    changes
}

fn pending(view: View<'_>) -> PersistentVolumeClaimCondition {
    PersistentVolumeClaimCondition {
        type_: PENDING.to_owned(),
        status: "True".to_owned(),
        last_transition_time: Some(dates::now(view)),
        message: Some(
            "Waiting for user to (re-)start a pod to finish file system resize of volume on node."
                .to_owned(),
        ),
        ..PersistentVolumeClaimCondition::default()
    }
}

fn told(component: &str, about: &Arc<Object>, reason: &'static str, message: String) -> Change {
    let event_type = EventType::Normal;
    let emission = Emission { about: about.clone(), field_path: None, event_type, reason, message };
    Change::EmitAs(component.to_owned(), emission)
}
