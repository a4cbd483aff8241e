//! What is set on claims and volumes, and which claims may grow.

use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::{Object, Status};

use crate::storage::{self, CLAIM_PROTECTION, Claim, VOLUME_PROTECTION};
use crate::view::View;

/// Protects a new claim or volume (`StorageObjectInUseProtection`) and names the default class
/// (`DefaultStorageClass`).
pub(super) fn create(world: &World, object: &mut Object) {
    let finalizer = if object.persistent_volume_claim().is_some() {
        CLAIM_PROTECTION
    } else if object.persistent_volume().is_some() {
        VOLUME_PROTECTION
    } else {
        return;
    };
    if !object.meta.finalizers.iter().any(|it| it == finalizer) {
        object.meta.finalizers.push(finalizer.to_owned());
    }
    if !storage::lacks_class(object) {
        return;
    }
    let class = storage::default_class(View::new(world)).map(|it| it.meta.name.to_string());
    if let Some(spec) = object.persistent_volume_claim_mut().and_then(|it| it.spec.as_mut()) {
        spec.storage_class_name = class;
    }
}

/// Refuses a claim that grows and may not (`PersistentVolumeClaimResize`).
///
/// # Errors
/// 403 with the real text.
pub(super) fn update(world: &World, object: &Object, old: &Arc<Object>) -> Result<(), Status> {
    let Some(was) = Claim::of(old) else { return Ok(()) };
    let is = object.persistent_volume_claim().and_then(|it| it.spec.as_ref());
    let Some(is) = is.filter(|it| storage::requested(it) > was.requested()) else {
        return Ok(());
    };
    let why = if was.phase() == "Bound" {
        let class = storage::class(View::new(world), storage::class_of(object, is));
        if class.is_some_and(|it| it.allow_volume_expansion == Some(true)) {
            return Ok(());
        }
        "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
    } else {
        "Only bound persistent volume claims can be expanded"
    };
    Err(Status::forbidden(object.kind, &object.meta.name, why))
}
