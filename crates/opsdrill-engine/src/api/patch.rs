//! Changing objects by JSON, merge and strategic merge patches.

use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::decode::DecodeError;
use opsdrill_objects::patch::{json_patch, merge_patch, strategic};
use opsdrill_objects::{Kind, Object, Status};
use serde_json::Value;

use super::{Identity, Options, PatchType, Target, stored, typed, update};

/// A patch and how it is written.
#[derive(Clone, Copy)]
pub(super) struct Patch<'a> {
    pub(super) form: PatchType,
    pub(super) patch: &'a Value,
}

pub(super) fn patch(
    world: &mut World,
    identity: &Identity,
    target: &Target,
    Patch { form, patch }: Patch<'_>,
    options: &Options,
    warnings: &mut Vec<String>,
) -> Result<Arc<Object>, Status> {
    let old = stored(world, target)?;
    let patched =
        apply(target.kind, &old.to_value_in(&target.kind.info().api_version()), form, patch)?;
    // What a strategic merge patch made is converted, not decoded, and the converter has words of its own.
    let refuse = |why: &DecodeError| match form {
        PatchType::Strategic => why.patch_refusal(patch),
        PatchType::Json | PatchType::Merge | PatchType::Apply => why.refusal(target.kind),
    };
    let mut object = typed(world, patched, target, options, warnings, refuse)?;
    // A patch that names no resourceVersion applies to whatever is stored now.
    if patch.pointer("/metadata/resourceVersion").is_none() {
        object.meta.resource_version = 0;
    }
    update::update(world, identity, target, object, options, warnings)
}

/// The document after a patch.
pub(super) fn apply(
    kind: Kind,
    current: &Value,
    form: PatchType,
    patch: &Value,
) -> Result<Value, Status> {
    let patched = match form {
        PatchType::Json => json_patch::apply(current, patch),
        // A Scale is one field; the objects themselves are applied to elsewhere.
        PatchType::Merge | PatchType::Apply => merge_patch::apply(current, patch),
        PatchType::Strategic => strategic::apply(kind.info().name, current, patch),
    };
    patched.map_err(Status::from)
}
