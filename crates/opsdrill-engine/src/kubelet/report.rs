//! What a kubelet tells the API: events, statuses, and that a pod is gone.

use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::event::EventType;
use opsdrill_objects::{Kind, Object};

use super::Kubelets;
use super::worker::Worker;
use crate::api::{self, Options, Request};
use crate::controllers::Emission;
use crate::view::View;

/// Sends a request as a node's kubelet.
pub(super) fn send(world: &mut World, node: &str, request: Request) {
    let agent = world.resource::<Kubelets>().nodes.get(node);
    let identity = agent.expect("only kubelets of known nodes report").identity.clone();
    // A refusal means that the object was changed or deleted meanwhile, of which a notice comes.
    let _ = api::handle(world, &identity, request);
}

/// The pod as the API has it; `None` if it is gone or another one has its name.
pub(super) fn pod(world: &World, worker: &Worker) -> Option<Arc<Object>> {
    View::new(world).by_uid(worker.uid).cloned()
}

/// The date of the present, Unix seconds.
pub(super) fn unix_now(world: &World) -> i64 {
    View::new(world).unix_now()
}

/// Tells something about a pod as a whole.
pub(super) fn pod_event(
    world: &mut World,
    worker: &Worker,
    pod: &Arc<Object>,
    event_type: EventType,
    reason: &'static str,
    message: String,
) {
    let emission = Emission { about: pod.clone(), field_path: None, event_type, reason, message };
    api::events::emit(world, "kubelet", Some(&worker.node), emission);
}

/// Tells something about a container of a pod.
pub(super) fn container_event(
    world: &mut World,
    worker: &Worker,
    pod: &Arc<Object>,
    place: usize,
    (event_type, reason): (EventType, &'static str),
    message: String,
) {
    let list = match place {
        _ if place < worker.init_count => "initContainers",
        _ if worker.own().contains(&place) => "containers",
        _ => "ephemeralContainers",
    };
    let path = format!("spec.{list}{{{}}}", worker.containers[place].name);
    let field_path = Some(path);
    let emission = Emission { about: pod.clone(), field_path, event_type, reason, message };
    api::events::emit(world, "kubelet", Some(&worker.node), emission);
}

/// Tells something about a node.
pub(super) fn node_event(
    world: &mut World,
    node: &str,
    event_type: EventType,
    reason: &'static str,
    message: String,
) {
    let Some(about) = View::new(world).get(Kind::Node, "", node).cloned() else { return };
    let host = about.meta.name.clone();
    let emission = Emission { about, field_path: None, event_type, reason, message };
    api::events::emit(world, "kubelet", Some(&host), emission);
}

/// Refuses a pod that the scheduler has bound to a node (`rejectPod`).
pub(super) fn reject(
    world: &mut World,
    node: &Arc<str>,
    pod: &Arc<Object>,
    reason: &'static str,
    message: String,
) {
    let mut next = (**pod).clone();
    if let Some(body) = next.pod_mut() {
        body.status.phase = Some("Failed".to_owned());
        body.status.reason = Some(reason.to_owned());
        body.status.message = Some(format!("Pod was rejected: {message}"));
        body.status.start_time = super::status::time(View::new(world).unix_now());
    }
    let about = pod.clone();
    let emission =
        Emission { about, field_path: None, event_type: EventType::Warning, reason, message };
    api::events::emit(world, "kubelet", Some(node), emission);
    write_status(world, node, next);
}

/// Writes an object's status.
pub(super) fn write_status(world: &mut World, node: &str, object: Object) {
    send(world, node, Request::update_status(object));
}

/// Takes a pod that has ended out of the API.
pub(super) fn delete_pod(world: &mut World, worker: &Worker) {
    let options = Options {
        grace_period_seconds: Some(0),
        precondition_uid: Some(worker.uid),
        ..Options::default()
    };
    let request =
        Request { options, ..Request::delete(Kind::Pod, &worker.namespace, &worker.name) };
    send(world, &worker.node, request);
}
