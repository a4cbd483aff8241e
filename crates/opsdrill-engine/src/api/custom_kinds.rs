//! Kinds that CustomResourceDefinitions make: which are served now, and what their schemas ask of requests.

use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::custom::definition::{Version, has_condition, schema_of};
use opsdrill_objects::custom::kinds::Kinds;
use opsdrill_objects::decode::{self, DecodeError, Decoded};
use opsdrill_objects::field_error::FieldError;
use opsdrill_objects::k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;
use opsdrill_objects::{Kind, Object, Status};
use serde_json::Value;

use super::{Answer, PatchType, Payload, Target, Verb};
use crate::store::{self, Notice};

/// How many definitions a cluster may have.
const DEFINITIONS_MAX: usize = 500;

/// What the cluster's definitions serve.
#[derive(Resource, Default)]
pub(crate) struct CustomKinds(Arc<Kinds>);

/// All kinds of the cluster.
pub(crate) fn kinds(world: &World) -> &Arc<Kinds> {
    &world.resource::<CustomKinds>().0
}

/// Takes away the metrics server.
pub(crate) fn without_metrics(world: &mut World) {
    let kinds = Arc::make_mut(&mut world.resource_mut::<CustomKinds>().into_inner().0);
    kinds.without_metrics = true;
    kinds.revision += 1;
}

/// The version that a custom kind names, as it is served.
fn version(world: &World, kind: Kind) -> Option<&Version> {
    match kind {
        Kind::Custom(_) => kinds(world).version(kind),
        _ => None,
    }
}

/// The answer to a request for what is not served.
fn nowhere() -> Status {
    Status::new(404, "NotFound", "the server could not find the requested resource")
}

/// Puts the kind as it is served now in the place of the one that a request names.
pub(super) fn resolve(world: &World, target: &mut Target) -> Result<(), Status> {
    target.kind = kinds(world).served(target.kind).ok_or_else(nowhere)?;
    Ok(())
}

/// What may not be asked of custom resources.
pub(super) fn check(world: &World, target: &Target, verb: &Verb) -> Result<(), Status> {
    if target.kind == Kind::CustomResourceDefinition && matches!(verb, Verb::Create(_)) {
        let count = store::count(world, Kind::CustomResourceDefinition);
        let why = "opsdrill: not simulated: more than 500 CustomResourceDefinitions";
        return if count < DEFINITIONS_MAX { Ok(()) } else { Err(Status::bad_request(why)) };
    }
    if !matches!(target.kind, Kind::Custom(_)) {
        return Ok(());
    }
    if let Some(part) = target.subresource
        && target.kind.info().subresource(part.name()).is_none()
    {
        return Err(nowhere());
    }
    if matches!(verb, Verb::Patch(PatchType::Strategic, _)) {
        return Err(Status::new(
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
        ));
    }
    Ok(())
}

/// A document that replaces another must say which state of it: definitions and their resources allow nothing else.
pub(super) fn check_replacement(target: &Target, payload: &Payload) -> Result<(), Status> {
    let Payload::Document(document) = payload else { return Ok(()) };
    let strict = matches!(target.kind, Kind::Custom(_) | Kind::CustomResourceDefinition);
    let told = document.pointer("/metadata/resourceVersion").and_then(Value::as_str);
    if !strict || target.subresource.is_some() || told.is_some_and(|it| !it.is_empty()) {
        return Ok(());
    }
    let why = "must be specified for an update";
    let error = FieldError::invalid_raw("metadata.resourceVersion", "0x0", why);
    Err(Status::invalid(target.kind, &target.name, &[error]))
}

/// Nothing new may be made of a definition that is going.
pub(super) fn check_creation(world: &World, kind: Kind, name: &str) -> Result<(), Status> {
    if kinds(world).definition(kind).is_none_or(|it| !it.terminating) {
        return Ok(());
    }
    let why = "create not allowed while custom resource definition is terminating";
    Err(Status::forbidden(kind, name, why))
}

/// What is said of an object that is stored: names of new finalizers that others could have, too
/// (`validateKubeFinalizerName`), and what of a definition is kept and has no effect.
pub(super) fn remarks(new: &Object, old: Option<&Object>) -> Vec<String> {
    if new.kind == Kind::CustomResourceDefinition {
        let same = old.is_some_and(|it| it.body == new.body);
        return if same { Vec::new() } else { not_simulated(new) };
    }
    if !matches!(new.kind, Kind::Custom(_)) {
        return Vec::new();
    }
    let known = ["foregroundDeletion", "orphan", "kubernetes"];
    let is_old = |name: &String| old.is_some_and(|it| it.meta.finalizers.contains(name));
    let added = new.meta.finalizers.iter().filter(|it| !is_old(it));
    let bare = added.filter(|it| !it.contains('/') && !known.contains(&it.as_str()));
    bare.map(|name| {
        let path = if name.contains('.') { " including a path (/)" } else { "" };
        format!(
            "metadata.finalizers: {name:?}: prefer a domain-qualified finalizer name{path} to avoid accidental conflicts with other finalizer writers"
        )
    })
    .collect()
}

fn not_simulated(object: &Object) -> Vec<String> {
    let Some(body) = object.custom_resource_definition() else { return Vec::new() };
    let rules = body.spec.versions.iter().enumerate().map(|it| (it.0, schema_of(it.1).rules));
    let told = rules.filter(|it| it.1 > 0).map(|(place, count)| {
        let path = format!("spec.versions[{place}].schema.openAPIV3Schema");
        format!(
            "opsdrill: not simulated: x-kubernetes-validations: {count} rules below {path} are kept, but not evaluated"
        )
    });
    told.collect()
}

/// What whoever uses a deprecated version is told.
pub(super) fn warnings(kind: Kind) -> Option<String> {
    match kind {
        Kind::Custom(custom) => custom.row().deprecation.clone(),
        _ => None,
    }
}

/// A document as an object of its kind: a custom resource pruned and completed by its schema.
pub(super) fn decode(
    world: &World,
    kind: Kind,
    document: Value,
) -> Result<Decoded<Object>, DecodeError> {
    let mut decoded = decode::decode_object(kind, document)?;
    if let Some(version) = version(world, kind)
        && let Some(body) = decoded.value.custom_mut()
    {
        decoded.unknown.extend(version.schema.complete(&mut body.fields));
        decoded.unknown.sort();
    }
    Ok(decoded)
}

/// Complaints of a custom kind's schema about an object.
pub(super) fn complaints(world: &World, object: &Object) -> Vec<FieldError> {
    let (Some(version), Kind::Custom(custom)) = (version(world, object.kind), object.kind) else {
        return Vec::new();
    };
    version.schema.validate(&object.to_value(), custom.row().scale.as_ref())
}

/// Complaints about an object whose status is written.
pub(super) fn complaints_of_status(world: &World, object: &Object) -> Vec<FieldError> {
    let (Some(version), Kind::Custom(custom)) = (version(world, object.kind), object.kind) else {
        return Vec::new();
    };
    version.schema.validate_status(&object.to_value(), custom.row().scale.as_ref())
}

/// Brings an object into the version in which it is kept.
pub(super) fn keep(world: &World, object: &mut Object) {
    if let Some(kind) = kinds(world).preferred(object.kind) {
        object.show_as(kind);
    }
}

/// The answer's objects in the version that was asked for.
pub(super) fn shown(world: &World, kind: Kind, answer: Answer) -> Answer {
    let Some(version) = version(world, kind) else { return answer };
    let show = |object: Arc<Object>| -> Arc<Object> { in_version(version, object) };
    match answer {
        Answer::Object(object) => Answer::Object(show(object)),
        Answer::Created(object) => Answer::Created(show(object)),
        Answer::Deleted(object) => Answer::Deleted(show(object)),
        Answer::List { items, resource_version, continue_token, remaining } => Answer::List {
            items: items.into_iter().map(show).collect(),
            resource_version,
            continue_token,
            remaining,
        },
        Answer::Changes(mut events, version) => {
            for event in &mut events {
                event.object = show(event.object.clone());
            }
            Answer::Changes(events, version)
        }
        document @ Answer::Document(_) => document,
    }
}

/// An object in a version: by that version's schema fields are left out and filled in.
fn in_version(version: &Version, object: Arc<Object>) -> Arc<Object> {
    let (Kind::Custom(kept), Kind::Custom(wanted)) = (object.kind, version.kind) else {
        return object;
    };
    if std::ptr::eq(kept, wanted) { object } else { read_by(version, &object) }
}

/// An object as a version's schema reads it.
fn read_by(version: &Version, object: &Object) -> Arc<Object> {
    let mut shown = object.clone();
    shown.show_as(version.kind);
    if let Some(body) = shown.custom_mut() {
        version.schema.complete(&mut body.fields);
    }
    Arc::new(shown)
}

/// Takes in what has become of definitions.
pub(super) fn observe(world: &mut World, notices: &[Notice]) {
    for notice in notices.iter().filter(|it| it.kind() == Kind::CustomResourceDefinition) {
        if notice.new.as_deref().is_some_and(|new| !matters(notice.old.as_deref(), new)) {
            continue;
        }
        let name = notice.object().meta.name.clone();
        let kinds = &mut world.resource_mut::<CustomKinds>().0;
        for kind in Arc::make_mut(kinds).take(&name, notice.new.as_deref()) {
            renew(world, kind);
        }
    }
}

/// Whether a definition's change can change what it serves.
fn matters(old: Option<&Object>, new: &Object) -> bool {
    fn facts(it: &Object) -> Option<(&apiextensions::CustomResourceDefinition, bool)> {
        let body = it.custom_resource_definition()?;
        Some((body, has_condition(body, "Established")))
    }
    let (Some((old_body, was)), Some((new_body, is))) = (old.and_then(facts), facts(new)) else {
        return true;
    };
    let names = |it: &apiextensions::CustomResourceDefinition| {
        it.status.as_ref().and_then(|it| it.accepted_names.clone())
    };
    was != is
        || old_body.spec != new_body.spec
        || names(old_body) != names(new_body)
        || old.is_some_and(|it| it.meta.is_terminating()) != new.meta.is_terminating()
}

/// Shows the stored objects of a kind as it is served now: their fields by its schema, as a server reads them from its
/// store. What is no longer defined is gone with its definition.
fn renew(world: &mut World, kind: Kind) {
    let kinds = kinds(world).clone();
    match kinds.definition(kind) {
        Some(definition) => {
            let version = &definition.versions[0];
            store::renew(world, kind, |object| read_by(version, object));
        }
        None => store::forget(world, kind),
    }
}
