//! Server-side apply: a configuration is laid over the stored object, or makes it.

use bevy_ecs::world::World;
use opsdrill_objects::decode::{self, Decoded};
use opsdrill_objects::{Kind, Object, Status, apply, timestamp};
use serde_json::Value;

use super::{
    Answer, FieldValidation, Identity, Options, Subresource, Target, authorization, create,
    custom_kinds, managed_fields, now_unix, stored, typed, update,
};

pub(super) fn apply(
    world: &mut World,
    identity: &Identity,
    target: &Target,
    config: &Value,
    options: &Options,
    warnings: &mut Vec<String>,
) -> Result<Answer, Status> {
    check(target, config, options)?;
    let live = match stored(world, target) {
        Ok(live) => Some(live),
        Err(status) if target.subresource.is_some() => return Err(status),
        Err(_) => None,
    };
    let own = own_part(config, target);
    let kinds = custom_kinds::kinds(world).clone();
    let typed_config = decoded(world, &own, target, options)?;
    let (mut managers, owner) = managed_fields::of_applied(
        &kinds,
        live.as_deref(),
        &typed_config,
        target.subresource,
        options,
    );
    let document = live.as_deref().map(managed_fields::document);
    let applied = apply::apply(
        kinds.model(target.kind),
        &owner,
        document.as_ref(),
        &own,
        options.force,
        &mut managers,
    )?;
    let now = timestamp::format(now_unix(world));
    if applied.is_changed || managers.is_new(&owner) {
        managers.stamp(&owner, &now);
    }
    let refuse = |why: &decode::DecodeError| why.refusal(target.kind);
    let mut object = typed(world, applied.document, target, options, warnings, refuse)?;
    managed_fields::keep(&mut object, managers);
    if live.is_none() {
        object.meta.name = target.name.clone();
        authorization::confirm(world, identity, &object, None)?;
        let made = create::create(world, target, object, options, warnings)?;
        return Ok(Answer::Created(made));
    }
    // Who names no resourceVersion applies to whatever is stored now.
    if config.pointer("/metadata/resourceVersion").is_none() {
        object.meta.resource_version = 0;
    }
    update::replace(world, identity, target, object, options, warnings).map(Answer::Object)
}

/// What an apply must say, and must not.
fn check(target: &Target, config: &Value, options: &Options) -> Result<(), Status> {
    if options.field_manager.is_empty() {
        let text = "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch";
        return Err(Status::new(422, "Invalid", text));
    }
    let text = |pointer: &str| config.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (version, kind) = (text("/apiVersion"), text("/kind"));
    if !is_of(target.kind, version, kind) {
        let info = target.kind.info();
        let text = format!(
            "incorrect object type specified in the request: expected {}, Kind={}, got {version}, Kind={kind}",
            info.api_version(),
            info.name
        );
        return Err(Status::bad_request(text));
    }
    if config.pointer("/metadata/managedFields").is_some_and(|it| !it.is_null()) {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    Ok(())
}

/// Whether a configuration is of a kind; of a custom one it must name the version that is asked.
fn is_of(kind: Kind, version: &str, name: &str) -> bool {
    match kind {
        Kind::Custom(_) => kind.info().api_version() == version && kind.info().name == name,
        _ => Kind::by_name(version, name) == Some(kind),
    }
}

/// The part of a configuration that its address takes: a status is applied by itself.
fn own_part(config: &Value, target: &Target) -> Value {
    let mut own = config.clone();
    if let Some(fields) = own.as_object_mut() {
        if target.subresource == Some(Subresource::Status) {
            fields
                .retain(|name, _| ["apiVersion", "kind", "metadata", "status"].contains(&&**name));
        } else if target.kind.info().has_status() {
            fields.remove("status");
        }
    }
    own
}

/// The configuration as a typed object: fields that nobody knows cannot be owned.
fn decoded(
    world: &World,
    config: &Value,
    target: &Target,
    options: &Options,
) -> Result<Object, Status> {
    let decoded = custom_kinds::decode(world, target.kind, config.clone());
    let Decoded { value, unknown } = decoded.map_err(|why| why.refusal(target.kind))?;
    match unknown.first() {
        Some(_) if options.field_validation == FieldValidation::Strict => {
            Err(decode::unknown_fields_refusal(target.kind, &unknown))
        }
        Some(field) => {
            let place = [&*target.namespace, &*target.name].join("/");
            let place = place.trim_start_matches('/');
            let info = target.kind.info();
            let (group, version) = (info.group, info.version);
            let text = format!(
                "failed to create typed patch object ({place}; {group}/{version}, Kind={}): .{field}: field not declared in schema",
                info.name
            );
            Err(Status::new(500, "", text))
        }
        None => Ok(value),
    }
}
