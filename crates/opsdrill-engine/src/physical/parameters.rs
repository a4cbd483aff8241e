//! The door for faults: what is wrong with applications is changed while they run.

use std::sync::Arc;

use bevy_ecs::resource::Resource;
use bevy_ecs::world::World;
use serde::{Deserialize, Serialize};

use super::application::catalogue;
use super::application::model::Parameter;
use super::process::{self, Process, ProcessId, ProcessState};
use super::{ContainerSpec, flows, footprint, lifecycle};

/// Which processes a change is about; what is not given matches all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProcessSelector {
    /// Namespace.
    pub namespace: Option<Arc<str>>,
    /// The workload: what the pod's name begins with, before `-`.
    pub workload: Option<Arc<str>>,
    /// The pod's whole name.
    pub pod: Option<Arc<str>>,
    /// Container.
    pub container: Option<Arc<str>>,
    /// Image repository, or `repository:tag`.
    pub image: Option<Arc<str>>,
}

impl ProcessSelector {
    /// Whether a container is meant.
    pub fn matches(&self, spec: &ContainerSpec) -> bool {
        let is =
            |wanted: &Option<Arc<str>>, has: &str| wanted.as_ref().is_none_or(|it| &**it == has);
        let workload = self.workload.as_ref().is_none_or(|it| {
            let rest = spec.pod_name.strip_prefix(&**it);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        });
        let (repository, _) = catalogue::split(&spec.image);
        is(&self.namespace, &spec.namespace)
            && workload
            && is(&self.pod, &spec.pod_name)
            && is(&self.container, &spec.container)
            && (is(&self.image, &spec.image) || is(&self.image, repository))
    }
}

/// Changes that hold for running and for future processes, oldest first.
#[derive(Resource, Debug, Default)]
pub(super) struct Overrides {
    changes: Vec<(ProcessSelector, Parameter, u64)>,
}

/// Sets a parameter for all processes that match, now and later; the newest setting wins.
pub fn set_parameter(
    world: &mut World,
    selector: &ProcessSelector,
    parameter: Parameter,
    value: u64,
) {
    let mut overrides = world.resource_mut::<Overrides>();
    overrides.changes.retain(|(other, of, _)| other != selector || *of != parameter);
    overrides.changes.push((selector.clone(), parameter, value));
    for id in matching(world, selector) {
        let process = process::get_mut(world, id).expect("it was found a moment ago");
        process.parameters.insert(parameter, value);
        follow_hang(process);
        if parameter == Parameter::CrashAfterMs {
            lifecycle::plan_crash(world, id);
        }
        footprint::follow(world, id);
        lifecycle::reconsider(world, id);
    }
    flows::mark(world);
}

/// The running processes that match, oldest first.
pub fn matching(world: &World, selector: &ProcessSelector) -> Vec<ProcessId> {
    process::all(world).filter(|it| selector.matches(&it.spec)).map(|it| it.id).collect()
}

/// Kills all processes that match, as if somebody had sent SIGKILL on the node; says how many.
pub fn kill_matching(world: &mut World, selector: &ProcessSelector) -> usize {
    let found = matching(world, selector);
    for id in &found {
        lifecycle::end(world, *id, 137, "Error");
    }
    found.len()
}

/// Feeds what faults have set to a hash.
pub(super) fn hash(world: &World, hasher: &mut blake3::Hasher) {
    for change in &world.resource::<Overrides>().changes {
        hasher.update(format!("{change:?}").as_bytes());
    }
}

/// What holds for a new process: the version's parameters, then what faults have changed.
pub(super) fn apply_to_new(world: &World, process: &mut Process) {
    let (_, tag) = catalogue::split(&process.spec.image);
    process.parameters = process.model.parameters.clone();
    process.parameters.extend(process.model.tags.get(tag).into_iter().flatten());
    for (selector, parameter, value) in &world.resource::<Overrides>().changes {
        if selector.matches(&process.spec) {
            process.parameters.insert(*parameter, *value);
        }
    }
}

/// A process that is told to hang hangs once it serves, and recovers when it is told not to.
pub(super) fn follow_hang(process: &mut Process) {
    let hangs = process.parameter(Parameter::Hang) != 0;
    process.state = match process.state {
        ProcessState::Serving if hangs => ProcessState::Hung,
        ProcessState::Hung if !hangs => ProcessState::Serving,
        state => state,
    };
}
