//! A pod's sandbox: its volumes and its network.

use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::Object;
use opsdrill_objects::event::EventType;

use super::sync::plan_retry;
use super::worker::{Sandbox, Step, Worker};
use super::{attach, network, plan_relist, plan_step, plan_sync, report, volumes};
use crate::agenda::Agenda;
use crate::chance::Chance;
use crate::time::SimDuration;
use crate::view::View;

/// The first wait after a volume could not be mounted (`initialDurationBeforeRetry`); it doubles.
const MOUNT_RETRY: SimDuration = SimDuration(500);
/// The longest wait (`maxDurationBeforeRetry`).
const MOUNT_RETRY_MAX: SimDuration = SimDuration::seconds(122);
/// Milliseconds that mounting and networking take together, from and to.
const SETUP_MS: (u64, u64) = (250, 900);

/// Begins to set up the sandbox.
pub(super) fn begin(world: &mut World, worker: &mut Worker, object: &Arc<Object>) {
    let Sandbox::Missing(failures) = worker.sandbox else { return };
    let now = world.resource::<Agenda>().now();
    if let Err(message) = volumes::claims(View::new(world), object) {
        report::pod_event(world, worker, object, EventType::Warning, "FailedMount", message);
        plan_retry(world, worker);
        return;
    }
    if !attach::attach(world, worker, object) {
        plan_retry(world, worker);
        return;
    }
    if let Err((volume, problem)) = volumes::check(View::new(world), object, worker) {
        let message = format!("MountVolume.SetUp failed for volume {volume:?} : {problem}");
        report::pod_event(world, worker, object, EventType::Warning, "FailedMount", message);
        worker.sandbox = Sandbox::Missing(failures + 1);
        let wait = (MOUNT_RETRY.0 << failures.min(10)).min(MOUNT_RETRY_MAX.0);
        plan_sync(world, worker, now + SimDuration(wait));
        return;
    }
    worker.step = Step::Sandbox;
    let key = worker.uid.to_string();
    let (low, high) = SETUP_MS;
    let span = world.resource::<Chance>().between("sandbox", &key, low, high);
    plan_step(world, worker, now + SimDuration(span));
}

/// The sandbox is there.
pub(super) fn complete(world: &mut World, worker: &mut Worker) {
    worker.sandbox = Sandbox::Ready;
    network::assign(world, worker);
    plan_relist(world, worker);
}
