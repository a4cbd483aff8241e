//! Who calls whom now: users, Services, processes and what these depend on, as a graph without loops.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::world::World;
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use super::routing::{self, Route};
use crate::physical::application::model::DependencyKind;
use crate::physical::application::settings;
use crate::physical::process::{self, Process, ProcessId, ProcessState};
use crate::physical::traffic::{Address, Traffic};

/// A place on the way of requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Users of this name.
    Users(Arc<str>),
    /// A host and port, and where requests to it arrive.
    Host {
        /// `namespace/name:port` of a Service, or the host as written.
        name: String,
        /// Where requests arrive.
        route: Route,
    },
    /// A process.
    Process(ProcessId),
}

/// One place calls another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Calls per million requests at the calling place.
    pub calls_ppm: u64,
    /// Milliseconds after which the caller gives up; 0 for hosts, which only pass on.
    pub timeout_ms: u64,
    /// Which of the calling model's dependencies.
    pub dependency: usize,
}

/// The calls of the whole cluster.
pub type CallGraph = DiGraph<Place, Call>;

/// Builds the graph from users' targets, routes and models.
pub(super) fn build(world: &World) -> CallGraph {
    let mut builder = Builder { world, ..Builder::new(world) };
    for source in world.resource::<Traffic>().sources() {
        let address =
            Address::parse(&source.target).expect("targets are read when users are added");
        let users = builder.graph.add_node(Place::Users(source.name.clone()));
        let route = routing::from_users(world, &address.host, address.port);
        let host = builder.host(route, "users", &address.host, address.port);
        let call = Call { calls_ppm: 1_000_000, timeout_ms: source.timeout_ms, dependency: 0 };
        builder.graph.add_edge(users, host, call);
    }
    // Idle processes hold connections too.
    for process in process::all(world).filter(|it| !it.model.dependencies.is_empty()) {
        builder.process(process.id);
    }
    while let Some(process) = builder.unseen.pop() {
        builder.calls_of(process);
    }
    without_loops(builder.graph)
}

struct Builder<'w> {
    world: &'w World,
    graph: CallGraph,
    hosts: BTreeMap<String, NodeIndex>,
    processes: BTreeMap<ProcessId, NodeIndex>,
    unseen: Vec<ProcessId>,
}

impl<'w> Builder<'w> {
    fn new(world: &'w World) -> Self {
        Self {
            world,
            graph: CallGraph::new(),
            hosts: BTreeMap::new(),
            processes: BTreeMap::new(),
            unseen: Vec::new(),
        }
    }

    fn host(&mut self, route: Route, from: &str, host: &str, port: u16) -> NodeIndex {
        let name = match &route.service {
            // The way to one Service differs only between pods on nodes that are cut off.
            Some((namespace, name)) if route.failure.is_none() => {
                format!("{namespace}/{name}:{port}")
            }
            _ => format!("{host}:{port} from {from}"),
        };
        if let Some(node) = self.hosts.get(&name) {
            return *node;
        }
        let destinations: Vec<_> = route.processes().collect();
        let node = self.graph.add_node(Place::Host { name: name.clone(), route });
        self.hosts.insert(name, node);
        for destination in destinations {
            let process = self.process(destination);
            let call = Call { calls_ppm: 0, timeout_ms: 0, dependency: 0 };
            self.graph.add_edge(node, process, call);
        }
        node
    }

    fn process(&mut self, id: ProcessId) -> NodeIndex {
        if let Some(node) = self.processes.get(&id) {
            return *node;
        }
        let node = self.graph.add_node(Place::Process(id));
        self.processes.insert(id, node);
        self.unseen.push(id);
        node
    }

    fn calls_of(&mut self, id: ProcessId) {
        let process = process::get(self.world, id).expect("routes lead to living processes");
        if matches!(process.state, ProcessState::Starting { .. }) || !process.serves {
            return;
        }
        let from = self.processes[&id];
        for (dependency, declared) in process.model.dependencies.iter().enumerate() {
            if declared.calls_ppm == 0 {
                continue;
            }
            let Some((host, port)) = destination(process, dependency) else { continue };
            let route = routing::from_pod(self.world, process.spec.pod, &host, port);
            let to = self.host(route, &process.spec.pod_name, &host, port);
            let call =
                Call { calls_ppm: declared.calls_ppm, timeout_ms: declared.timeout_ms, dependency };
            self.graph.add_edge(from, to, call);
        }
    }
}

/// The host and port of a dependency, as the process finds them in its settings.
pub fn destination(process: &Process, dependency: usize) -> Option<(String, u16)> {
    let declared = &process.model.dependencies[dependency];
    let host = settings::read(&declared.host, &process.spec).filter(|it| !it.is_empty())?;
    // A URL may stand where a host is expected.
    if let Some(address) = Address::parse(&host) {
        return Some((address.host, address.port));
    }
    let usual = match declared.kind {
        DependencyKind::Http => 80,
        DependencyKind::Postgres => 5432,
        DependencyKind::Redis => 6379,
    };
    if let Some((name, port)) = host.rsplit_once(':')
        && let Ok(port) = port.parse()
    {
        return Some((name.to_owned(), port));
    }
    let port = settings::number(&declared.port, &process.spec, usual);
    Some((host, u16::try_from(port).ok()?))
}

/// Takes out the calls that close a circle: in the order of a walk from the users, a call back to a place that is
/// still being walked. Such calls carry nothing.
fn without_loops(mut graph: CallGraph) -> CallGraph {
    let mut state = vec![Visit::Never; graph.node_count()];
    let mut closing = Vec::new();
    for start in graph.node_indices() {
        let mut path = vec![(start, false)];
        while let Some((node, done)) = path.pop() {
            if done {
                state[node.index()] = Visit::Done;
                continue;
            }
            if state[node.index()] != Visit::Never {
                continue;
            }
            state[node.index()] = Visit::Open;
            path.push((node, true));
            let edges: Vec<_> = graph.edges_directed(node, Direction::Outgoing).collect();
            for edge in edges {
                match state[edge.target().index()] {
                    Visit::Never => path.push((edge.target(), false)),
                    Visit::Open => closing.push(edge.id()),
                    Visit::Done => {}
                }
            }
        }
    }
    graph.retain_edges(|_, edge| !closing.contains(&edge));
    graph
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    Never,
    Open,
    Done,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_loop_is_left(edges in prop::collection::vec((0_usize..8, 0_usize..8), 0..30)) {
            let mut graph = CallGraph::new();
            let nodes: Vec<_> = (0..8).map(|it| graph.add_node(Place::Process(ProcessId(it)))).collect();
            for (from, to) in edges {
                let call = Call { calls_ppm: 1, timeout_ms: 1, dependency: 0 };
                graph.add_edge(nodes[from], nodes[to], call);
            }
            let acyclic = !petgraph::algo::is_cyclic_directed(&graph);
            let before = graph.edge_count();
            let after = without_loops(graph);
            prop_assert!(!petgraph::algo::is_cyclic_directed(&after));
            prop_assert!(!acyclic || after.edge_count() == before);
        }
    }
}
