//! What containers have written.

use bevy_ecs::world::World;

use super::ProcessId;

/// Appends a line to what a process has written, at the time now.
pub(super) fn write(_world: &mut World, _process: ProcessId, _line: String) {}
