//! Replacing objects, their status, and binding pods to nodes.

use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::PodCondition;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use opsdrill_objects::kinds::daemon_set;
use opsdrill_objects::validation::{metadata, namespace};
use opsdrill_objects::{Kind, Object, Status};

use super::{
    Answer, Identity, Options, Payload, Subresource, Target, admission, authorization,
    custom_kinds, ephemeral_containers, managed_fields, now_unix, stored,
};
use crate::store;

/// Replaces an object or its status, and notes who has changed which field.
pub(super) fn update(
    world: &mut World,
    identity: &Identity,
    target: &Target,
    new: Object,
    options: &Options,
    warnings: &mut Vec<String>,
) -> Result<Arc<Object>, Status> {
    update_by_way_of(world, identity, target, target.subresource, new, options, warnings)
}

/// The same where the request was about a subresource whose document is another one, such as a Scale.
pub(super) fn update_by_way_of(
    world: &mut World,
    identity: &Identity,
    target: &Target,
    subresource: Option<Subresource>,
    new: Object,
    options: &Options,
    warnings: &mut Vec<String>,
) -> Result<Arc<Object>, Status> {
    let (mut next, old) = admitted(world, identity, target, new, options, warnings)?;
    let now = now_unix(world);
    let kinds = custom_kinds::kinds(world);
    managed_fields::note_updated(kinds, &mut next, &old, subresource, options, now);
    Ok(write(world, next, &old, options))
}

/// Replaces an object or its status with one that says itself who owns its fields.
pub(super) fn replace(
    world: &mut World,
    identity: &Identity,
    target: &Target,
    new: Object,
    options: &Options,
    warnings: &mut Vec<String>,
) -> Result<Arc<Object>, Status> {
    let (next, old) = admitted(world, identity, target, new, options, warnings)?;
    Ok(write(world, next, &old, options))
}

/// The object as it would be stored, and the one that is.
fn admitted(
    world: &mut World,
    identity: &Identity,
    target: &Target,
    new: Object,
    options: &Options,
    warnings: &mut Vec<String>,
) -> Result<(Object, Arc<Object>), Status> {
    let old = stored(world, target)?;
    check_version(&old, new.meta.resource_version)?;
    check_version(&old, options.resource_version)?;
    if !new.meta.uid.is_empty() && new.meta.uid != old.meta.uid {
        let why = format!(
            "Precondition failed: UID in precondition: {}, UID in object meta: {}",
            new.meta.uid, old.meta.uid
        );
        return Err(Status::conflict(target.kind, &target.name, &why));
    }
    let next = match target.subresource {
        Some(Subresource::Status | Subresource::Approval) => {
            let next = status_of(new, &old);
            let errors = custom_kinds::complaints_of_status(world, &next);
            if !errors.is_empty() {
                return Err(Status::invalid(target.kind, &target.name, &errors));
            }
            next
        }
        Some(Subresource::EphemeralContainers) => ephemeral_containers::of(new, &old)?,
        Some(Subresource::Finalize) => finalized(new, &old)?,
        _ => {
            let mut next = whole(new, &old);
            authorization::confirm(world, identity, &next, Some(&old))?;
            admission::update(world, &mut next, &old, warnings)?;
            daemon_set::count_template(&mut next, &old);
            warnings.extend(custom_kinds::remarks(&next, Some(&old)));
            if target.kind.info().has_generation && next.body != old.body {
                next.meta.generation = old.meta.generation + 1;
                // People seldom change pods themselves, so that nobody is warned there (`WarningsOnUpdate`).
                if target.kind != Kind::Pod {
                    warnings.extend((target.kind.info().warnings)(&next));
                }
            }
            next
        }
    };
    Ok((next, old))
}

fn check_version(old: &Object, version: u64) -> Result<(), Status> {
    if version == 0 || version == old.meta.resource_version {
        return Ok(());
    }
    Err(Status::modified(old.kind, &old.meta.name))
}

/// The stored object with only the status of the new one, and a Deployment's annotations
/// (`deploymentStatusStrategy.PrepareForUpdate` keeps spec and labels).
fn status_of(new: Object, old: &Object) -> Object {
    let mut next = old.clone();
    if new.kind == Kind::Deployment {
        next.meta.annotations = new.meta.annotations;
    }
    next.show_as(new.kind);
    next.body = new.body;
    next.body.take_all_but_status_from(&old.body);
    next
}

/// The new object with what only the server writes taken from the stored one.
fn whole(mut new: Object, old: &Object) -> Object {
    let (meta, stored) = (&mut new.meta, &old.meta);
    meta.name = stored.name.clone();
    meta.namespace.clone_from(&stored.namespace);
    meta.generate_name.clone_from(&stored.generate_name);
    meta.uid = stored.uid;
    meta.created = stored.created;
    meta.generation = stored.generation;
    meta.deletion = stored.deletion;
    if meta.managed_fields.is_none() {
        meta.managed_fields.clone_from(&stored.managed_fields);
    }
    if new.custom().is_none() || new.kind.info().has_status() {
        new.body.take_status_from(&old.body);
    }
    // A namespace's own finalizers are changed at `finalize` only (`namespaceStrategy.PrepareForUpdate`).
    if let (Some(namespace), Some(stored)) = (new.namespace_mut(), old.namespace()) {
        namespace.spec.clone_from(&stored.spec);
    }
    new
}

/// The stored namespace with the finalizers of the new one (`namespaceFinalizeStrategy`).
fn finalized(new: Object, old: &Object) -> Result<Object, Status> {
    let spec = new.namespace().and_then(|it| it.spec.clone());
    let mut next = whole(new, old);
    let mut errors = namespace::validate_finalizers(spec.as_ref());
    errors.extend(metadata::validate_update(&next, old));
    if !errors.is_empty() {
        return Err(Status::invalid(next.kind, &next.meta.name, &errors));
    }
    if let Some(namespace) = next.namespace_mut() {
        namespace.spec = spec;
    }
    Ok(next)
}

/// Stores a changed object; one that is unchanged stays as it is, and one whose last finalizer went is removed.
pub(super) fn write(
    world: &mut World,
    mut next: Object,
    old: &Arc<Object>,
    options: &Options,
) -> Arc<Object> {
    next.meta.resource_version = old.meta.resource_version;
    if next == **old {
        return old.clone();
    }
    if options.dry_run {
        return Arc::new(next);
    }
    custom_kinds::keep(world, &mut next);
    let finished = is_finished(&next);
    let written = store::replace(world, next);
    if finished {
        return store::remove(world, written.meta.uid);
    }
    written
}

/// Whether nothing keeps a deleted object any longer.
pub(super) fn is_finished(object: &Object) -> bool {
    let Some(deletion) = object.meta.deletion else { return false };
    let graceful = object.kind == Kind::Pod && deletion.grace_seconds > 0;
    let held = object
        .namespace()
        .and_then(|it| it.spec.as_ref()?.finalizers.as_ref())
        .is_some_and(|it| !it.is_empty());
    object.meta.finalizers.is_empty() && !graceful && !held
}

/// Binds a pod to the node that the scheduler chose.
pub(super) fn bind(
    world: &mut World,
    target: &Target,
    payload: &Payload,
) -> Result<Answer, Status> {
    let Payload::Document(binding) = payload else {
        return Err(Status::bad_request("a binding is a document"));
    };
    let node =
        binding.pointer("/target/name").and_then(serde_json::Value::as_str).unwrap_or_default();
    let old = stored(world, target)?;
    let mut next = (*old).clone();
    let now = now_unix(world);
    let pod = next.pod_mut().ok_or_else(|| Status::bad_request("only pods can be bound"))?;
    if let Some(bound) = &pod.node_name {
        let why = format!("pod {} is already assigned to node {bound:?}", target.name);
        return Err(Status::conflict(Kind::Pod, &target.name, &why));
    }
    if old.meta.is_terminating() {
        let why = format!("pod {} is being deleted, cannot be assigned to a host", target.name);
        return Err(Status::conflict(Kind::Pod, &target.name, &why));
    }
    pod.node_name = Some(node.into());
    let conditions = pod.status.conditions.get_or_insert_default();
    conditions.retain(|it| it.type_ != "PodScheduled");
    conditions.push(PodCondition {
        type_: "PodScheduled".into(),
        status: "True".into(),
        last_transition_time: k8s_openapi::jiff::Timestamp::from_second(now).ok().map(Time),
        ..PodCondition::default()
    });
    Ok(Answer::Object(store::replace(world, next)))
}
