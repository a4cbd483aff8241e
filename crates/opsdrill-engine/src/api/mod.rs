//! The one door to the cluster's objects, used by controllers and tools alike.
//!
//! A request passes admission (what the real server fills in or refuses), validation, and the store; every request
//! leaves a record in the audit. One file for each thing that can be asked.

mod admission;
mod apply;
mod audit;
mod authentication;
pub mod authorization;
mod certificates;
mod create;
pub(crate) mod custom_kinds;
mod delete;
mod ephemeral_containers;
pub mod events;
mod managed_fields;
mod patch;
mod read;
mod request;
pub(crate) mod scale;
mod update;
pub mod version;

use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::decode::{self, DecodeError, Decoded};
use opsdrill_objects::{Kind, Object, Status};
use serde_json::Value;

use crate::agenda::Agenda;
use crate::store::{Epoch, Notice, Store};
use crate::view::View;

pub(crate) use admission::{Allocators, PodSpecs, resource_quota as quota};
pub use audit::{Audit, AuditRecord};
pub(crate) use authentication::{bound_token, identity_of as identity_of_token};
pub(crate) use authorization::Authorizer;
pub(crate) use custom_kinds::{CustomKinds, kinds, without_metrics};
pub use read::matcher;
pub use request::{
    Answer, FieldValidation, Identity, Options, PatchType, Payload, Propagation, Reply, Request,
    Subresource, Target, Verb, WatchChange, WatchEvent,
};

/// Answers a request and records it.
pub(crate) fn handle(world: &mut World, identity: &Identity, request: Request) -> Reply {
    handle_of(world, &identity.user.clone(), identity, request)
}

/// The same for somebody who acts under another name: the audit keeps who it really was.
pub(crate) fn handle_of(
    world: &mut World,
    actor: &Arc<str>,
    identity: &Identity,
    mut request: Request,
) -> Reply {
    let manager = &mut request.options.field_manager;
    let is_update = match request.verb {
        Verb::Update(_) => true,
        Verb::Patch(form, _) => form != PatchType::Apply,
        _ => false,
    };
    if is_update && manager.is_empty() {
        managed_fields::manager_of(identity).clone_into(manager);
    }
    let resolved = custom_kinds::resolve(world, &mut request.target);
    let record = AuditRecord::of(world.resource::<Agenda>().now(), actor, &request);
    let version = world.resource::<Store>().resource_version();
    let kind = request.target.kind;
    let mut warnings: Vec<String> = custom_kinds::warnings(kind).into_iter().collect();
    let result = resolved
        .and_then(|()| authorization::check(world, identity, &request))
        .and_then(|()| answer(world, identity, request, &mut warnings))
        .map(|answer| custom_kinds::shown(world, kind, answer));
    let code = result.as_ref().map_or_else(|status| status.code, |_| 200);
    // The address of a creation has no name; the object that came of it has.
    let name =
        if let Ok(Answer::Object(object)) = &result { &object.meta.name } else { &record.name };
    let name = name.clone();
    let changed = world.resource::<Store>().resource_version() != version;
    world.resource_mut::<Audit>().push(AuditRecord { name, code, changed, ..record });
    Reply { result, warnings }
}

fn answer(
    world: &mut World,
    identity: &Identity,
    request: Request,
    warnings: &mut Vec<String>,
) -> Result<Answer, Status> {
    if request.target.kind == Kind::Event {
        events::forget_old(world);
    }
    let Request { verb, target, options } = request;
    let deprecated = target.kind.info().deprecated;
    warnings.extend((!deprecated.is_empty()).then(|| deprecated.to_owned()));
    if target.subresource.is_none() && !target.kind.info().verbs.contains(&verb.name()) {
        return Err(not_allowed());
    }
    custom_kinds::check(world, &target, &verb)?;
    match (verb, target.subresource) {
        (Verb::Get, None) => read::get(world, &target),
        (Verb::Get, Some(part)) if part.is_part() && part != Subresource::Finalize => {
            read::get(world, &target)
        }
        (Verb::List, None) => read::list(world, &target, &options),
        (Verb::Watch, None) => read::watch(world, &target, &options),
        (Verb::Create(payload), None) => {
            if target.kind == Kind::Binding {
                return update::bind(world, &target, &payload);
            }
            let mut object = decoded(world, payload, &target, &options, warnings)?;
            if !target.kind.info().is_stored() {
                return authorization::review(world, identity, object);
            }
            object.meta.managed_fields = None;
            certificates::note_requester(&mut object, identity);
            authorization::confirm(world, identity, &object, None)?;
            let made = create::create(world, &target, object, &options, warnings)?;
            Ok(Answer::Object(made))
        }
        (Verb::Create(payload), Some(Subresource::Binding)) => {
            update::bind(world, &target, &payload)
        }
        (Verb::Create(_), Some(Subresource::Eviction)) => delete::evict(world, &target, &options),
        (Verb::Create(payload), Some(Subresource::Token)) => {
            authentication::request_token(world, &target, payload)
        }
        (Verb::Update(payload), part) if part.is_none_or(Subresource::is_part) => {
            custom_kinds::check_replacement(&target, &payload)?;
            let object = decoded(world, payload, &target, &options, warnings)?;
            let changed = update::update(world, identity, &target, object, &options, warnings)?;
            Ok(Answer::Object(changed))
        }
        (Verb::Patch(PatchType::Apply, config), None | Some(Subresource::Status)) => {
            apply::apply(world, identity, &target, &config, &options, warnings)
        }
        (Verb::Patch(form, patch), part)
            if part.is_none_or(|it| it.is_part() && it != Subresource::Finalize) =>
        {
            let how = patch::Patch { form, patch: &patch };
            patch::patch(world, identity, &target, how, &options, warnings).map(Answer::Object)
        }
        (Verb::Delete, None) => delete::delete(world, &target, &options),
        (Verb::DeleteCollection, None) => delete::delete_collection(world, &target, &options),
        (verb, Some(Subresource::Scale)) => {
            scale::scale(world, identity, &target, verb, &options, warnings)
        }
        _ => Err(not_allowed()),
    }
}

fn not_allowed() -> Status {
    let text = "the server does not allow this method on the requested resource";
    Status::new(405, "MethodNotAllowed", text)
}

/// The typed object of a payload, with complaints about unknown fields as the options ask for them.
fn decoded(
    world: &World,
    payload: Payload,
    target: &Target,
    options: &Options,
    warnings: &mut Vec<String>,
) -> Result<Object, Status> {
    match payload {
        Payload::Object(object) => Ok(*object),
        Payload::Document(document) => {
            typed(world, document, target, options, warnings, |why| why.refusal(target.kind))
        }
    }
}

fn typed(
    world: &World,
    document: Value,
    target: &Target,
    options: &Options,
    warnings: &mut Vec<String>,
    refuse: impl FnOnce(&DecodeError) -> Status,
) -> Result<Object, Status> {
    let Decoded { value, unknown } =
        custom_kinds::decode(world, target.kind, document).map_err(|why| refuse(&why))?;
    match options.field_validation {
        FieldValidation::Strict if !unknown.is_empty() => {
            return Err(decode::unknown_fields_refusal(target.kind, &unknown));
        }
        FieldValidation::Warn => {
            warnings.extend(unknown.iter().map(|it| decode::unknown_field_warning(it)));
        }
        _ => {}
    }
    let mut object = value;
    normalize(&mut object);
    let named = object.meta.namespace();
    if !named.is_empty() && !target.namespace.is_empty() && named != &*target.namespace {
        return Err(Status::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    if target.kind.info().namespaced {
        object.meta.namespace = Some(target.namespace.clone());
    }
    if !target.name.is_empty() && !object.meta.name.is_empty() && object.meta.name != target.name {
        let text = format!(
            "the name of the object ({}) does not match the name on the URL ({})",
            object.meta.name, target.name
        );
        return Err(Status::bad_request(text));
    }
    Ok(object)
}

/// Brings a decoded object into the store's form: a pod's own token volume stands beside its shared specification.
fn normalize(object: &mut Object) {
    if let Some(pod) = object.pod_mut() {
        admission::service_account::take_token_volume(pod);
    }
}

fn now_unix(world: &World) -> i64 {
    world.resource::<Epoch>().unix_seconds(world.resource::<Agenda>().now())
}

/// The stored object of a target.
fn stored(world: &World, target: &Target) -> Result<Arc<Object>, Status> {
    let found = world.resource::<Store>().get(world, target.kind, &target.namespace, &target.name);
    found.cloned().ok_or_else(|| Status::not_found(target.kind, &target.name))
}

/// A namespace that must exist for objects to be in it.
fn namespace_of<'w>(world: &'w World, target: &Target) -> Result<Option<&'w Arc<Object>>, Status> {
    if !target.kind.info().namespaced {
        return Ok(None);
    }
    let found = View::new(world).get(Kind::Namespace, "", &target.namespace);
    found.map(Some).ok_or_else(|| Status::not_found(Kind::Namespace, &target.namespace))
}

/// Puts what every cluster has before anybody uses it into the store.
pub(crate) fn bootstrap(world: &mut World) {
    authorization::bootstrap(world);
}

/// Notes what the door must remember or forget when objects change.
pub(crate) fn observe(world: &mut World, notices: &[Notice]) {
    world.resource_mut::<Allocators>().observe(notices);
    world.resource_mut::<Authorizer>().observe(notices);
    custom_kinds::observe(world, notices);
    let matters = |it: &Notice| {
        matches!(it.kind(), Kind::ServiceAccount | Kind::PriorityClass | Kind::LimitRange)
    };
    if notices.iter().any(matters) {
        world.resource_mut::<PodSpecs>().forget();
    }
}
