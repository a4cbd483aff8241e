//! The kubelets: each node's agent runs the pods that are bound to it and reports what it sees.

use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use opsdrill_objects::Uid;

use crate::physical::ProcessEnd;
use crate::store::Notice;

/// What a kubelet does at a time.
#[derive(Clone, Debug, PartialEq)]
pub enum KubeletEvent {
    /// Looks at a pod.
    Sync(Uid),
}

/// What the kubelets know beside the components on their pods.
#[derive(Resource, Debug, Default)]
pub(crate) struct Kubelets {}

/// Notes pods that were bound, changed or are to be deleted.
pub(crate) fn observe(_world: &mut World, _notices: &[Notice]) {}

/// Does the next thing.
pub(crate) fn handle(_world: &mut World, _event: KubeletEvent) {}

/// Hears from the physical world that a container's process has ended.
pub(crate) fn process_ended(
    _world: &mut World,
    _pod: Uid,
    _container: &Arc<str>,
    _end: ProcessEnd,
) {
}
