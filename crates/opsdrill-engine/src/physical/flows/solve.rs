//! Two walks over the graph of calls: downwards with what is offered, upwards with what comes of it.

use std::collections::BTreeMap;

use bevy_ecs::world::World;
use petgraph::algo::toposort;
use petgraph::graph::NodeIndex;

use super::Cause;
use super::capacity::{self, Admission, Capacity};
use super::graph::{Call, CallGraph, Place};
use super::routing::Route;
use crate::physical::activity::{self, Load};
use crate::physical::application::model::{DependencyKind, Parameter, Unavailable};
use crate::physical::application::wiring::Wire;
use crate::physical::connections::{self, Demand};
use crate::physical::ledger::WHOLE_PPM;
use crate::physical::process::{self, Process, ProcessId};
use crate::physical::{login, probe, traffic};
use crate::time::SimTime;

/// For each dependency: why calls fail, and how many of a million do.
pub type Failing = Vec<Option<(Cause, u64)>>;

/// What a caller gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// How many of a million succeed.
    pub(super) success_ppm: u64,
    /// Why how many of a million fail.
    pub(super) causes: BTreeMap<Cause, u64>,
    /// Mean latency of the answered ones in milliseconds.
    pub(super) mean_ms: u64,
    /// Half of them take no longer.
    pub(super) p50_ms: u64,
    /// 95 of 100 take no longer.
    pub(super) p95_ms: u64,
}

impl Answer {
    fn failed(cause: Cause) -> Self {
        Self { causes: BTreeMap::from([(cause, WHOLE_PPM)]), ..Self::default() }
    }

    /// Lets a part of the successes fail.
    fn lose(&mut self, ppm: u64, cause: Cause) {
        let lost = share(self.success_ppm, ppm);
        if lost > 0 {
            self.success_ppm -= lost;
            *self.causes.entry(cause).or_default() += lost;
        }
    }

    /// The most frequent cause, for a log that names one.
    fn main_cause(&self) -> Option<(Cause, u64)> {
        let most =
            self.causes.iter().max_by_key(|(cause, ppm)| (**ppm, std::cmp::Reverse(**cause)));
        most.map(|(cause, ppm)| (*cause, *ppm))
    }
}

/// What comes of all flows.
#[derive(Debug)]
pub(super) struct Solution {
    /// Who calls whom.
    pub(super) graph: CallGraph,
    /// Requests per 1000 s at each place.
    pub(super) offered: Vec<u64>,
    /// What each place answers.
    pub(super) answers: Vec<Answer>,
    /// The load of each process.
    pub(super) loads: BTreeMap<ProcessId, (Load, Failing)>,
    /// When a server's connections are used up next.
    pub(super) next_full: Option<SimTime>,
}

fn share(amount: u64, ppm: u64) -> u64 {
    (u128::from(amount) * u128::from(ppm) / u128::from(WHOLE_PPM)) as u64
}

/// Solves the flows of a graph at a time and opens and closes connections accordingly.
pub(super) fn solve(world: &mut World, now: SimTime, graph: CallGraph) -> Solution {
    let order = toposort(&graph, None).expect("the graph was built without loops");
    let mut solver = Solver {
        now,
        calls: calls(&graph),
        offered: vec![0; graph.node_count()],
        admissions: vec![Admission::default(); graph.node_count()],
        answers: vec![Answer::default(); graph.node_count()],
        loads: BTreeMap::new(),
        graph,
    };
    for node in &order {
        solver.offer(world, *node);
    }
    let demands = solver.demands(world);
    let next_full = connections::assign(world, now, &demands);
    for node in order.iter().rev() {
        solver.answer(world, *node);
    }
    let Solver { graph, offered, answers, loads, .. } = solver;
    Solution { graph, offered, answers, loads, next_full }
}

/// The calls of each place, in the order in which they were declared.
fn calls(graph: &CallGraph) -> Vec<Vec<(NodeIndex, Call)>> {
    let mut calls = vec![Vec::new(); graph.node_count()];
    for edge in graph.raw_edges() {
        calls[edge.source().index()].push((edge.target(), edge.weight));
    }
    calls
}

struct Solver {
    now: SimTime,
    graph: CallGraph,
    calls: Vec<Vec<(NodeIndex, Call)>>,
    offered: Vec<u64>,
    admissions: Vec<Admission>,
    answers: Vec<Answer>,
    loads: BTreeMap<ProcessId, (Load, Failing)>,
}

impl Solver {
    /// Passes on what is offered to a place.
    fn offer(&mut self, world: &World, node: NodeIndex) {
        let offered = self.offered[node.index()];
        match &self.graph[node] {
            Place::Users(name) => {
                let rate = traffic::rate_now(world, name);
                self.offered[node.index()] = rate;
                for (target, _) in &self.calls[node.index()] {
                    self.offered[target.index()] += rate;
                }
            }
            Place::Host(route) => {
                let ways = (route.destinations.len() as u64).max(1);
                for (place, (target, _)) in self.calls[node.index()].iter().enumerate() {
                    let extra = u64::from((place as u64) < offered % ways);
                    self.offered[target.index()] += offered / ways + extra;
                }
            }
            Place::Process(id) => {
                let process = process::get(world, *id).expect("flows are solved at one instant");
                let admission = if process.answers() {
                    capacity(world, process, self.now).admit(offered)
                } else {
                    Admission::default()
                };
                for (target, call) in &self.calls[node.index()] {
                    self.offered[target.index()] +=
                        share(admission.served_milli_rps, call.calls_ppm);
                }
                self.admissions[node.index()] = admission;
            }
        }
    }

    /// The connections that processes want, oldest process first.
    fn demands(&self, world: &World) -> Vec<Demand> {
        let mut demands = Vec::new();
        for node in self.graph.node_indices() {
            let Place::Process(client) = self.graph[node] else { continue };
            let process = process::get(world, client).expect("flows are solved at one instant");
            for (target, call) in &self.calls[node.index()] {
                let declared = &process.model.dependencies[call.dependency];
                let Place::Host(route) = &self.graph[*target] else { continue };
                if declared.kind == DependencyKind::Http {
                    continue;
                }
                let server = server_of(route, client).and_then(|it| process::get(world, it));
                let Some(server) = server else { continue };
                if login::refusal(world, process, call.dependency, server).is_some() {
                    continue;
                }
                let rate = share(self.admissions[node.index()].served_milli_rps, call.calls_ppm);
                let leak = process.parameter(Parameter::ConnectionLeakPpm);
                let Wire { pool_min, pool_max, .. } = process.wires[call.dependency];
                let busy = needed(server, rate);
                demands.push(Demand {
                    client,
                    dependency: call.dependency,
                    server: server.id,
                    wanted: busy.clamp(pool_min.min(pool_max), pool_max.max(1)),
                    leak_pico_per_ms: rate.saturating_mul(leak),
                });
            }
        }
        demands.sort_by_key(|it| (it.client, it.dependency));
        demands
    }

    /// What comes of the requests at a place, once that is known of all that it calls.
    fn answer(&mut self, world: &World, node: NodeIndex) {
        let answer = match &self.graph[node] {
            Place::Users(_) => self.users(node),
            Place::Host(route) => self.host(node, route),
            Place::Process(id) => {
                let process = process::get(world, *id).expect("flows are solved at one instant");
                self.process(world, node, process)
            }
        };
        self.answers[node.index()] = answer;
    }

    fn users(&self, node: NodeIndex) -> Answer {
        let [(target, call)] = self.calls[node.index()][..] else { return Answer::default() };
        within(&self.answers[target.index()], call.timeout_ms)
    }

    /// A host spreads evenly over its destinations.
    fn host(&self, node: NodeIndex, route: &Route) -> Answer {
        if let Some(cause) = route.failure {
            return Answer::failed(cause);
        }
        let ways = (route.destinations.len() as u64).max(1);
        let mut sum = Answer::default();
        for (target, _) in &self.calls[node.index()] {
            let one = &self.answers[target.index()];
            sum.success_ppm += one.success_ppm;
            for (cause, ppm) in &one.causes {
                *sum.causes.entry(*cause).or_default() += ppm / ways;
            }
            sum.mean_ms += one.mean_ms * one.success_ppm;
            sum.p50_ms += one.p50_ms * one.success_ppm;
            sum.p95_ms = sum.p95_ms.max(if one.success_ppm > 0 { one.p95_ms } else { 0 });
        }
        let weight = sum.success_ppm.max(1);
        (sum.mean_ms, sum.p50_ms) = (sum.mean_ms / weight, sum.p50_ms / weight);
        sum.success_ppm /= ways;
        for cause in route.destinations.iter().filter_map(|it| it.as_ref().err()) {
            *sum.causes.entry(*cause).or_default() += WHOLE_PPM / ways;
        }
        sum
    }

    fn process(&mut self, world: &World, node: NodeIndex, process: &Process) -> Answer {
        let offered = self.offered[node.index()];
        let admission = self.admissions[node.index()];
        let mut failing = vec![None; process.model.dependencies.len()];
        if !process.answers() {
            self.load(process, offered, &Answer::default(), Admission::default(), 0, failing);
            return Answer::failed(Cause::Timeout);
        }
        let fixed_ms = process.model.request.latency_ms + process.parameter(Parameter::LatencyMs);
        let mut answer = Answer { success_ppm: WHOLE_PPM, ..Answer::default() };
        let (mut mean_ms, mut p50_ms) = (admission.latency_mean_ms, fixed_ms);
        p50_ms +=
            (admission.latency_mean_ms - fixed_ms.min(admission.latency_mean_ms)) * 693 / 1000;
        let mut p95_ms = capacity::p95_ms(admission.latency_mean_ms, fixed_ms);
        if admission.served_milli_rps < offered {
            let lost = WHOLE_PPM - admission.served_milli_rps * WHOLE_PPM / offered.max(1);
            answer.lose(lost, Cause::Timeout);
        }
        answer.lose(process.parameter(Parameter::ErrorPpm).min(WHOLE_PPM), Cause::ServerError);
        for (target, call) in &self.calls[node.index()] {
            let called = self.called(world, process, (node, *target), call);
            let declared = &process.model.dependencies[call.dependency];
            if called.success_ppm < WHOLE_PPM {
                failing[call.dependency] = called.main_cause();
            }
            // Who waits in vain waits too.
            let lost = WHOLE_PPM - called.success_ppm;
            let timeouts = [Cause::Timeout, Cause::NameTimeout];
            let timeouts: u64 = timeouts.iter().filter_map(|it| called.causes.get(it)).sum();
            let waited =
                share(called.mean_ms, called.success_ppm) + share(call.timeout_ms, timeouts);
            mean_ms += share(waited, call.calls_ppm);
            p50_ms += share(called.p50_ms, call.calls_ppm);
            p95_ms += share(called.p95_ms, call.calls_ppm);
            if declared.when_unavailable != Unavailable::Degrade {
                answer.lose(share(lost, call.calls_ppm).min(WHOLE_PPM), Cause::Dependency);
            }
        }
        let in_flight_milli = admission.served_milli_rps.saturating_mul(mean_ms) / 1000;
        let most_milli = process.model.request.concurrency_max * 1000;
        let mut in_flight = in_flight_milli;
        if most_milli > 0 && in_flight_milli > most_milli {
            answer.lose(WHOLE_PPM - share_of(most_milli, in_flight_milli), Cause::Unavailable);
            in_flight = most_milli;
        }
        (answer.mean_ms, answer.p50_ms, answer.p95_ms) = (mean_ms, p50_ms, p95_ms.max(p50_ms));
        self.load(process, offered, &answer, admission, in_flight, failing);
        answer
    }

    /// What a process gets of one of its dependencies.
    fn called(
        &self,
        world: &World,
        process: &Process,
        (node, target): (NodeIndex, NodeIndex),
        call: &Call,
    ) -> Answer {
        let declared = &process.model.dependencies[call.dependency];
        let answer = within(&self.answers[target.index()], call.timeout_ms);
        let Place::Host(route) = &self.graph[target] else { return answer };
        if declared.kind == DependencyKind::Http {
            return where_known(world, answer, route, &declared.path);
        }
        let server = server_of(route, process.id).and_then(|it| process::get(world, it));
        let Some(server) = server else { return answer };
        if let Some(cause) = login::refusal(world, process, call.dependency, server) {
            return Answer::failed(cause);
        }
        let activity = activity::get(world, process.id);
        let pool =
            activity.and_then(|it| it.pools.get(call.dependency)).copied().unwrap_or_default();
        let rate = share(self.admissions[node.index()].served_milli_rps, call.calls_ppm);
        let needed = needed(server, rate).max(1);
        let mut answer = answer;
        if pool.open < needed && pool.server.is_some() {
            let part = share_of(pool.open, needed);
            let full = !connections::accepts(world, server.id, self.now);
            let cause = if full { Cause::TooManyConnections } else { Cause::Timeout };
            answer.lose(WHOLE_PPM - part, cause);
        }
        answer
    }

    fn load(
        &mut self,
        process: &Process,
        offered: u64,
        answer: &Answer,
        admission: Admission,
        in_flight_milli: u64,
        failing: Failing,
    ) {
        let load = Load {
            offered_milli_rps: offered,
            success_ppm: answer.success_ppm,
            in_flight_milli,
            latency_mean_ms: answer.mean_ms,
            latency_p50_ms: answer.p50_ms,
            latency_p95_ms: answer.p95_ms,
            cpu_millis: admission.cpu_millis,
            throttled_ppm: admission.throttled_ppm,
        };
        self.loads.insert(process.id, (load, failing));
    }
}

/// What a client gets where some of those behind a host do not know the path: 404 from them.
fn where_known(world: &World, mut answer: Answer, route: &Route, path: &str) -> Answer {
    if path.is_empty() {
        return answer;
    }
    let ends: Vec<_> = route.processes().filter_map(|it| process::get(world, it)).collect();
    let strangers = ends.iter().filter(|it| !probe::knows(world, it, path)).count() as u64;
    if strangers > 0 {
        answer.lose(WHOLE_PPM * strangers / ends.len() as u64, Cause::NotFound);
    }
    answer
}

fn share_of(part: u64, whole: u64) -> u64 {
    (u128::from(part.min(whole)) * u128::from(WHOLE_PPM) / u128::from(whole.max(1))) as u64
}

/// An answer as a caller sees it whose patience ends.
fn within(answer: &Answer, patience_ms: u64) -> Answer {
    let mut answer = answer.clone();
    let late = capacity::late_ppm(patience_ms, answer.p50_ms, answer.p95_ms);
    answer.lose(late, Cause::Timeout);
    if patience_ms > 0 {
        let latest = |ms: u64| ms.min(patience_ms);
        answer.mean_ms = latest(answer.mean_ms);
        (answer.p50_ms, answer.p95_ms) = (latest(answer.p50_ms), latest(answer.p95_ms));
    }
    answer
}

/// The one destination to which a client keeps its pool.
pub(super) fn server_of(route: &Route, client: ProcessId) -> Option<ProcessId> {
    let place = client.0.checked_rem(route.processes().count() as u64)? as usize;
    route.processes().nth(place)
}

/// Connections that are busy at a rate of calls (requests per 1000 s), rounded up.
fn needed(server: &Process, milli_rps: u64) -> u64 {
    let latency_ms = server.model.request.latency_ms.max(1);
    milli_rps.saturating_mul(latency_ms).div_ceil(1_000_000)
}

/// What a process has to serve with now.
fn capacity(world: &World, process: &Process, now: SimTime) -> Capacity {
    let factor = process.parameter(Parameter::CpuFactorPpm);
    let factor = if factor == 0 { WHOLE_PPM } else { factor };
    let collector = activity::get(world, process.id).map_or(WHOLE_PPM, |activity| {
        let heap = activity.heap.map_or(u64::MAX, |it| it.max);
        capacity::collector_factor_ppm(share_of(activity.memory.at(now), heap))
    });
    let request = &process.model.request;
    let slower = |amount: u64| share(amount, collector);
    Capacity {
        cpu_millis: process.cpu_millis,
        limited: process.spec.cpu_limit.is_some(),
        cpu_us: slower(share(request.cpu_us, factor)),
        latency_ms: slower(request.latency_ms) + process.parameter(Parameter::LatencyMs),
    }
}
