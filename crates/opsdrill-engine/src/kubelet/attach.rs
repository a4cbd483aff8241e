//! Volumes that one node has at a time: what the attach/detach controller does about the volumes of drivers.
//!
//! A driver that has no objects for it (`attachRequired: false`) attaches nothing, nor do folders of a node.

use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::event::EventType;
use opsdrill_objects::{Kind, Object};

use super::Kubelets;
use super::worker::{Sandbox, Step, Worker};
use crate::api;
use crate::controllers::Emission;
use crate::storage::{self, Claim, Volume};
use crate::view::View;

/// The controller in its events.
const COMPONENT: &str = "attachdetach-controller";

/// The volumes of a pod that have to be attached to its node.
pub(super) fn needed(view: View<'_>, object: &Object) -> Vec<Arc<Object>> {
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
pub(super) fn held_elsewhere(
    world: &World,
    worker: &Worker,
    volumes: &[Arc<Object>],
) -> Option<String> {
    let view = View::new(world);
    let kubelets = world.resource::<Kubelets>();
    volumes.iter().filter_map(Volume::of).find_map(|volume| {
        let shared = ["ReadWriteMany", "ReadOnlyMany"];
        let modes = volume.spec.access_modes.as_deref().unwrap_or_default();
        if modes.iter().any(|it| shared.contains(&it.as_str())) {
            return None;
        }
        let reference = volume.spec.claim_ref.as_ref()?;
        let claim =
            Claim::named(view, reference.namespace.as_deref()?, reference.name.as_deref()?)?;
        let holds = |it: &&Arc<Object>| {
            let other = kubelets.pods.get(it.meta.uid).filter(|it| it.node != worker.node);
            other.is_some_and(|it| match it.sandbox {
                Sandbox::Missing(_) => matches!(it.step, Step::Sandbox),
                Sandbox::Ready => true,
                Sandbox::Gone => false,
            })
        };
        let holders = storage::users_of(view, claim.object).filter(holds);
        let names: Vec<&str> = holders.map(|it| &*it.meta.name).collect();
        (!names.is_empty()).then(|| {
            let volume = &volume.object.meta.name;
            let names = names.join(", ");
            format!(
                "Multi-Attach error for volume {volume:?} Volume is already used by pod(s) {names}"
            )
        })
    })
}

/// Tells that another node has a volume.
pub(super) fn tell_held(world: &mut World, pod: &Arc<Object>, message: String) {
    tell(world, pod, EventType::Warning, "FailedAttachVolume", message);
}

/// Tells of the volumes that the node has now.
pub(super) fn tell_attached(world: &mut World, pod: &Arc<Object>, volumes: &[Arc<Object>]) {
    for volume in volumes {
        // The real one leaves room for words that do not come.
        let message = format!("AttachVolume.Attach succeeded for volume {:?} ", volume.meta.name);
        tell(world, pod, EventType::Normal, "SuccessfulAttachVolume", message);
    }
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
