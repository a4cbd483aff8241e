//! Connections between processes: pools on the clients' side, limits on the servers' side, and what leaks.
//!
//! A server counts all connections of all clients. When it is full, who is connected stays so, and everybody else is
//! refused. A client that loses connections to a leak is the first to be left without one.

use std::collections::BTreeMap;

use bevy_ecs::world::World;

use super::activity;
use super::parameters::ProcessSelector;
use super::process::ProcessId;
use crate::time::{SimDuration, SimTime};

/// 10⁻¹² connections: requests per 1000 s × ms × ppm.
const PICO: u128 = 1_000_000_000_000;

/// The connections of one process to one of its dependencies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// The server.
    pub server: Option<ProcessId>,
    /// Connections that can be used.
    pub open: u64,
    /// Since when this holds.
    since: SimTime,
    /// Connections that nobody will use again, at `since`, in 10⁻¹².
    leaked_pico: u128,
    /// How fast they grow, in 10⁻¹² per millisecond.
    leak_pico_per_ms: u64,
}

impl Pool {
    /// Whole leaked connections at a time.
    pub fn leaked(&self, time: SimTime) -> u64 {
        (self.leaked_pico_at(time) / PICO) as u64
    }

    /// All connections at a time.
    pub fn total(&self, time: SimTime) -> u64 {
        self.open + self.leaked(time)
    }

    fn leaked_pico_at(&self, time: SimTime) -> u128 {
        let elapsed = u128::from((time - self.since).0);
        self.leaked_pico + u128::from(self.leak_pico_per_ms) * elapsed
    }
}

/// What a database serves its clients with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// The most connections.
    pub connections_max: u64,
    /// Seconds after which an idle connection is closed; 0 means never.
    pub idle_timeout_s: u64,
    /// Connections from outside of all flows: somebody's client program.
    pub visitors: u64,
    /// Whom it lets in, as it was started.
    pub login: Login,
    /// How many connections were ever refused.
    pub refused: u64,
    /// Run-time settings (`CONFIG SET`), beside those above.
    pub config: BTreeMap<String, String>,
}

/// Whom a database lets in; what is not given is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: Option<String>,
    /// The password.
    pub password: Option<String>,
}

/// What a client wants of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Demand {
    /// Who asks.
    pub client: ProcessId,
    /// Which of its model's dependencies.
    pub dependency: usize,
    /// The server.
    pub server: ProcessId,
    /// Connections that it wants.
    pub wanted: u64,
    /// What leaks in a millisecond, in 10⁻¹² connections.
    pub leak_pico_per_ms: u64,
}

/// The connections of all clients to a server at a time.
pub fn connected(world: &World, server: ProcessId, time: SimTime) -> u64 {
    let pools = activity::all(world).flat_map(|(_, it)| &it.pools);
    let towards = pools.filter(|it| it.server == Some(server));
    let clients: u64 = towards.map(|it| it.total(time)).sum();
    clients + visitors(world, server)
}

/// The same, client by client: process, open and leaked ones.
pub fn clients(world: &World, server: ProcessId, time: SimTime) -> Vec<(ProcessId, u64, u64)> {
    let all = activity::all(world);
    let pools = all.flat_map(|(id, activity)| activity.pools.iter().map(move |pool| (id, pool)));
    let towards = pools.filter(|(_, pool)| pool.server == Some(server));
    towards.map(|(id, pool)| (id, pool.open, pool.leaked(time))).collect()
}

/// Whether a server takes one more connection.
pub fn accepts(world: &World, server: ProcessId, time: SimTime) -> bool {
    let limit = activity::get(world, server).and_then(|it| it.server.as_ref());
    limit.is_none_or(|it| connected(world, server, time) < it.connections_max)
}

/// Counts a client program that somebody keeps open on a server, or (with `false`) one that has left.
pub fn visit(world: &mut World, server: ProcessId, arrives: bool) {
    let Some(state) = activity::get_mut(world, server).and_then(|it| it.server.as_mut()) else {
        return;
    };
    state.visitors = if arrives { state.visitors + 1 } else { state.visitors.saturating_sub(1) };
    super::flows::mark(world);
}

/// Changes the password that databases ask for, as `ALTER ROLE … PASSWORD` does; says how many there were.
///
/// Connections that are open are asked again, which a real server does not do before they are closed.
pub fn set_password(world: &mut World, servers: &ProcessSelector, password: &str) -> usize {
    let mut changed = 0;
    for id in super::matching(world, servers) {
        let server = activity::get_mut(world, id).and_then(|it| it.server.as_mut());
        if let Some(server) = server {
            server.login.password = Some(password.to_owned());
            changed += 1;
        }
    }
    super::flows::mark(world);
    changed
}

/// Feeds whom the databases let in to a hash.
pub(super) fn hash(world: &World, hasher: &mut blake3::Hasher) {
    for (id, activity) in activity::all(world) {
        if let Some(server) = &activity.server {
            hasher.update(format!("{id:?} {:?}", server.login).as_bytes());
        }
    }
}

fn visitors(world: &World, server: ProcessId) -> u64 {
    let state = activity::get(world, server).and_then(|it| it.server.as_ref());
    state.map_or(0, |it| it.visitors)
}

/// Opens and closes connections until every server's limit holds; gives the instant at which the next server fills up.
///
/// Demands are met in their order: who asked first is connected first.
pub(super) fn assign(world: &mut World, now: SimTime, demands: &[Demand]) -> Option<SimTime> {
    forget_others(world, now, demands);
    let mut by_server: BTreeMap<ProcessId, Vec<Demand>> = BTreeMap::new();
    for demand in demands {
        by_server.entry(demand.server).or_default().push(*demand);
    }
    by_server.into_iter().filter_map(|(server, demands)| fill(world, now, server, &demands)).min()
}

/// Closes the connections of pools that are wanted no more, and of those whose server has changed.
fn forget_others(world: &mut World, now: SimTime, demands: &[Demand]) {
    let wanted: BTreeMap<_, _> =
        demands.iter().map(|it| ((it.client, it.dependency), it.server)).collect();
    let processes: Vec<_> = super::process::all(world)
        .filter(|it| !it.model.dependencies.is_empty())
        .map(|it| (it.id, it.model.dependencies.len()))
        .collect();
    for (id, dependencies) in processes {
        let activity = activity::get_mut(world, id).expect("every process has an activity");
        activity.pools.resize(dependencies, Pool::default());
        for (dependency, pool) in activity.pools.iter_mut().enumerate() {
            let server = wanted.get(&(id, dependency)).copied();
            if pool.server != server {
                *pool = Pool { server, since: now, ..Pool::default() };
            }
        }
    }
}

/// One server's connections.
fn fill(world: &mut World, now: SimTime, server: ProcessId, demands: &[Demand]) -> Option<SimTime> {
    let state = activity::get(world, server).and_then(|it| it.server.clone());
    let state = state.unwrap_or(Server { connections_max: u64::MAX, ..Server::default() });
    let idle_ms = state.idle_timeout_s * 1000;
    // First everybody lets go what is not wanted any more; then those who want more get it.
    let mut taken = state.visitors;
    for demand in demands {
        let pool = pool_mut(world, demand);
        let mut leaked_pico = pool.leaked_pico_at(now);
        if idle_ms > 0 {
            leaked_pico =
                leaked_pico.min(u128::from(demand.leak_pico_per_ms) * u128::from(idle_ms));
        }
        let open = pool.open.min(demand.wanted);
        *pool = Pool { server: Some(server), open, since: now, leaked_pico, leak_pico_per_ms: 0 };
        taken += pool.total(now);
    }
    let mut free = state.connections_max.saturating_sub(taken);
    let mut refused = 0;
    for demand in demands {
        let pool = pool_mut(world, demand);
        let more = (demand.wanted - pool.open).min(free);
        pool.open += more;
        free -= more;
        refused += demand.wanted - pool.open;
    }
    // A limit below what is connected closes nothing by itself; only a leak eats the leaking client's own pool.
    let full = free == 0;
    let mut leak_pico_per_ms = 0_u128;
    for demand in demands.iter().filter(|it| it.leak_pico_per_ms > 0) {
        let pool = pool_mut(world, demand);
        if full {
            pool.leaked_pico += u128::from(pool.open) * PICO;
            pool.open = 0;
        } else if idle_ms == 0
            || pool.leaked_pico < u128::from(demand.leak_pico_per_ms) * u128::from(idle_ms)
        {
            pool.leak_pico_per_ms = demand.leak_pico_per_ms;
            leak_pico_per_ms += u128::from(demand.leak_pico_per_ms);
        }
    }
    if let Some(state) = activity::get_mut(world, server).and_then(|it| it.server.as_mut()) {
        state.refused += refused;
    }
    next_change(now, free, leak_pico_per_ms, idle_ms)
}

/// When a leak has taken the last free connection, or has come to rest because idle ones are closed as fast.
fn next_change(now: SimTime, free: u64, leak_pico_per_ms: u128, idle_ms: u64) -> Option<SimTime> {
    if leak_pico_per_ms == 0 {
        return None;
    }
    // The whole leaked ones of several clients add up a little later than their sum; a millisecond's delay is enough
    // because the next turn looks again.
    let full_ms = (u128::from(free) * PICO).div_ceil(leak_pico_per_ms).max(1);
    let full_ms = u64::try_from(full_ms).unwrap_or(u64::MAX);
    let next_ms = if idle_ms > 0 { full_ms.min(idle_ms) } else { full_ms };
    Some(now + SimDuration(next_ms))
}

fn pool_mut<'w>(world: &'w mut World, demand: &Demand) -> &'w mut Pool {
    let activity = activity::get_mut(world, demand.client).expect("only living processes demand");
    &mut activity.pools[demand.dependency]
}
