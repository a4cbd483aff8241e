//! The `scale` subresource of deployments and replica sets.

use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::selector::format_label_selector;
use opsdrill_objects::{Object, Status};
use serde_json::{Value, json};

use super::{Answer, Options, PatchType, Payload, Request, Target, Verb, patch, stored, update};

pub(super) fn scale(
    world: &mut World,
    target: &Target,
    verb: Verb,
    options: &Options,
) -> Result<Answer, Status> {
    let object = stored(world, target)?;
    let current = document(&object)?;
    let wanted = match verb {
        Verb::Get => return Ok(Answer::Document(current)),
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
    let written = update::update(world, &whole, next, options)?;
    document(&written).map(Answer::Document)
}

fn set_replicas(object: &mut Object, replicas: i32) {
    if let Some(spec) = object.deployment_mut().and_then(|it| it.spec.as_mut()) {
        spec.replicas = Some(replicas);
    }
    if let Some(spec) = object.replica_set_mut().and_then(|it| it.spec.as_mut()) {
        spec.replicas = Some(replicas);
    }
}

/// The Scale document of an object.
fn document(object: &Arc<Object>) -> Result<Value, Status> {
    let (replicas, current, selector) = if let Some(deployment) = object.deployment() {
        let spec = deployment.spec.as_ref();
        let current = deployment.status.as_ref().and_then(|it| it.replicas);
        (spec.and_then(|it| it.replicas), current, spec.map(|it| &it.selector))
    } else if let Some(replica_set) = object.replica_set() {
        let spec = replica_set.spec.as_ref();
        (
            spec.and_then(|it| it.replicas),
            replica_set.status.as_ref().map(|it| it.replicas),
            spec.map(|it| &it.selector),
        )
    } else {
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
    Ok(json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": { "replicas": replicas.unwrap_or_default() },
        "status": { "replicas": current.unwrap_or_default(), "selector": format_label_selector(selector) },
    }))
}

impl Request {
    /// Sets the number of replicas through the scale subresource.
    pub fn scale(target: Target, replicas: i32) -> Self {
        let patch = json!({ "spec": { "replicas": replicas } });
        Self::new(Verb::Patch(PatchType::Merge, patch), target.with(super::Subresource::Scale))
    }
}
