//! Preferred affinity and anti-affinity between pods, the incoming one's.

use crate::scheduler::attempt::Attempt;
use crate::scheduler::ledger::NodeEntry;

pub(super) fn score(attempt: &Attempt<'_>, node: &NodeEntry) -> i64 {
    let terms = attempt.state.preferred.iter();
    terms.map(|(weight, term)| weight * term.count(attempt.census, node).unwrap_or(0)).sum()
}
