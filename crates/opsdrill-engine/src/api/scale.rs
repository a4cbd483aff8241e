//! The `scale` subresource of deployments and replica sets.

use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use opsdrill_objects::selector::{Selector, format_label_selector, format_labels};
use opsdrill_objects::{Kind, Object, Status};
use serde_json::{Value, json};

use super::{
    Answer, Identity, Options, PatchType, Payload, Request, Target, Verb, patch, stored, update,
};

pub(super) fn scale(
    world: &mut World,
    identity: &Identity,
    target: &Target,
    verb: Verb,
    options: &Options,
    warnings: &mut Vec<String>,
) -> Result<Answer, Status> {
    let mut object = stored(world, target)?;
    if let Kind::Custom(_) = target.kind {
        Arc::make_mut(&mut object).show_as(target.kind);
    }
    let current = document(&object)?;
    let wanted = match verb {
        Verb::Get => {
            must_be_set(&object)?;
            return Ok(Answer::Document(current));
        }
        Verb::Update(Payload::Document(document)) => document,
        Verb::Patch(form, patch) => patch::apply(target.kind, &current, form, &patch)?,
        _ => {
            return Err(Status::new(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
            ));
        }
    };
    let replicas = wanted.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or_default();
    let version = wanted
        .pointer("/metadata/resourceVersion")
        .and_then(Value::as_str)
        .and_then(|it| it.parse().ok());
    let mut next = (*object).clone();
    next.meta.resource_version = version.unwrap_or_default();
    set_replicas(&mut next, replicas as i32);
    let whole = Target { subresource: None, ..target.clone() };
    let way = target.subresource;
    let written = update::update_by_way_of(world, identity, &whole, way, next, options, warnings)?;
    document(&written).map(Answer::Document)
}

/// A custom resource whose number of replicas nobody has written has no Scale to show.
fn must_be_set(object: &Object) -> Result<(), Status> {
    match (object.kind, facts(object)) {
        (Kind::Custom(custom), Some((None, ..))) => {
            let path = custom.row().scale.as_ref().map_or("", |it| &it.spec_replicas);
            let text =
                format!("Internal error occurred: the spec replicas field {path:?} does not exist");
            Err(Status::new(500, "InternalError", text))
        }
        _ => Ok(()),
    }
}

fn set_replicas(object: &mut Object, replicas: i32) {
    if let Kind::Custom(custom) = object.kind {
        if let Some(paths) = &custom.row().scale {
            paths.write(object, replicas);
        }
        return;
    }
    let replicas = Some(replicas);
    if let Some(spec) = object.deployment_mut().and_then(|it| it.spec.as_mut()) {
        spec.replicas = replicas;
    }
    if let Some(spec) = object.replica_set_mut().and_then(|it| it.spec.as_mut()) {
        spec.replicas = replicas;
    }
    if let Some(spec) = object.stateful_set_mut().and_then(|it| it.spec.as_mut()) {
        spec.replicas = replicas;
    }
    if let Some(spec) = object.replication_controller_mut().and_then(|it| it.spec.as_mut()) {
        spec.replicas = replicas;
    }
}

/// What a Scale says of an object: replicas wanted, replicas there, and the selector as text.
pub(crate) fn facts(object: &Object) -> Option<(Option<i32>, Option<i32>, String)> {
    let selector = |it: Option<&LabelSelector>| format_label_selector(it);
    match object.kind {
        Kind::Custom(custom) => custom.row().scale.as_ref().map(|it| it.read(object)),
        Kind::Deployment => {
            let (spec, status) =
                (object.deployment()?.spec.as_ref()?, &object.deployment()?.status);
            let current = status.as_ref().and_then(|it| it.replicas);
            Some((spec.replicas, current, selector(Some(&spec.selector))))
        }
        Kind::ReplicaSet => {
            let (spec, status) =
                (object.replica_set()?.spec.as_ref()?, &object.replica_set()?.status);
            let current = status.as_ref().map(|it| it.replicas);
            Some((spec.replicas, current, selector(Some(&spec.selector))))
        }
        Kind::StatefulSet => {
            let (spec, status) =
                (object.stateful_set()?.spec.as_ref()?, &object.stateful_set()?.status);
            let current = status.as_ref().map(|it| it.replicas);
            Some((spec.replicas, current, selector(Some(&spec.selector))))
        }
        Kind::ReplicationController => {
            let body = object.replication_controller()?;
            let spec = body.spec.as_ref()?;
            let current = body.status.as_ref().map(|it| it.replicas);
            let selector = spec.selector.clone().unwrap_or_default();
            Some((spec.replicas, current, format_labels(&selector)))
        }
        _ => None,
    }
}

/// Which pods a Scale is about; `None` if nothing says so.
pub(crate) fn selector(object: &Object) -> Option<Selector> {
    let typed = match object.kind {
        Kind::Deployment => &object.deployment()?.spec.as_ref()?.selector,
        Kind::ReplicaSet => &object.replica_set()?.spec.as_ref()?.selector,
        Kind::StatefulSet => &object.stateful_set()?.spec.as_ref()?.selector,
        _ => {
            let text = facts(object)?.2;
            return Selector::parse(&text).ok().filter(|_| !text.is_empty());
        }
    };
    Selector::from_label_selector(Some(typed)).ok()
}

/// The Scale document of an object.
fn document(object: &Arc<Object>) -> Result<Value, Status> {
    let Some((replicas, current, selector)) = facts(object) else {
        return Err(Status::new(
            404,
            "NotFound",
            "the server could not find the requested resource",
        ));
    };
    let metadata = object.meta.to_value();
    let keep = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"];
    let metadata: serde_json::Map<String, Value> = keep
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), metadata.get(*key)?.clone())))
        .collect();
    let mut scale = json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": { "replicas": replicas.unwrap_or_default() },
        "status": { "replicas": current.unwrap_or_default() },
    });
    if !selector.is_empty() {
        scale["status"]["selector"] = selector.into();
    }
    Ok(scale)
}

impl Request {
    /// Sets the number of replicas through the scale subresource.
    pub fn scale(target: Target, replicas: i32) -> Self {
        let patch = json!({ "spec": { "replicas": replicas } });
        Self::new(Verb::Patch(PatchType::Merge, patch), target.with(super::Subresource::Scale))
    }
}
