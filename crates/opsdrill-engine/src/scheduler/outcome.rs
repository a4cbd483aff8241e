//! What comes of an attempt: a binding, or a report of why there is none.

use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::PodCondition;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use opsdrill_objects::Object;
use serde_json::json;

use super::preemption::Nomination;
use super::recorder;
use crate::api::{self, Identity, Payload, Request, Subresource, Target, Verb};
use crate::view::View;

/// Binds a pod to a node; false if the API refused.
pub(super) fn bind(world: &mut World, pod: &Arc<Object>, node: &str) -> bool {
    let target = Target::of(pod).with(Subresource::Binding);
    let binding = json!({
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": { "name": &*pod.meta.name, "namespace": pod.meta.namespace() },
        "target": { "apiVersion": "v1", "kind": "Node", "name": node },
    });
    let request = Request::new(Verb::Create(Payload::Document(binding)), target);
    if api::handle(world, &identity(), request).result.is_err() {
        return false;
    }
    let message = format!("Successfully assigned {} to {node}", pod.path());
    recorder::scheduled(world, pod, message);
    true
}

/// Writes into the pod why it has no node and for which one it is nominated, and tells it.
pub(super) fn report(world: &mut World, pod: &Arc<Object>, message: &str, nomination: &Nomination) {
    recorder::failed(world, pod, message.to_owned());
    let now = View::new(world).unix_now();
    let mut object = (**pod).clone();
    let Some(body) = object.pod_mut() else { return };
    let conditions = body.status.conditions.get_or_insert_default();
    let old = conditions.iter().find(|it| it.type_ == "PodScheduled").cloned();
    let since = old
        .as_ref()
        .filter(|it| it.status == "False")
        .and_then(|it| it.last_transition_time.clone());
    let new = PodCondition {
        type_: "PodScheduled".to_owned(),
        status: "False".to_owned(),
        reason: Some("Unschedulable".to_owned()),
        message: Some(message.to_owned()),
        last_transition_time: since.or_else(|| time(now)),
        ..PodCondition::default()
    };
    let is_told = old.as_ref() == Some(&new);
    if !is_told {
        conditions.retain(|it| it.type_ != "PodScheduled");
        conditions.push(new);
    }
    let nominated = &mut body.status.nominated_node_name;
    let before = nominated.clone();
    match nomination {
        Nomination::Kept => {}
        Nomination::Cleared => *nominated = None,
        Nomination::Given(node) => *nominated = Some(node.to_string()),
    }
    if is_told && *nominated == before {
        return;
    }
    // A refusal means that the pod was changed or deleted meanwhile; the notice of that comes.
    let _ = api::handle(world, &identity(), Request::update_status(object));
}

/// A date of the API.
pub(super) fn time(unix_seconds: i64) -> Option<Time> {
    k8s_openapi::jiff::Timestamp::from_second(unix_seconds).ok().map(Time)
}

/// Who the scheduler is.
pub(super) fn identity() -> Identity {
    Identity::system("system:kube-scheduler")
}
