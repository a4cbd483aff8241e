//! What a process is busy with: its load, its memory and its connections, constant or straight between two events.

use std::collections::BTreeMap;

use bevy_ecs::component::Component;
use bevy_ecs::world::World;

use super::connections::{Pool, Server};
use super::flows::{Cause, Failing};
use super::memory::Course;
use super::process::{self, ProcessId};
use crate::time::SimTime;

/// What a process is busy with, from an instant on.
#[derive(Component, Clone, Debug, Default)]
pub struct Activity {
    /// The load.
    pub load: Load,
    /// Why how many of a million requests fail.
    pub causes: BTreeMap<Cause, u64>,
    /// For each dependency of the model: why calls fail, and how many of a million do.
    pub failing: Failing,
    /// Whether the process answered when this was noted.
    answered: bool,
    /// Memory: of a JVM what lives in the heap, else all of it.
    pub memory: Course,
    /// CPU that it uses whatever its load, in thousandths of a core.
    pub own_cpu_millis: u64,
    /// JVM: the heap's limits.
    pub heap: Option<Heap>,
    /// Connections to each dependency of the model.
    pub pools: Vec<Pool>,
    /// For redis and postgres: what it serves its clients with.
    pub server: Option<Server>,
    /// The memory that it needs at most, as its kubelet was told.
    pub(super) bound: u64,
    /// The next agenda entry that was made for this process.
    pub(super) wake: Option<SimTime>,
}

/// The load of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Requests per 1000 s that arrive.
    pub offered_milli_rps: u64,
    /// How many of a million succeed.
    pub success_ppm: u64,
    /// Requests that are being served, in thousandths.
    pub in_flight_milli: u64,
    /// Mean latency in milliseconds.
    pub latency_mean_ms: u64,
    /// Half of the requests take no longer.
    pub latency_p50_ms: u64,
    /// 95 of 100 requests take no longer.
    pub latency_p95_ms: u64,
    /// CPU in thousandths of a core.
    pub cpu_millis: u64,
    /// Scheduler periods in which its CPU limit stopped it, in ppm.
    pub throttled_ppm: u64,
}

/// A JVM's heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heap {
    /// The most that fits.
    pub max: u64,
    /// The most that was ever taken from the system; it is not given back.
    pub committed: u64,
    /// Whether the first `OutOfMemoryError` ends the process.
    pub exits: bool,
    /// Whether it has been full.
    pub was_full: bool,
}

impl Heap {
    /// What the machine takes from the system for so many living bytes: half as much again, so that it need not
    /// collect all the time, but no more than allowed.
    pub fn committed_for(&self, live: u64) -> u64 {
        (live + live / 2).min(self.max).max(self.committed)
    }

    /// The largest number of living bytes for which the committed heap stays within a size.
    pub fn live_within(&self, size: u64) -> u64 {
        // live + ⌊live/2⌋ ≤ size: two of three bytes, and one more where the half is rounded down.
        let live = size / 3 * 2;
        live + u64::from(size % 3 >= 1)
    }
}

impl Activity {
    /// Notes a load; whether anything that the process writes about it is different.
    pub(super) fn note(
        &mut self,
        load: Load,
        causes: BTreeMap<Cause, u64>,
        failing: Failing,
        answers: bool,
    ) -> bool {
        let same = self.load == load && self.failing == failing && self.answered == answers;
        (self.load, self.causes, self.failing, self.answered) = (load, causes, failing, answers);
        !same
    }
}

/// What a process is busy with; `None` once it has ended.
pub fn get(world: &World, process: ProcessId) -> Option<&Activity> {
    world.get::<Activity>(process::entity(world, process)?)
}

/// What each running process is busy with, oldest first.
pub(super) fn all(world: &World) -> impl Iterator<Item = (ProcessId, &Activity)> {
    process::entities(world).filter_map(|(id, entity)| Some((id, world.get::<Activity>(entity)?)))
}

/// What a process is busy with, for writing.
pub(super) fn get_mut(world: &mut World, process: ProcessId) -> Option<&mut Activity> {
    let entity = process::entity(world, process)?;
    Some(world.get_mut::<Activity>(entity)?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_living_bytes_within_a_size_are_the_largest() {
        let heap = Heap { max: u64::MAX, ..Heap::default() };
        for size in 0..100 {
            let live = heap.live_within(size);
            assert!(heap.committed_for(live) <= size, "{size}");
            assert!(heap.committed_for(live + 1) > size, "{size}");
        }
    }
}
