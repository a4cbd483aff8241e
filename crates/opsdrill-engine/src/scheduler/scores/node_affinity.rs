//! Preferred node affinity.

use crate::scheduler::attempt::Attempt;
use crate::scheduler::ledger::NodeEntry;

pub(super) fn score(attempt: &Attempt<'_>, node: &NodeEntry) -> i64 {
    let liked = attempt.demand.preferred_nodes.iter();
    liked.filter(|(_, term)| term.matches(&node.name, &node.labels)).map(|(weight, _)| weight).sum()
}
