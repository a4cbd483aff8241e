//! The scheduler's own account of the nodes: what each offers and what is taken, kept by notices, never by scanning.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::api::core::v1::Taint;
use opsdrill_objects::quantity::Quantity;
use opsdrill_objects::{Object, Uid};

use super::demand::{Amounts, Demand, HostPort};
use crate::lookup::Lookup;

/// The label that names a node's zone.
pub(super) const ZONE: &str = "topology.kubernetes.io/zone";

/// A node's place in the ledger.
pub(super) type Slot = usize;

/// A node.
#[derive(Debug)]
pub(super) struct NodeEntry {
    /// Its name.
    pub name: Arc<str>,
    /// Its labels.
    pub labels: Arc<BTreeMap<String, String>>,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// `spec.unschedulable`.
    pub unschedulable: bool,
    /// What it offers.
    pub allocatable: Amounts,
    /// How many pods it takes.
    pub max_pods: i64,
    /// What its pods have requested.
    pub requested: Amounts,
    /// CPU of its pods as the scores count it.
    pub score_cpu: i64,
    /// Memory of its pods as the scores count it.
    pub score_memory: i64,
    /// How many pods it has.
    pub pods: i64,
    /// How many of them have each priority.
    priorities: BTreeMap<i32, u32>,
    /// Ports that are taken.
    pub ports: Vec<HostPort>,
    /// Number of its zone, 0 without one.
    pub zone: usize,
    /// Its place.
    pub slot: Slot,
}

/// A pod that has a node.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// Its node's name.
    pub node: Arc<str>,
    /// Its node's place, if the node is known.
    pub slot: Option<Slot>,
    /// What it asked for.
    pub demand: Arc<Demand>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Its labels.
    pub labels: Arc<BTreeMap<String, String>>,
    /// Its controller.
    pub owner: Option<Uid>,
    /// Its priority.
    pub priority: i32,
}

/// How many pods of one controller are where.
#[derive(Debug, Default)]
pub(super) struct Spread {
    /// By the nodes' places.
    slots: Vec<i64>,
    /// By the zones' numbers.
    zones: Vec<i64>,
    all: i64,
}

impl Spread {
    /// How many are on a node.
    pub(super) fn on(&self, slot: Slot) -> i64 {
        self.slots.get(slot).copied().unwrap_or_default()
    }

    /// How many are in a zone.
    pub(super) fn in_zone(&self, zone: usize) -> i64 {
        self.zones.get(zone).copied().unwrap_or_default()
    }

    fn count(&mut self, slot: Slot, zone: usize, sign: i64) {
        *at(&mut self.slots, slot) += sign;
        *at(&mut self.zones, zone) += sign;
        self.all += sign;
    }
}

/// An entry of a list that grows as needed.
fn at(list: &mut Vec<i64>, place: usize) -> &mut i64 {
    if list.len() <= place {
        list.resize(place + 1, 0);
    }
    &mut list[place]
}

/// All nodes and the pods on them.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    nodes: Vec<Option<NodeEntry>>,
    /// By name.
    slots: BTreeMap<Arc<str>, Slot>,
    found: Lookup<Arc<str>, Slot>,
    /// Nodes in the order in which they are looked at: one of each zone in turn.
    order: Vec<Slot>,
    /// Whether nodes have come, gone or moved since the order was made.
    unordered: bool,
    /// Where the next search starts.
    pub(super) start: usize,
    zones: BTreeMap<String, usize>,
    /// Where the pods of each controller are.
    owners: BTreeMap<Uid, Spread>,
    /// Pods with a node.
    placed: BTreeMap<Uid, Placed>,
    /// Pods with a node that keep others away.
    guards: BTreeSet<Uid>,
    /// How many pods on known nodes have each priority.
    priorities: BTreeMap<i32, u32>,
}

impl Ledger {
    /// Makes the order anew if that is needed, and counts by zone: once before a search, not for each node that comes.
    pub(super) fn refresh(&mut self) {
        if std::mem::take(&mut self.unordered) {
            self.reorder();
            self.recount_zones();
        }
    }

    /// The nodes in the order of search, as of the last refresh.
    pub(super) fn order(&self) -> &[Slot] {
        &self.order
    }

    /// A node of the order.
    pub(super) fn node(&self, slot: Slot) -> &NodeEntry {
        self.nodes[slot].as_ref().expect("the order and the index name only known nodes")
    }

    /// A node's place.
    pub(super) fn slot(&self, name: &str) -> Option<Slot> {
        self.found.get(name).copied()
    }

    /// How many zones there are, and the nameless one.
    pub(super) fn zones(&self) -> usize {
        self.zones.len() + 1
    }

    /// A pod with a node.
    pub(super) fn placed(&self, pod: Uid) -> Option<&Placed> {
        self.placed.get(&pod)
    }

    /// All pods with a node.
    pub(super) fn all_placed(&self) -> impl Iterator<Item = &Placed> {
        self.placed.values()
    }

    /// Pods with a node that have a required anti-affinity.
    pub(super) fn guards(&self) -> impl Iterator<Item = &Placed> {
        self.guards.iter().filter_map(|uid| self.placed.get(uid))
    }

    /// Where the pods of a controller are; `None` if it has none on any node.
    pub(super) fn spread_of(&self, owner: Uid) -> Option<&Spread> {
        self.owners.get(&owner)
    }

    /// The priority of the least important pod on any node.
    pub(super) fn lowest_priority(&self) -> Option<i32> {
        self.priorities.first_key_value().map(|(priority, _)| *priority)
    }

    /// Notes a node, new or changed.
    pub(super) fn set_node(&mut self, object: &Object) {
        let Some(node) = object.node() else { return };
        let name = &object.meta.name;
        let zone = object.meta.label(ZONE).map_or(0, |zone| self.zone_number(zone));
        let spec = node.spec.as_ref();
        let offered = node.status.as_ref().and_then(|it| it.allocatable.as_ref());
        let max_pods = offered
            .and_then(|it| it.get("pods"))
            .and_then(|it| Quantity::parse(&it.0).ok())
            .map_or(0, |it| it.value());
        let known = self.slot(name);
        let slot = known.unwrap_or_else(|| self.add_slot(name));
        let old = self.nodes[slot].take();
        let zone_changed = old.as_ref().is_none_or(|it| it.zone != zone);
        let mut entry = old.unwrap_or_else(|| NodeEntry::empty(name.clone(), slot));
        entry.labels = object.meta.labels.clone();
        entry.taints = spec.and_then(|it| it.taints.clone()).unwrap_or_default();
        entry.unschedulable = spec.and_then(|it| it.unschedulable).unwrap_or_default();
        entry.allocatable = Amounts::of(offered);
        entry.max_pods = max_pods;
        entry.zone = zone;
        self.nodes[slot] = Some(entry);
        if known.is_none() {
            self.adopt(slot);
        }
        self.unordered |= zone_changed;
    }

    /// Forgets a node; its pods stay in the account until they are deleted.
    pub(super) fn remove_node(&mut self, name: &str) {
        let Some(slot) = self.found.remove(name) else { return };
        self.slots.remove(name);
        for (priority, count) in self.nodes[slot].take().into_iter().flat_map(|it| it.priorities) {
            change(&mut self.priorities, priority, -i64::from(count));
        }
        for placed in self.placed.values_mut().filter(|it| it.slot == Some(slot)) {
            placed.slot = None;
        }
        self.unordered = true;
    }

    /// Notes that a pod is on a node. Idempotent.
    pub(super) fn place(&mut self, pod: Uid, mut placed: Placed) {
        if self.placed.contains_key(&pod) {
            self.displace(pod);
        }
        placed.slot = self.slot(&placed.node);
        self.count(&placed, 1);
        if !placed.demand.apart.is_empty() {
            self.guards.insert(pod);
        }
        self.placed.insert(pod, placed);
    }

    /// Notes that a pod is on no node any more; answers what it was.
    pub(super) fn displace(&mut self, pod: Uid) -> Option<Placed> {
        let placed = self.placed.remove(&pod)?;
        self.guards.remove(&pod);
        self.count(&placed, -1);
        Some(placed)
    }

    fn count(&mut self, placed: &Placed, sign: i64) {
        let Some(slot) = placed.slot else { return };
        let Some(node) = self.nodes[slot].as_mut() else { return };
        let demand = &placed.demand;
        node.requested.change(&demand.requests, sign);
        node.score_cpu += sign * demand.score_cpu;
        node.score_memory += sign * demand.score_memory;
        node.pods += sign;
        change(&mut node.priorities, placed.priority, sign);
        change(&mut self.priorities, placed.priority, sign);
        for port in &demand.ports {
            if sign > 0 {
                node.ports.push(port.clone());
            } else if let Some(place) = node.ports.iter().position(|it| it == port) {
                node.ports.swap_remove(place);
            }
        }
        let Some(owner) = placed.owner else { return };
        let zone = node.zone;
        let spread = self.owners.entry(owner).or_default();
        spread.count(slot, zone, sign);
        if spread.all == 0 {
            self.owners.remove(&owner);
        }
    }

    fn add_slot(&mut self, name: &Arc<str>) -> Slot {
        self.nodes.push(None);
        let slot = self.nodes.len() - 1;
        self.slots.insert(name.clone(), slot);
        self.found.insert(name.clone(), slot);
        slot
    }

    /// Counts the pods that were bound to a node before it was known.
    fn adopt(&mut self, slot: Slot) {
        let name = self.node(slot).name.clone();
        let strays: Vec<Uid> = self
            .placed
            .iter()
            .filter(|(_, it)| it.slot.is_none() && it.node == name)
            .map(|(uid, _)| *uid)
            .collect();
        for uid in strays {
            let mut placed = self.placed.remove(&uid).expect("just found");
            placed.slot = Some(slot);
            self.count(&placed, 1);
            self.placed.insert(uid, placed);
        }
    }

    fn zone_number(&mut self, zone: &str) -> usize {
        if let Some(number) = self.zones.get(zone) {
            return *number;
        }
        let number = self.zones.len() + 1;
        self.zones.insert(zone.to_owned(), number);
        number
    }

    /// One node of each zone in turn, each zone's nodes by name.
    fn reorder(&mut self) {
        let mut zones: BTreeMap<usize, Vec<Slot>> = BTreeMap::new();
        for slot in self.slots.values().rev() {
            zones.entry(self.node(*slot).zone).or_default().push(*slot);
        }
        self.order.clear();
        while !zones.is_empty() {
            zones.retain(|_, slots| {
                self.order.extend(slots.pop());
                !slots.is_empty()
            });
        }
        self.start = 0;
    }

    /// Counts the pods of controllers by zone again, because a node came, went or moved.
    fn recount_zones(&mut self) {
        for spread in self.owners.values_mut() {
            spread.zones.clear();
            for (slot, count) in spread.slots.iter_mut().enumerate() {
                match &self.nodes[slot] {
                    Some(node) => *at(&mut spread.zones, node.zone) += *count,
                    None => spread.all -= std::mem::take(count),
                }
            }
        }
        self.owners.retain(|_, it| it.all > 0);
    }
}

/// Changes a count; counts of nothing are not kept.
fn change(counts: &mut BTreeMap<i32, u32>, priority: i32, by: i64) {
    let count = counts.entry(priority).or_default();
    *count = u32::try_from(i64::from(*count) + by).unwrap_or_default();
    if *count == 0 {
        counts.remove(&priority);
    }
}

impl NodeEntry {
    /// Whether it has a pod of a lower priority.
    pub(super) fn has_below(&self, priority: i32) -> bool {
        self.priorities.first_key_value().is_some_and(|(lowest, _)| *lowest < priority)
    }

    fn empty(name: Arc<str>, slot: Slot) -> Self {
        Self {
            name,
            labels: Arc::default(),
            taints: Vec::new(),
            unschedulable: false,
            allocatable: Amounts::default(),
            max_pods: 0,
            requested: Amounts::default(),
            score_cpu: 0,
            score_memory: 0,
            pods: 0,
            priorities: BTreeMap::new(),
            ports: Vec::new(),
            zone: 0,
            slot,
        }
    }
}
