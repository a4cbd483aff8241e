//! Admission: what the server fills in, hands out or refuses before an object is stored.

mod allocators;
mod ingress;
mod limit_range;
mod pod_security;
mod pod_specs;
mod priority;
pub(crate) mod resource_quota;
pub(super) mod service_account;
mod storage;
mod webhooks;

use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::{NamespaceSpec, NamespaceStatus, PodStatus, Toleration};
use opsdrill_objects::field_error::FieldError;
use opsdrill_objects::pod::{Pod, TOKEN_VOLUME};
use opsdrill_objects::{Kind, Object, Status};

pub(crate) use allocators::Allocators;
pub(crate) use pod_specs::PodSpecs;

use super::custom_kinds;
use crate::view::View;

/// Completes and checks a new object.
pub(super) fn create(
    world: &mut World,
    object: &mut Object,
    dry_run: bool,
    warnings: &mut Vec<String>,
) -> Result<(), Status> {
    match object.kind {
        Kind::Pod => create_pod(world, object)?,
        Kind::Namespace => prepare_namespace(object),
        _ => {}
    }
    if object.kind != Kind::Pod {
        let info = object.kind.info();
        clear_status(object);
        storage::create(world, object);
        if object.kind == Kind::Ingress {
            ingress::create(world, object);
        }
        (info.default)(object);
        let mut errors = (info.validate)(object);
        errors.extend(custom_kinds::complaints(world, object));
        if !errors.is_empty() {
            return Err(Status::invalid(object.kind, &object.meta.name, &errors));
        }
    }
    limit_range::check(world, object)?;
    pod_security::admit(world, object, warnings)?;
    webhooks::admit(world, object, webhooks::CREATE)?;
    resource_quota::admit(world, object, dry_run)?;
    if object.kind == Kind::Service {
        allocators::allocate(world, object, None)?;
    }
    Ok(())
}

/// Completes and checks a change.
pub(super) fn update(
    world: &mut World,
    object: &mut Object,
    old: &Arc<Object>,
    warnings: &mut Vec<String>,
) -> Result<(), Status> {
    if let (Some(new), Some(pod)) = (object.pod_mut(), old.pod()) {
        new.token_volume.clone_from(&pod.token_volume);
        if new.spec == pod.spec {
            new.spec = pod.spec.clone();
        }
    }
    let info = object.kind.info();
    if object.kind == Kind::Service {
        allocators::keep(object, old);
    }
    if object.kind == Kind::PersistentVolumeClaim {
        storage::update(world, object, old)?;
    }
    (info.default)(object);
    let mut errors = (info.validate)(object);
    errors.extend((info.validate_update)(object, old));
    errors.extend(custom_kinds::complaints(world, object));
    if !errors.is_empty() {
        return Err(Status::invalid(object.kind, &object.meta.name, &errors));
    }
    if object.kind != Kind::Pod {
        pod_security::admit(world, object, warnings)?;
    }
    webhooks::admit(world, object, webhooks::UPDATE)?;
    if object.kind == Kind::Service {
        allocators::allocate(world, object, Some(old))?;
    }
    Ok(())
}

/// A new object has no status yet, whatever its author wrote; nodes report their own.
fn clear_status(object: &mut Object) {
    let keeps = match object.kind {
        Kind::Custom(custom) => !custom.row().status,
        kind => matches!(kind, Kind::Node | Kind::Namespace),
    };
    if !keeps {
        object.body.clear_status();
    }
}

fn prepare_namespace(object: &mut Object) {
    let name = object.meta.name.to_string();
    object.meta.set_label("kubernetes.io/metadata.name", Some(&name));
    let Some(namespace) = object.namespace_mut() else { return };
    namespace.spec = Some(NamespaceSpec { finalizers: Some(vec!["kubernetes".into()]) });
    namespace.status =
        Some(NamespaceStatus { phase: Some("Active".into()), ..NamespaceStatus::default() });
}

/// Pods are many and alike: what admission makes of a specification is remembered and shared.
fn create_pod(world: &mut World, object: &mut Object) -> Result<(), Status> {
    let name = object.meta.name.clone();
    let namespace = object.meta.namespace.clone().unwrap_or_default();
    let given = object.pod().expect("a pod").spec.clone();
    let token_volume = format!("{TOKEN_VOLUME}-{}", super::create::suffix(world, 5));
    // What limits set is told on each pod: such pods do not share.
    let limited = View::new(world).list(Kind::LimitRange, &namespace).next().is_some();
    let known = world.resource::<PodSpecs>().known(&given, &namespace);
    if let Some(known) = known.filter(|_| !limited) {
        let pod = object.pod_mut().expect("a pod");
        pod.token_volume = known.has_token_volume.then(|| token_volume.as_str().into());
        pod.spec = known.spec;
        pod.status = known.status;
        return Ok(());
    }
    // Static pods have neither account nor token.
    if object.meta.annotation("kubernetes.io/config.mirror").is_none() {
        service_account::admit(world, &namespace, &name, object.pod_mut().expect("a pod"))?;
    }
    priority::admit(world, &name, object.pod_mut().expect("a pod"))?;
    let pod = object.pod_mut().expect("a pod");
    add_tolerations(pod);
    // Who copies a pod brings the volume and its name along.
    let brought = pod.token_volume.clone().filter(|it| **it != *TOKEN_VOLUME);
    let token_volume = brought.unwrap_or_else(|| token_volume.as_str().into());
    let has_token_volume = pod.token_volume.is_some();
    *pod.status = PodStatus { phase: Some("Pending".into()), ..PodStatus::default() };
    let info = Kind::Pod.info();
    (info.default)(object);
    if limited && limit_range::complete(world, object) {
        object.pod_mut().expect("a pod").status.qos_class = None;
        (info.default)(object);
    }
    let mut errors = (info.validate)(object);
    let ephemeral = &object.pod().expect("a pod").spec.ephemeral_containers;
    if ephemeral.as_ref().is_some_and(|it| !it.is_empty()) {
        errors.push(FieldError::forbidden("spec.ephemeralContainers", "cannot be set on create"));
    }
    if !errors.is_empty() {
        return Err(Status::invalid(Kind::Pod, &name, &errors));
    }
    let pod = object.pod_mut().expect("a pod");
    pod.token_volume = has_token_volume.then_some(token_volume);
    if limited {
        return Ok(());
    }
    world.resource_mut::<PodSpecs>().remember(given, &namespace, pod);
    Ok(())
}

/// Every pod bears a lost node for five minutes (`DefaultTolerationSeconds`).
fn add_tolerations(pod: &mut Pod) {
    let spec = Arc::make_mut(&mut pod.spec);
    let tolerations = spec.tolerations.get_or_insert_default();
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerated = tolerations.iter().any(|it| {
            it.key.as_deref().is_none_or(|own| own == key)
                && it.effect.as_deref().is_none_or(|own| own == "NoExecute")
        });
        if !tolerated {
            tolerations.push(Toleration {
                key: Some(key.into()),
                operator: Some("Exists".into()),
                effect: Some("NoExecute".into()),
                toleration_seconds: Some(300),
                ..Toleration::default()
            });
        }
    }
}
