//! Pod addresses: each node hands out those of its own range, one after the other, and again only after a full round.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;

use bevy_ecs::world::World;

use super::worker::Worker;
use super::{Kubelets, report};

/// The range of a node.
#[derive(Debug)]
pub(super) struct Range {
    /// The range's first address.
    base: u32,
    /// How many addresses it has.
    size: u32,
    /// The last one that was handed out, from the base.
    last: u32,
    used: BTreeSet<u32>,
}

impl Range {
    /// The range of a CIDR such as `10.244.3.0/24`.
    pub(super) fn of(cidr: &str) -> Option<Self> {
        let (address, bits) = cidr.split_once('/')?;
        let base: Ipv4Addr = address.parse().ok()?;
        let bits: u32 = bits.parse().ok().filter(|it| (8..=30).contains(it))?;
        // The first address is the range's name, the second the node's own bridge.
        Some(Self { base: base.into(), size: 1 << (32 - bits), last: 1, used: BTreeSet::new() })
    }

    fn next(&mut self) -> Option<Ipv4Addr> {
        for _ in 0..self.size {
            self.last = if self.last + 2 >= self.size { 2 } else { self.last + 1 };
            if self.used.insert(self.last) {
                return Some((self.base + self.last).into());
            }
        }
        None
    }

    fn release(&mut self, address: Ipv4Addr) {
        self.used.remove(&u32::from(address).wrapping_sub(self.base));
    }
}

/// Gives a pod its address: the node's own if it asks for that.
pub(super) fn assign(world: &mut World, worker: &mut Worker) {
    let host = report::pod(world, worker)
        .is_some_and(|it| it.pod().is_some_and(|it| it.spec.host_network == Some(true)));
    let mut kubelets = world.resource_mut::<Kubelets>();
    let Some(agent) = kubelets.nodes.get_mut(&worker.node) else { return };
    worker.ip = if host {
        Some(agent.ip.clone())
    } else {
        // A node takes fewer pods than its range has addresses.
        agent.range.next().map(|it| Arc::from(it.to_string()))
    };
}

/// Takes a pod's address back; the status keeps showing it.
pub(super) fn release(world: &mut World, worker: &mut Worker) {
    let mut kubelets = world.resource_mut::<Kubelets>();
    let Some(agent) = kubelets.nodes.get_mut(&worker.node) else { return };
    if let Some(Ok(address)) = worker.ip.as_ref().map(|it| it.parse())
        && worker.ip.as_ref() != Some(&agent.ip)
    {
        agent.range.release(address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_reused_late() {
        let mut range = Range::of("10.244.3.0/29").unwrap();
        let mut taken = Vec::new();
        while let Some(address) = range.next() {
            taken.push(address.to_string());
        }
        assert_eq!(taken, ["10.244.3.2", "10.244.3.3", "10.244.3.4", "10.244.3.5", "10.244.3.6"]);
        range.release("10.244.3.4".parse().unwrap());
        assert_eq!(range.next().unwrap().to_string(), "10.244.3.4");
    }
}
