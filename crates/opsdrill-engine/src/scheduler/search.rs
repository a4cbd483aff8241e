//! The search for the best node: filters over as many nodes as the real scheduler looks at, then scores.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::Object;
use rand::Rng;

use super::Scheduler;
use super::attempt::{Attempt, State};
use super::demand::Demand;
use super::filters::{FILTERS, Filter, Rejection};
use super::ledger::Slot;
use super::queue::{Changes, NODE_ADDED, NODE_LABELS, VOLUMES};
use super::scores;
use super::volumes::Volumes;
use crate::chance::Chance;
use crate::view::View;

/// Clusters up to this size are searched completely.
const SEARCH_ALL: usize = 100;

/// No node was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// The scheduler's words, without those about preemption.
    pub message: String,
    /// Changes of the cluster after which another try is worth it.
    pub wakes: Changes,
    /// The nodes where it could help that other pods go; `None` if there are no nodes at all.
    pub passing: Option<Vec<Slot>>,
}

/// Lists that every search needs. They are kept from one to the next, because there are thousands of searches, and
/// large pieces of memory come dear.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// The nodes that pass all filters.
    candidates: Vec<Slot>,
    /// Their scores.
    totals: Vec<i64>,
    /// One score of theirs before it is scaled.
    raw: Vec<i64>,
}

/// What speaks against the nodes.
#[derive(Debug, Default)]
struct Verdicts {
    reasons: BTreeMap<String, usize>,
    /// The nodes where it could help that other pods go.
    passing: Vec<Slot>,
    wakes: Changes,
}

impl Verdicts {
    fn add(&mut self, slot: Slot, rejection: Rejection, wakes: Changes) {
        for reason in rejection.reasons {
            *self.reasons.entry(reason).or_default() += 1;
        }
        if rejection.preemption_helps {
            self.passing.push(slot);
        }
        self.wakes |= wakes;
    }

    fn failure(self, nodes: usize) -> Failure {
        let mut reasons: Vec<String> =
            self.reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        // The real one sorts the finished texts, numbers and all.
        reasons.sort();
        let message = format!("0/{nodes} nodes are available: {}.", reasons.join(", "));
        Failure { message, wakes: self.wakes, passing: Some(self.passing) }
    }
}

impl Scheduler {
    /// The best node for a pod.
    pub(super) fn search(&mut self, world: &World, pod: &Object) -> Result<Arc<str>, Failure> {
        self.ledger.refresh();
        let nodes = self.ledger.order().len();
        if nodes == 0 {
            let message = "no nodes available to schedule pods".to_owned();
            return Err(Failure { message, wakes: NODE_ADDED, passing: None });
        }
        let demand = self.demand_of(pod);
        let volumes = match Volumes::of(View::new(world), pod, &demand.claims) {
            Ok(volumes) => volumes,
            Err(complaint) => {
                let message = format!("0/{nodes} nodes are available: {complaint}.");
                let wakes = NODE_ADDED | VOLUMES;
                return Err(Failure { message, wakes, passing: Some(Vec::new()) });
            }
        };
        let seated = self.seat(pod);
        let (attempt, scratch) = self.attempt(pod, &volumes);
        let looked_at = candidates(&attempt, &mut scratch.candidates);
        self.unseat(&seated);
        let looked_at = looked_at.map_err(|verdicts| verdicts.failure(nodes))?;
        let (attempt, scratch) = self.attempt(pod, &volumes);
        if !seated.is_empty() {
            // They are not there yet: what needs them is not there either.
            let mut verdicts = Verdicts::default();
            let found = std::mem::take(&mut scratch.candidates);
            let filters = attempt.filters();
            for slot in found {
                look(&attempt, &filters, slot, &mut scratch.candidates, &mut verdicts);
            }
            if scratch.candidates.is_empty() {
                return Err(verdicts.failure(nodes));
            }
        }
        let best = best(world, &attempt, scratch);
        let name = self.ledger.node(best).name.clone();
        self.ledger.start = (self.ledger.start + looked_at) % nodes;
        Ok(name)
    }

    /// What a pod asks of a node.
    pub(super) fn demand_of(&mut self, pod: &Object) -> Arc<Demand> {
        self.demands.of(&pod.pod().expect("the queue holds pods").spec)
    }

    /// An attempt to place a pod, as things stand now, and the lists that a search needs.
    pub(super) fn attempt<'a>(
        &'a mut self,
        pod: &'a Object,
        volumes: &'a Volumes<'a>,
    ) -> (Attempt<'a>, &'a mut Scratch) {
        let demand = self.demand_of(pod);
        let body = pod.pod().expect("the queue holds pods");
        let tolerations = body.spec.tolerations.as_deref().unwrap_or_default();
        let Self { census, ledger, scratch, .. } = self;
        let state = State::of(pod, &demand, tolerations, ledger, census);
        let owner = pod.meta.controller().map(|it| it.uid);
        (Attempt { pod, demand, tolerations, owner, census, ledger, state, volumes }, scratch)
    }
}

impl Attempt<'_> {
    /// The filters that matter.
    fn filters(&self) -> Vec<&'static Filter> {
        FILTERS.iter().filter(|it| (it.applies)(self)).collect()
    }

    /// Looks at one node.
    ///
    /// # Errors
    /// What speaks against it.
    pub(super) fn check(&self, slot: Slot) -> Result<(), Rejection> {
        let node = self.ledger.node(slot);
        self.filters().into_iter().try_for_each(|it| (it.check)(self, node))
    }

    /// The node for which the pod is nominated, if it can have it now.
    fn nominated(&self) -> Option<Slot> {
        let node = self.pod.pod()?.status.nominated_node_name.as_deref()?;
        self.ledger.slot(node).filter(|it| self.check(*it).is_ok())
    }
}

/// Finds the nodes that pass all filters, as many as are needed; answers how many were looked at.
fn candidates(attempt: &Attempt<'_>, found: &mut Vec<Slot>) -> Result<usize, Verdicts> {
    let (order, start) = (attempt.ledger.order(), attempt.ledger.start);
    found.clear();
    if let Some(slot) = attempt.nominated() {
        found.push(slot);
        return Ok(0);
    }
    let filters = attempt.filters();
    let mut verdicts = Verdicts::default();
    let mut looked_at = 0;
    if let Some(names) = attempt.demand.named_nodes() {
        let slots: BTreeSet<Slot> =
            names.iter().filter_map(|name| attempt.ledger.slot(name)).collect();
        let others = order.len() - slots.len();
        if others > 0 {
            // Nodes that the affinity does not name are never looked at.
            let reason = "node(s) didn't satisfy plugin(s) [NodeAffinity]".to_owned();
            verdicts.reasons.insert(reason, others);
            verdicts.wakes = NODE_ADDED | NODE_LABELS;
        }
        for slot in slots {
            look(attempt, &filters, slot, found, &mut verdicts);
        }
    } else {
        let enough = enough(order.len());
        for step in 0..order.len() {
            looked_at += 1;
            let slot = order[(start + step) % order.len()];
            look(attempt, &filters, slot, found, &mut verdicts);
            if found.len() >= enough {
                break;
            }
        }
    }
    if found.is_empty() { Err(verdicts) } else { Ok(looked_at) }
}

fn look(
    attempt: &Attempt<'_>,
    filters: &[&Filter],
    slot: Slot,
    found: &mut Vec<Slot>,
    verdicts: &mut Verdicts,
) {
    let node = attempt.ledger.node(slot);
    for filter in filters {
        if let Err(rejection) = (filter.check)(attempt, node) {
            verdicts.add(slot, rejection, filter.wakes);
            return;
        }
    }
    found.push(slot);
}

/// How many possible nodes are enough: all of a small cluster, down to 5 % of a large one.
fn enough(nodes: usize) -> usize {
    if nodes < SEARCH_ALL {
        return nodes;
    }
    let percent = 50_usize.saturating_sub(nodes / 125).max(5);
    (nodes * percent / 100).max(SEARCH_ALL)
}

fn best(world: &World, attempt: &Attempt<'_>, scratch: &mut Scratch) -> Slot {
    let Scratch { candidates, totals, raw } = scratch;
    if let [only] = candidates[..] {
        return only;
    }
    scores::total(attempt, candidates, totals, raw);
    let highest = totals.iter().copied().max().expect("there are candidates");
    let ties: Vec<Slot> = candidates
        .iter()
        .zip(&*totals)
        .filter(|(_, total)| **total == highest)
        .map(|(slot, _)| *slot)
        .collect();
    if let [only] = ties[..] {
        return only;
    }
    let key = attempt.pod.meta.uid.to_string();
    let draw = world.resource::<Chance>().stream("scheduler", &key).next_u64();
    ties[(draw % ties.len() as u64) as usize]
}

#[cfg(test)]
mod tests {
    use super::enough;

    #[test]
    fn large_clusters_are_searched_in_part() {
        assert_eq!(enough(3), 3);
        assert_eq!(enough(100), 100);
        assert_eq!(enough(1000), 420);
        assert_eq!(enough(5000), 500);
    }
}
