//! Flows of requests: rates that are computed again when something on their path changes, not packets.
//!
//! - [`graph`]: who calls whom now
//! - [`routing`]: from host names to processes; [`routes`]: those that are known
//! - [`capacity`]: what one process can serve
//! - [`solve`]: what comes of all that is offered
//! - [`cause`]: why requests fail

mod capacity;
mod cause;
mod graph;
pub(super) mod routes;
mod routing;
mod solve;

use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::resource::Resource;
use bevy_ecs::world::{Mut, World};
use opsdrill_objects::Kind;

pub use capacity::COLLECTOR;
pub use cause::{Called, Cause};
pub use solve::Failing;

use self::graph::Place;
use self::routes::{Caller, Routes};
use self::solve::{Answer, Solution, server_of};
use super::activity::{self, Load};
use super::application::lines;
use super::ledger::{Ledger, Level, SeriesKey};
use super::logs::{self, SteadyLines};
use super::traffic::Traffic;
use super::{PhysicalEvent, ProcessId, footprint, lifecycle, network, process};
use crate::agenda::{Agenda, Event};
use crate::store::{Epoch, Notice};
use crate::time::{SimDuration, SimTime};

/// The time between a change and its effect on the flows: what changes together is computed together.
const LATENCY: SimDuration = SimDuration(50);

/// When the flows are looked at, and whom they reached last.
#[derive(Resource, Debug, Default)]
pub(super) struct Flows {
    loaded: BTreeSet<ProcessId>,
    planned: BTreeSet<SimTime>,
}

/// Notes that something on the path of requests has changed.
pub(super) fn mark(world: &mut World) {
    let time = world.resource::<Agenda>().now() + LATENCY;
    plan(world, time);
}

/// Notes that a process has changed; what nobody calls and what calls nobody changes no flow.
pub(super) fn mark_process(world: &mut World, has_dependencies: bool) {
    if has_dependencies || !world.resource::<Traffic>().is_empty() {
        mark(world);
    }
}

/// Routes change with Services, their endpoints, and what ingress controllers look at.
pub(super) fn observe(world: &mut World, notices: &[Notice]) {
    routes::observe(world, notices);
    let routes = |it: &Notice| {
        match it.kind() {
            Kind::Service
            | Kind::EndpointSlice
            | Kind::Ingress
            | Kind::IngressClass
            | Kind::NetworkPolicy => true,
            // Policies choose pods and namespaces by their labels.
            Kind::Pod | Kind::Namespace => network::is_relabelled(it),
            _ => false,
        }
    };
    let is_used =
        !world.resource::<Flows>().loaded.is_empty() || !world.resource::<Traffic>().is_empty();
    if is_used && notices.iter().any(routes) {
        mark(world);
    }
}

/// Computes all flows again.
pub(super) fn handle(world: &mut World) {
    let now = world.resource::<Agenda>().now();
    world.resource_mut::<Flows>().planned.retain(|it| *it > now);
    let graph = world.resource_scope(|world, mut routes: Mut<Routes>| {
        routes.refresh();
        graph::build(world, &mut routes)
    });
    let solution = solve::solve(world, now, graph);
    note_loads(world, &solution);
    note_ledger(world, now, &solution);
    let next = world.resource::<Traffic>().next_change(*world.resource::<Epoch>(), now);
    for time in [next, solution.next_full].into_iter().flatten() {
        plan(world, time);
    }
    super::probe::tell_kubelets(world);
}

fn plan(world: &mut World, time: SimTime) {
    let mut flows = world.resource_mut::<Flows>();
    // An earlier turn looks at everything and plans the next; only its own instant is needed.
    if flows.planned.first().is_some_and(|it| *it <= time) {
        return;
    }
    flows.planned.insert(time);
    world.resource_mut::<Agenda>().at(time, Event::Physical(PhysicalEvent::Flows));
}

/// Tells the processes their loads.
fn note_loads(world: &mut World, solution: &Solution) {
    let loaded: BTreeSet<_> = solution.loads.keys().copied().collect();
    let before = std::mem::replace(&mut world.resource_mut::<Flows>().loaded, loaded.clone());
    let mut changed = BTreeSet::new();
    let mut note = |world: &mut World, id: ProcessId, load, causes, failing| {
        let Some(process) = process::get(world, id) else { return };
        let answers = process.answers();
        let activity = activity::get_mut(world, id).expect("every process has an activity");
        if activity.note(load, causes, failing, answers) {
            changed.insert(id);
        }
    };
    for id in before.difference(&loaded) {
        note(world, *id, Load::default(), BTreeMap::new(), Vec::new());
    }
    let answers: BTreeMap<_, _> = solution
        .graph
        .node_indices()
        .filter_map(|it| match solution.graph[it] {
            Place::Process(id) => Some((id, &solution.answers[it.index()])),
            _ => None,
        })
        .collect();
    for (id, (load, failing)) in &solution.loads {
        note(world, *id, *load, answers[id].causes.clone(), failing.clone());
    }
    for id in before.union(&loaded) {
        footprint::follow(world, *id);
        lifecycle::reconsider(world, *id);
        if changed.contains(id) {
            write_on(world, *id);
        }
    }
}

/// Says what a process writes again and again under its load.
fn write_on(world: &mut World, id: ProcessId) {
    let Some(process) = process::get(world, id) else { return };
    let activity = activity::get(world, id).expect("every process has an activity");
    let steady = lines::steady(process, activity).into_iter();
    let steady = steady.map(|(every_ms, line)| SteadyLines { every_ms, templates: vec![line] });
    logs::set_steady(world, id, steady.collect());
}

/// Writes the books.
fn note_ledger(world: &mut World, now: SimTime, solution: &Solution) {
    let mut levels: BTreeMap<SeriesKey, Vec<(u64, &Answer)>> = BTreeMap::new();
    for node in solution.graph.node_indices() {
        let offered = solution.offered[node.index()];
        let key = match &solution.graph[node] {
            Place::Users(name) => SeriesKey::Traffic(name.clone()),
            Place::Host(route) => {
                let Some((namespace, name)) = &route.service else { continue };
                SeriesKey::Service { namespace: namespace.clone(), name: name.clone() }
            }
            Place::Process(_) => continue,
        };
        levels.entry(key).or_default().push((offered, &solution.answers[node.index()]));
    }
    let mut ledger = world.resource_mut::<Ledger>();
    let known: Vec<_> = ledger.series().map(|(key, _)| key.clone()).collect();
    for key in known.into_iter().filter(|key| !levels.contains_key(key)) {
        ledger.note(key, now, Level::default());
    }
    for (key, parts) in levels {
        ledger.note(key, now, level(&parts));
    }
}

/// The level of several parts together, weighted by what is offered to each.
fn level(parts: &[(u64, &Answer)]) -> Level {
    let offered: u64 = parts.iter().map(|(offered, _)| offered).sum();
    let weighted = |value: fn(&Answer) -> u64| {
        let sum: u128 =
            parts.iter().map(|(offered, it)| u128::from(*offered) * u128::from(value(it))).sum();
        match sum.checked_div(u128::from(offered)) {
            Some(mean) => mean as u64,
            // Nobody asks: what an asker would get.
            None => parts.iter().map(|(_, it)| value(it)).min().unwrap_or_default(),
        }
    };
    Level {
        offered_milli_rps: offered,
        success_ppm: weighted(|it| it.success_ppm),
        latency_mean_ms: weighted(|it| it.mean_ms),
        latency_p95_ms: parts.iter().map(|(_, it)| it.p95_ms).max().unwrap_or_default(),
    }
}

/// What a process gets of one of its dependencies right now, connection included.
///
/// # Errors
/// Why it gets nothing.
pub(super) fn reach(world: &World, id: ProcessId, dependency: usize) -> Result<(), Cause> {
    let process = process::get(world, id).ok_or(Cause::Refused)?;
    process.wires[dependency].destination.as_ref().ok_or(Cause::UnknownHost)?;
    let route = routes::of(world, &Caller::Process(id, dependency));
    if let Some(cause) = route.failure {
        return Err(cause);
    }
    let server = server_of(&route, id).ok_or(Cause::Refused)?;
    let server = process::get(world, server).filter(|it| it.answers()).ok_or(Cause::Timeout)?;
    if let Some(cause) = super::login::refusal(world, process, dependency, server) {
        return Err(cause);
    }
    let now = world.resource::<Agenda>().now();
    let pool = activity::get(world, id).and_then(|it| it.pools.get(dependency));
    let connected = pool.is_some_and(|it| it.open > 0 && it.server == Some(server.id));
    if connected || super::connections::accepts(world, server.id, now) {
        Ok(())
    } else {
        Err(Cause::TooManyConnections)
    }
}
