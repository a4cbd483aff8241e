//! One attempt to find a node for a pod: what is worked out once, before any node is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Taint, Toleration};
use opsdrill_objects::{Object, Uid};

use super::census::{Census, Tally, TallyId};
use super::demand::{self, Demand, PodTerm};
use super::ledger::{Ledger, NodeEntry, Spread};
use super::volumes::Volumes;

/// A pod that looks for a node.
pub(super) struct Attempt<'a> {
    /// The pod.
    pub pod: &'a Object,
    /// What it asks for.
    pub demand: Arc<Demand>,
    /// What it tolerates.
    pub tolerations: &'a [Toleration],
    /// Its controller.
    pub owner: Option<Uid>,
    /// `spec.nodeName` was asked for by the pod itself in vain; always `None` for pods in the queue.
    pub census: &'a Census,
    /// The nodes and their pods.
    pub ledger: &'a Ledger,
    /// What was worked out.
    pub state: State<'a>,
    /// What its claims ask for.
    pub volumes: &'a Volumes<'a>,
}

/// Counts of other pods that matter to the pod.
#[derive(Default)]
pub(super) struct State<'a> {
    /// For each required affinity term.
    pub together: Vec<TermState>,
    /// Whether no pod anywhere satisfies the affinity, but the pod itself would.
    pub first_of_its_kind: bool,
    /// For each required anti-affinity term.
    pub apart: Vec<TermState>,
    /// Parts of topologies from which pods with an anti-affinity keep this one away.
    pub kept_away: BTreeSet<(String, String)>,
    /// For each preferred term with its weight.
    pub preferred: Vec<(i64, TermState)>,
    /// For each spread constraint.
    pub spreads: Vec<SpreadState>,
    /// Where the pods of the same controller are, if the pod has no spread constraint of its own.
    pub default_spread: Option<DefaultSpread<'a>>,
}

/// Where a controller's pods are, for the scheduler's default constraints.
pub(super) struct DefaultSpread<'a> {
    /// What each of its pods on a node weighs, in thousandths.
    pub node_weight: i64,
    /// What each of its pods in a zone weighs, in thousandths.
    pub zone_weight: i64,
    /// Where its pods are, if any are on nodes.
    pub spread: Option<&'a Spread>,
}

impl<'a> DefaultSpread<'a> {
    fn of(owner: Uid, ledger: &'a Ledger) -> Self {
        Self {
            node_weight: weight(ledger.order().len()),
            zone_weight: weight(ledger.zones() - 1),
            spread: ledger.spread_of(owner),
        }
    }
}

/// A term with the count of the pods that it means.
pub(super) struct TermState {
    /// Label of nodes.
    pub key: String,
    tally: TallyId,
}

/// A spread constraint with its counts.
pub(super) struct SpreadState {
    /// Label of nodes.
    pub key: String,
    /// The largest difference.
    pub max_skew: i64,
    /// `DoNotSchedule`.
    pub required: bool,
    /// 1 if the pod itself counts.
    pub own: i64,
    /// The smallest count of any part.
    pub least: i64,
    /// What each pod in a part weighs in the score, in thousandths.
    pub weight: i64,
    tally: TallyId,
}

impl TermState {
    /// The count where the node is; `None` if the node has no such label.
    pub(super) fn count(&self, census: &Census, node: &NodeEntry) -> Option<i64> {
        Some(census.get(self.tally).count(node.labels.get(&self.key)?))
    }
}

impl SpreadState {
    /// The count where the node is; `None` if the node has no such label.
    pub(super) fn count(&self, census: &Census, node: &NodeEntry) -> Option<i64> {
        Some(census.get(self.tally).count(node.labels.get(&self.key)?))
    }
}

impl<'a> State<'a> {
    /// Works out what a pod needs to know of others.
    pub(super) fn of(
        pod: &Object,
        demand: &Demand,
        tolerations: &[Toleration],
        ledger: &'a Ledger,
        census: &mut Census,
    ) -> Self {
        let owner = pod.meta.controller().filter(|_| demand.spreads.is_empty());
        let mut state = Self {
            kept_away: kept_away(pod, ledger),
            default_spread: owner.map(|it| DefaultSpread::of(it.uid, ledger)),
            ..Self::default()
        };
        if !demand.looks_at_pods() {
            return state;
        }
        let own = pod.meta.namespace();
        let mut term = |it: &PodTerm| TermState {
            key: it.topology_key.clone(),
            tally: census.tally(ledger, &it.namespaces(own), &it.selector, &it.topology_key),
        };
        state.together = demand.together.iter().map(&mut term).collect();
        state.apart = demand.apart.iter().map(&mut term).collect();
        state.preferred = demand.preferred_pods.iter().map(|it| (it.weight, term(it))).collect();
        let nobody = state.together.iter().all(|it| census.get(it.tally).counts().is_empty());
        let itself = demand.together.iter().all(|it| it.means(own, own, &pod.meta.labels));
        state.first_of_its_kind = nobody && itself;
        for spread in &demand.spreads {
            state.spreads.push(spread_state(pod, demand, spread, tolerations, ledger, census));
        }
        state
    }
}

/// Where pods with a required anti-affinity do not want this pod.
fn kept_away(pod: &Object, ledger: &Ledger) -> BTreeSet<(String, String)> {
    let mut away = BTreeSet::new();
    for guard in ledger.guards() {
        let Some(slot) = guard.slot else { continue };
        let labels = &ledger.node(slot).labels;
        for term in &guard.demand.apart {
            if term.means(&guard.namespace, pod.meta.namespace(), &pod.meta.labels)
                && let Some(value) = labels.get(&term.topology_key)
            {
                away.insert((term.topology_key.clone(), value.clone()));
            }
        }
    }
    away
}

fn spread_state(
    pod: &Object,
    demand: &Demand,
    spread: &demand::Spread,
    tolerations: &[Toleration],
    ledger: &Ledger,
    census: &mut Census,
) -> SpreadState {
    let selector = spread.selector_for(&pod.meta.labels);
    let key = &spread.topology_key;
    let tally = census.tally(ledger, &[pod.meta.namespace()], &selector, key);
    let picky = demand.node_selector.is_some() || demand.node_terms.is_some();
    let (parts, least) = if spread.honor_taints || (spread.honor_affinity && picky) {
        let eligible = |node: &NodeEntry| {
            (!spread.honor_affinity || demand.wants_node(&node.name, &node.labels))
                && (!spread.honor_taints || node.taints.iter().all(|it| tolerates(tolerations, it)))
        };
        parts_of_eligible(ledger, census.get(tally), key, eligible)
    } else {
        let parts = census.domains(ledger, key).len();
        let counts = census.get(tally).counts();
        let least =
            if counts.len() < parts { 0 } else { counts.values().copied().min().unwrap_or(0) };
        (parts, least)
    };
    let too_few = spread.min_domains.is_some_and(|it| parts < usize::try_from(it).unwrap_or(0));
    SpreadState {
        key: key.clone(),
        max_skew: spread.max_skew,
        required: spread.required,
        own: i64::from(selector.matches(&pod.meta.labels)),
        least: if too_few { 0 } else { least },
        weight: weight(parts),
        tally,
    }
}

fn parts_of_eligible(
    ledger: &Ledger,
    tally: &Tally,
    key: &str,
    eligible: impl Fn(&NodeEntry) -> bool,
) -> (usize, i64) {
    let mut parts: BTreeMap<&str, i64> = BTreeMap::new();
    for slot in ledger.order() {
        let node = ledger.node(*slot);
        if let Some(value) = node.labels.get(key)
            && eligible(node)
        {
            parts.insert(value, tally.count(value));
        }
    }
    (parts.len(), parts.values().copied().min().unwrap_or_default())
}

/// Whether any of the tolerations tolerates a taint.
pub(crate) fn tolerates(tolerations: &[Toleration], taint: &Taint) -> bool {
    tolerations.iter().any(|it| {
        let effect = it.effect.as_deref().unwrap_or_default();
        let key = it.key.as_deref().unwrap_or_default();
        if !(effect.is_empty() || effect == taint.effect) || !(key.is_empty() || key == taint.key) {
            return false;
        }
        match it.operator.as_deref().unwrap_or("Equal") {
            "Exists" => true,
            _ => {
                it.value.as_deref().unwrap_or_default()
                    == taint.value.as_deref().unwrap_or_default()
            }
        }
    })
}

/// The natural logarithm of the number of parts plus two, in thousandths: counts in few large parts weigh less.
fn weight(parts: usize) -> i64 {
    let number = parts as u64 + 2;
    let whole = number.ilog2();
    // The fraction of the binary logarithm, bit by bit: squaring a number doubles its logarithm.
    let mut mantissa = (u128::from(number) << 32) >> whole;
    let mut fraction = 0;
    for bit in (0..12).rev() {
        mantissa = (mantissa * mantissa) >> 32;
        if mantissa >> 33 != 0 {
            mantissa >>= 1;
            fraction |= 1 << bit;
        }
    }
    let binary = (i64::from(whole) << 12) + fraction;
    binary * 693_147 / (4096 * 1000)
}

#[cfg(test)]
mod tests {
    use super::weight;

    #[test]
    fn weights_are_natural_logarithms() {
        // ln 3, ln 5, ln 102, ln 5002
        for (parts, expected) in [(1, 1098), (3, 1609), (100, 4624), (5000, 8517)] {
            assert!((weight(parts) - expected).abs() <= 2, "{parts}: {}", weight(parts));
        }
    }
}
