//! Who calls whom now: users, Services, processes and what these depend on, as a graph without loops.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::Uid;
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use super::routes::{Caller, Routes};
use super::routing::Route;
use crate::physical::process::{self, ProcessId, ProcessState};
use crate::physical::traffic::{Address, Traffic};

/// A place on the way of requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Users of this name.
    Users(Arc<str>),
    /// A host and port: where requests to it arrive.
    Host(Arc<Route>),
    /// A process.
    Process(ProcessId),
}

/// One place calls another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// Calls per million requests at the calling place.
    pub(super) calls_ppm: u64,
    /// Milliseconds after which the caller gives up; 0 for hosts, which only pass on.
    pub(super) timeout_ms: u64,
    /// Which of the calling model's dependencies.
    pub(super) dependency: usize,
}

/// The calls of the whole cluster.
pub(super) type CallGraph = DiGraph<Place, Call>;

/// Builds the graph from users' targets, routes and models.
pub(super) fn build(world: &World, routes: &mut Routes) -> CallGraph {
    let mut builder = Builder {
        world,
        routes,
        graph: CallGraph::new(),
        hosts: BTreeMap::new(),
        processes: BTreeMap::new(),
        unseen: Vec::new(),
    };
    for source in world.resource::<Traffic>().sources() {
        let address =
            Address::parse(&source.target).expect("targets are read when users are added");
        let users = builder.graph.add_node(Place::Users(source.name.clone()));
        let route = builder.routes.learn(world, Caller::Users(source.name.clone()));
        // Two paths of one host may lead to different Services.
        let host = builder.host(route, None, &source.target, address.port);
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

/// What makes hosts one and the same place.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum HostKey {
    /// The way to one Service differs only between pods on nodes that are cut off.
    Service(Arc<str>, Arc<str>, u16),
    /// A host and port as a pod finds them, or what users ask for.
    Named(String, u16, Option<Uid>),
}

struct Builder<'w> {
    world: &'w World,
    routes: &'w mut Routes,
    graph: CallGraph,
    hosts: BTreeMap<HostKey, NodeIndex>,
    processes: BTreeMap<ProcessId, NodeIndex>,
    unseen: Vec<ProcessId>,
}

impl Builder<'_> {
    fn host(&mut self, route: Arc<Route>, from: Option<Uid>, host: &str, port: u16) -> NodeIndex {
        let key = match &route.service {
            Some((namespace, name)) if route.is_plain() => {
                HostKey::Service(namespace.clone(), name.clone(), port)
            }
            _ => HostKey::Named(host.to_owned(), port, from),
        };
        if let Some(node) = self.hosts.get(&key) {
            return *node;
        }
        let node = self.graph.add_node(Place::Host(route.clone()));
        self.hosts.insert(key, node);
        for destination in route.processes() {
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
            let Some((host, port)) = &process.wires[dependency].destination else { continue };
            let route = self.routes.learn(self.world, Caller::Process(id, dependency));
            let to = self.host(route, Some(process.spec.pod), host, *port);
            let call =
                Call { calls_ppm: declared.calls_ppm, timeout_ms: declared.timeout_ms, dependency };
            self.graph.add_edge(from, to, call);
        }
    }
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
