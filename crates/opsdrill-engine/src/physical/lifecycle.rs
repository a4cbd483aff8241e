//! The life of a process: start, readiness to serve, the end by itself, by SIGTERM or by SIGKILL.

use std::sync::Arc;

use bevy_ecs::world::World;

use super::application::Catalogue;
use super::process::{self, Process, ProcessId, ProcessState};
use super::{ContainerSpec, PhysicalEvent, ProcessEnd};
use crate::agenda::{Agenda, Event};
use crate::kubelet;
use crate::time::SimDuration;

/// Starts a container's process.
pub(super) fn start(world: &mut World, spec: ContainerSpec) -> ProcessId {
    let model = world.resource::<Catalogue>().find(&spec.image).clone();
    let id = process::next_id(world);
    let now = world.resource::<Agenda>().now();
    let until = now + SimDuration(model.start_up.ms);
    let state = ProcessState::Starting { until };
    let spec = Arc::new(spec);
    let listening = Vec::new();
    process::insert(world, Process { id, spec, model, state, started: now, listening });
    wake(world, id, until.since(now));
    id
}

/// Asks a process to end.
pub(super) fn terminate(world: &mut World, id: ProcessId) {
    let now = world.resource::<Agenda>().now();
    let Some(process) = process::get_mut(world, id) else { return };
    let span = SimDuration(process.model.shut_down_ms);
    process.state = ProcessState::Stopping { until: now + span };
    wake(world, id, span);
}

/// Ends a process at once.
pub(super) fn kill(world: &mut World, id: ProcessId) -> ProcessEnd {
    process::remove(world, id);
    ProcessEnd { exit_code: 137, reason: "Error", message: String::new() }
}

/// Does what is due for a process.
pub(super) fn handle(world: &mut World, id: ProcessId) {
    let now = world.resource::<Agenda>().now();
    let Some(process) = process::get_mut(world, id) else { return };
    match process.state {
        ProcessState::Starting { until } if until <= now => {
            let ports = process.model.ports.iter().filter_map(|it| it.default.as_ref());
            process.listening = ports.filter_map(|it| it.parse().ok()).collect();
            process.state = ProcessState::Serving;
        }
        ProcessState::Stopping { until } if until <= now => {
            let end = ProcessEnd { exit_code: 143, reason: "Error", message: String::new() };
            let ended = process::remove(world, id).expect("it was there a moment ago");
            kubelet::process_ended(world, ended.spec.pod, &ended.spec.container, end);
        }
        _ => {}
    }
}

fn wake(world: &mut World, id: ProcessId, span: SimDuration) {
    let mut agenda = world.resource_mut::<Agenda>();
    let time = agenda.now() + span;
    agenda.at(time, Event::Physical(PhysicalEvent::Process(id)));
}
