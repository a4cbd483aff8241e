//! Static pods: a node has them of itself, and shows them in the API.
//!
//! Whoever deletes such a mirror deletes nothing: the kubelet shows the pod again. Here its containers start anew then,
//! while the real ones go on.

use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::pod::Pod;
use opsdrill_objects::{Meta, Object};

use super::{KubeletEvent, Kubelets, report};
use crate::agenda::{Agenda, Event};
use crate::api::Request;
use crate::time::SimDuration;

/// The annotation of mirrors.
pub(super) const MIRROR: &str = "kubernetes.io/config.mirror";
/// The time until a deleted mirror is there again.
const AGAIN: SimDuration = SimDuration::seconds(1);

/// Notes that a pod is gone from the API.
pub(super) fn deleted(world: &mut World, object: &Arc<Object>) {
    if object.meta.annotation(MIRROR).is_some() {
        let time = world.resource::<Agenda>().now() + AGAIN;
        let event = Event::Kubelet(KubeletEvent::Mirror(object.clone()));
        world.resource_mut::<Agenda>().at(time, event);
    }
}

/// Shows a static pod again.
pub(super) fn show(world: &mut World, old: &Object) {
    let Some(pod) = old.pod() else { return };
    let Some(node) = pod.node_name.clone() else { return };
    if !world.resource::<Kubelets>().nodes.contains_key(&node) {
        return;
    }
    let meta = Meta {
        namespace: old.meta.namespace.clone(),
        name: old.meta.name.clone(),
        labels: old.meta.labels.clone(),
        annotations: old.meta.annotations.clone(),
        owners: old.meta.owners.clone(),
        ..Meta::default()
    };
    let body = Pod {
        spec: pod.spec.clone(),
        node_name: Some(node.clone()),
        token_volume: pod.token_volume.clone(),
        ..Pod::default()
    };
    report::send(world, &node, Request::create(Object::new(meta, body)));
}
