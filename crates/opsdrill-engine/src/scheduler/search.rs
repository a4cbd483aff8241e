//! The search for the best node: filters over as many nodes as the real scheduler looks at, then scores.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::Object;
use rand::Rng;

use super::Scheduler;
use super::attempt::{Attempt, State};
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
    /// The scheduler's whole words.
    pub message: String,
    /// Changes of the cluster after which another try is worth it.
    pub wakes: Changes,
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
    helped_by_preemption: usize,
    beyond_help: usize,
    wakes: Changes,
}

impl Verdicts {
    fn add(&mut self, rejection: Rejection, wakes: Changes) {
        for reason in rejection.reasons {
            *self.reasons.entry(reason).or_default() += 1;
        }
        if rejection.preemption_helps {
            self.helped_by_preemption += 1;
        } else {
            self.beyond_help += 1;
        }
        self.wakes |= wakes;
    }

    fn failure(self, nodes: usize, may_preempt: bool) -> Failure {
        let mut reasons: Vec<String> =
            self.reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        // The real one sorts the finished texts, numbers and all.
        reasons.sort();
        let message = format!(
            "0/{nodes} nodes are available: {}. {}",
            reasons.join(", "),
            preemption(nodes, self.helped_by_preemption, self.beyond_help, may_preempt)
        );
        Failure { message, wakes: self.wakes }
    }
}

/// What comes of looking for pods to evict. Preemption itself is not simulated, so there are never any victims.
fn preemption(nodes: usize, helped: usize, beyond: usize, may_preempt: bool) -> String {
    if !may_preempt {
        return "preemption: not eligible due to preemptionPolicy=Never.".to_owned();
    }
    let mut parts = Vec::new();
    if helped > 0 {
        parts.push(format!("{helped} No preemption victims found for incoming pod"));
    }
    if beyond > 0 {
        parts.push(format!("{beyond} Preemption is not helpful for scheduling"));
    }
    parts.sort();
    format!("preemption: 0/{nodes} nodes are available: {}.", parts.join(", "))
}

impl Scheduler {
    /// The best node for a pod.
    pub(super) fn search(&mut self, world: &World, pod: &Object) -> Result<Arc<str>, Failure> {
        self.ledger.refresh();
        let nodes = self.ledger.order().len();
        let body = pod.pod().expect("the queue holds pods");
        if nodes == 0 {
            let message = "no nodes available to schedule pods".to_owned();
            return Err(Failure { message, wakes: NODE_ADDED });
        }
        let may_preempt = body.spec.preemption_policy.as_deref() != Some("Never");
        let demand = self.demands.of(&body.spec);
        let volumes = match Volumes::of(View::new(world), pod, &demand.claims) {
            Ok(volumes) => volumes,
            Err(complaint) => {
                let tail = preemption(nodes, 0, nodes, may_preempt);
                let message = format!("0/{nodes} nodes are available: {complaint}. {tail}");
                return Err(Failure { message, wakes: NODE_ADDED | VOLUMES });
            }
        };
        let tolerations = body.spec.tolerations.as_deref().unwrap_or_default();
        let state = State::of(pod, &demand, tolerations, &self.ledger, &mut self.census);
        let attempt = Attempt {
            pod,
            demand,
            tolerations,
            owner: pod.meta.controller().map(|it| it.uid),
            census: &self.census,
            ledger: &self.ledger,
            state,
            volumes,
        };
        let scratch = &mut self.scratch;
        let looked_at = candidates(&attempt, self.ledger.start, &mut scratch.candidates)
            .map_err(|verdicts| verdicts.failure(nodes, may_preempt))?;
        let best = best(world, &attempt, scratch);
        let name = self.ledger.node(best).name.clone();
        self.ledger.start = (self.ledger.start + looked_at) % nodes;
        Ok(name)
    }
}

/// Finds the nodes that pass all filters, as many as are needed; answers how many were looked at.
fn candidates(
    attempt: &Attempt<'_>,
    start: usize,
    found: &mut Vec<Slot>,
) -> Result<usize, Verdicts> {
    let order = attempt.ledger.order();
    let filters: Vec<&Filter> = FILTERS.iter().filter(|it| (it.applies)(attempt)).collect();
    let mut verdicts = Verdicts::default();
    found.clear();
    let mut looked_at = 0;
    if let Some(names) = attempt.demand.named_nodes() {
        let slots: BTreeSet<Slot> =
            names.iter().filter_map(|name| attempt.ledger.slot(name)).collect();
        let others = order.len() - slots.len();
        if others > 0 {
            // Nodes that the affinity does not name are never looked at.
            let reason = "node(s) didn't satisfy plugin(s) [NodeAffinity]".to_owned();
            verdicts.reasons.insert(reason, others);
            verdicts.beyond_help = others;
            verdicts.wakes = NODE_ADDED | NODE_LABELS;
        }
        for slot in slots {
            check(attempt, &filters, slot, found, &mut verdicts);
        }
    } else {
        let enough = enough(order.len());
        for step in 0..order.len() {
            looked_at += 1;
            let slot = order[(start + step) % order.len()];
            check(attempt, &filters, slot, found, &mut verdicts);
            if found.len() >= enough {
                break;
            }
        }
    }
    if found.is_empty() { Err(verdicts) } else { Ok(looked_at) }
}

fn check(
    attempt: &Attempt<'_>,
    filters: &[&Filter],
    slot: Slot,
    found: &mut Vec<Slot>,
    verdicts: &mut Verdicts,
) {
    let node = attempt.ledger.node(slot);
    for filter in filters {
        if let Err(rejection) = (filter.check)(attempt, node) {
            verdicts.add(rejection, filter.wakes);
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
