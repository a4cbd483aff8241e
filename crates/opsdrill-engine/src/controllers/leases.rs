//! Who was heard of: what a kubelet's Lease tells the node controller, without a renewal every ten seconds.
//!
//! A kubelet that stops says so here, and the node controller gets a turn when its patience is over.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;

use super::{Key, node_lifecycle, queue};
use crate::agenda::Agenda;
use crate::time::SimTime;

/// The nodes whose kubelets are silent.
#[derive(Resource, Debug, Default)]
pub(crate) struct Leases {
    silent: BTreeMap<Arc<str>, SimTime>,
}

impl Leases {
    /// Since when a node's kubelet has not been heard of.
    pub(crate) fn silent_since(&self, node: &str) -> Option<SimTime> {
        self.silent.get(node).copied()
    }
}

/// A node's kubelet renews its lease no more.
pub fn fall_silent(world: &mut World, node: &str) {
    let now = world.resource::<Agenda>().now();
    let mut leases = world.get_resource_or_init::<Leases>();
    if leases.silent.contains_key(node) {
        return;
    }
    leases.silent.insert(node.into(), now);
    let patience_ends = now + node_lifecycle::GRACE_PERIOD;
    queue::ask(world, &node_lifecycle::CONTROLLER, &Key::new("", node), patience_ends);
}

/// A node's kubelet renews its lease again.
pub fn be_heard(world: &mut World, node: &str) {
    world.get_resource_or_init::<Leases>().silent.remove(node);
    let now = world.resource::<Agenda>().now();
    queue::ask(world, &node_lifecycle::CONTROLLER, &Key::new("", node), now);
}
