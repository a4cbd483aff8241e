//! Counts of pods by selector and topology, kept up to date pod by pod once somebody has asked for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use opsdrill_objects::selector::Selector;

use super::ledger::{Ledger, Placed};

/// How many different counts are kept.
const LIMIT: usize = 1024;

/// A count's place in the census.
pub(super) type TallyId = usize;

/// How many pods that a selector means there are in each part of a topology.
#[derive(Debug)]
pub(super) struct Tally {
    namespaces: Vec<String>,
    selector: Selector,
    topology_key: String,
    /// By the value of the topology's label; parts without pods are left out.
    counts: BTreeMap<String, i64>,
}

impl Tally {
    /// The pods in one part.
    pub(super) fn count(&self, value: &str) -> i64 {
        self.counts.get(value).copied().unwrap_or_default()
    }

    /// All parts with pods.
    pub(super) fn counts(&self) -> &BTreeMap<String, i64> {
        &self.counts
    }

    fn note(&mut self, ledger: &Ledger, pod: &Placed, sign: i64) {
        let Some(slot) = pod.slot else { return };
        let Some(value) = ledger.node(slot).labels.get(&self.topology_key) else { return };
        let here = self.namespaces.iter().any(|it| **it == *pod.namespace);
        if !here || !self.selector.matches(&pod.labels) {
            return;
        }
        if let Some(count) = self.counts.get_mut(value) {
            *count += sign;
            if *count == 0 {
                self.counts.remove(value);
            }
        } else {
            self.counts.insert(value.clone(), sign);
        }
    }
}

/// All counts.
#[derive(Debug, Default)]
pub(super) struct Census {
    tallies: Vec<Tally>,
    known: BTreeMap<(Vec<String>, String, String), TallyId>,
    /// The parts of each topology that was asked for, with how many nodes each has.
    domains: BTreeMap<String, Arc<BTreeMap<String, usize>>>,
}

impl Census {
    /// The count for a selector over namespaces in a topology, made if it is new.
    pub(super) fn tally(
        &mut self,
        ledger: &Ledger,
        namespaces: &[&str],
        selector: &Selector,
        topology_key: &str,
    ) -> TallyId {
        let namespaces: Vec<String> = namespaces.iter().map(|it| (*it).to_owned()).collect();
        let key = (namespaces.clone(), selector.to_string(), topology_key.to_owned());
        if let Some(id) = self.known.get(&key) {
            return *id;
        }
        let mut tally = Tally {
            namespaces,
            selector: selector.clone(),
            topology_key: topology_key.to_owned(),
            counts: BTreeMap::new(),
        };
        for pod in ledger.all_placed() {
            tally.note(ledger, pod, 1);
        }
        self.tallies.push(tally);
        self.known.insert(key, self.tallies.len() - 1);
        self.tallies.len() - 1
    }

    /// A count.
    pub(super) fn get(&self, id: TallyId) -> &Tally {
        &self.tallies[id]
    }

    /// The parts of a topology.
    pub(super) fn domains(&mut self, ledger: &Ledger, key: &str) -> Arc<BTreeMap<String, usize>> {
        if let Some(known) = self.domains.get(key) {
            return known.clone();
        }
        let mut domains = BTreeMap::new();
        for slot in ledger.order() {
            if let Some(value) = ledger.node(*slot).labels.get(key) {
                *domains.entry(value.clone()).or_default() += 1;
            }
        }
        let domains = Arc::new(domains);
        self.domains.insert(key.to_owned(), domains.clone());
        domains
    }

    /// Notes that a pod got a node (`sign` 1) or left it (-1).
    pub(super) fn note(&mut self, ledger: &Ledger, pod: &Placed, sign: i64) {
        for tally in &mut self.tallies {
            tally.note(ledger, pod, sign);
        }
    }

    /// Forgets all counts: the nodes have changed.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Forgets all counts if they are too many. Only between attempts: ids do not survive.
    pub(super) fn trim(&mut self) {
        if self.tallies.len() >= LIMIT {
            self.forget();
        }
    }
}
