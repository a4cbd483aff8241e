//! Volumes that one node has at a time: what the attach/detach controller does about the volumes of drivers.
//!
//! A driver that has no objects for it (`attachRequired: false`) attaches nothing, nor do folders of a node.

use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::event::EventType;
use opsdrill_objects::{Kind, Object};

use super::Kubelets;
use super::worker::{Attachment, Sandbox, Worker};
use crate::api;
use crate::controllers::Emission;
use crate::storage::{self, Claim, Volume};
use crate::view::View;

/// The controller in its events.
const COMPONENT: &str = "attachdetach-controller";

/// Attaches the volumes of a pod to its node, before anything is mounted there; false if another node has one.
pub(super) fn attach(world: &mut World, worker: &mut Worker, object: &Arc<Object>) -> bool {
    if worker.attachment == Attachment::Done {
        return true;
    }
    let volumes = needed(View::new(world), object);
    if let Some(message) = held_elsewhere(world, worker, &volumes) {
        // It is told once, however long it lasts.
        if worker.attachment == Attachment::None {
            worker.attachment = Attachment::Refused;
            tell(world, object, EventType::Warning, "FailedAttachVolume", message);
        }
        return false;
    }
    worker.attachment = Attachment::Done;
    for volume in volumes.iter().filter_map(Volume::of) {
        let has_it = |it: &Worker| it.node == worker.node && it.uid != worker.uid;
        if !holders(world, volume, has_it).is_empty() {
            continue;
        }
        let name = &volume.object.meta.name;
        // The real one leaves room for words that do not come.
        let message = format!("AttachVolume.Attach succeeded for volume {name:?} ");
        tell(world, object, EventType::Normal, "SuccessfulAttachVolume", message);
    }
    true
}

/// The volumes of a pod that have to be attached to its node.
fn needed(view: View<'_>, object: &Object) -> Vec<Arc<Object>> {
    let claims = object.pod().into_iter().flat_map(|it| storage::claims_of(&it.spec));
    let volumes = claims.filter_map(|name| {
        let claim = Claim::named(view, object.meta.namespace(), name)?;
        let volume = Volume::named(view, claim.volume_name()?)?;
        let driver = view.get(Kind::CSIDriver, "", &volume.spec.csi.as_ref()?.driver)?;
        let spec = &driver.csi_driver()?.spec;
        (spec.attach_required != Some(false)).then(|| volume.object.clone())
    });
    volumes.collect()
}

/// Whether another node has one of a pod's volumes that only one may have; the reason in the controller's words.
fn held_elsewhere(world: &World, worker: &Worker, volumes: &[Arc<Object>]) -> Option<String> {
    volumes.iter().filter_map(Volume::of).find_map(|volume| {
        let shared = ["ReadWriteMany", "ReadOnlyMany"];
        let modes = volume.spec.access_modes.as_deref().unwrap_or_default();
        if modes.iter().any(|it| shared.contains(&it.as_str())) {
            return None;
        }
        let names = holders(world, volume, |it| it.node != worker.node);
        (!names.is_empty()).then(|| {
            let volume = &volume.object.meta.name;
            let names = names.join(", ");
            format!(
                "Multi-Attach error for volume {volume:?} Volume is already used by pod(s) {names}"
            )
        })
    })
}

/// The pods for which some nodes have a volume.
fn holders<'w>(
    world: &'w World,
    volume: Volume<'_>,
    meant: impl Fn(&Worker) -> bool,
) -> Vec<&'w str> {
    let view = View::new(world);
    let reference = volume.spec.claim_ref.as_ref();
    let claim =
        reference.and_then(|it| Claim::named(view, it.namespace.as_deref()?, it.name.as_deref()?));
    let Some(claim) = claim else { return Vec::new() };
    let pods = &world.resource::<Kubelets>().pods;
    let holds =
        |it: &Worker| it.attachment == Attachment::Done && it.sandbox != Sandbox::Gone && meant(it);
    let users = storage::users_of(view, claim.object);
    users.filter(|it| pods.get(it.meta.uid).is_some_and(holds)).map(|it| &*it.meta.name).collect()
}

fn tell(
    world: &mut World,
    pod: &Arc<Object>,
    event_type: EventType,
    reason: &'static str,
    message: String,
) {
    let emission = Emission { about: pod.clone(), field_path: None, event_type, reason, message };
    api::events::emit(world, COMPONENT, None, emission);
}
