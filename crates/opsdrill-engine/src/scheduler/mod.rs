//! The scheduler: pods without a node get one.

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;

use crate::store::Notice;

/// What the scheduler does at a time.
#[derive(Clone, Debug, PartialEq)]
pub enum SchedulerEvent {
    /// Takes what is ready from its queue.
    Run,
}

/// What the scheduler knows.
#[derive(Resource, Debug, Default)]
pub(crate) struct Scheduler {}

/// Notes changed pods and nodes.
pub(crate) fn observe(_world: &mut World, _notices: &[Notice]) {}

/// Does the next thing.
pub(crate) fn handle(_world: &mut World, _event: SchedulerEvent) {}
