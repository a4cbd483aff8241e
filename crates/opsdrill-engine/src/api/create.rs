//! Creating objects.

use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::field_error::FieldError;
use opsdrill_objects::{Meta, Object, Status, Uid};
use rand::Rng;

use super::{Options, Target, admission, custom_kinds, managed_fields, namespace_of, now_unix};
use crate::chance::{self, Chance};
use crate::store::{self, Store};

/// The longest base of a generated name (`maxGeneratedNameLength`).
const BASE_LENGTH_MAX: usize = 58;

pub(super) fn create(
    world: &mut World,
    target: &Target,
    mut object: Object,
    options: &Options,
    warnings: &mut Vec<String>,
) -> Result<Arc<Object>, Status> {
    let kind = target.kind;
    let namespace = namespace_of(world, target)?;
    let closing = namespace.is_some_and(|it| it.meta.is_terminating());
    if object.meta.resource_version != 0 {
        return Err(Status::bad_request(
            "resourceVersion should not be set on objects to be created",
        ));
    }
    name(world, &mut object)?;
    if closing {
        let why = format!(
            "unable to create new content in namespace {} because it is being terminated",
            target.namespace
        );
        return Err(Status::forbidden(kind, &object.meta.name, &why));
    }
    custom_kinds::check_creation(world, kind, &object.meta.name)?;
    if world.resource::<Store>().entity(kind, &target.namespace, &object.meta.name).is_some() {
        return Err(Status::already_exists(kind, &object.meta.name));
    }
    let created = now_unix(world);
    let namespace = kind.info().namespaced.then(|| target.namespace.clone());
    let meta = &mut object.meta;
    *meta = Meta {
        namespace,
        uid: new_uid(world),
        created,
        generation: i64::from(kind.info().has_generation),
        deletion: None,
        ..std::mem::take(meta)
    };
    admission::create(world, &mut object, options.dry_run, warnings)?;
    warnings.extend((kind.info().warnings)(&object));
    managed_fields::note_created(custom_kinds::kinds(world), &mut object, options, created);
    custom_kinds::keep(world, &mut object);
    warnings.extend(custom_kinds::remarks(&object, None));
    if options.dry_run {
        return Ok(Arc::new(object));
    }
    Ok(store::insert(world, object))
}

/// Sees to it that the object has a name.
fn name(world: &mut World, object: &mut Object) -> Result<(), Status> {
    if !object.meta.name.is_empty() {
        return Ok(());
    }
    let Some(base) = object.meta.generate_name.clone() else {
        let error = FieldError::required("metadata.name", "name or generateName is required");
        return Err(Status::invalid(object.kind, "", &[error]));
    };
    let base: String = base.chars().take(BASE_LENGTH_MAX).collect();
    object.meta.name = format!("{base}{}", suffix(world, 5)).into();
    Ok(())
}

/// Random letters as they end generated names.
pub(super) fn suffix(world: &mut World, length: usize) -> String {
    let mut stream = world.resource_mut::<Chance>().next_stream("name");
    chance::letters(&mut stream, length)
}

/// A random UUID (version 4) from the session's chance.
fn new_uid(world: &mut World) -> Uid {
    let mut stream = world.resource_mut::<Chance>().next_stream("uid");
    let random = (u128::from(stream.next_u64()) << 64) | u128::from(stream.next_u64());
    Uid::random(random)
}
