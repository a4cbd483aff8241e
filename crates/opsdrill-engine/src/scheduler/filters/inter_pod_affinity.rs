//! Required affinity and anti-affinity between pods, the incoming one's and that of those already there.

use super::Rejection;
use crate::scheduler::attempt::Attempt;
use crate::scheduler::ledger::NodeEntry;

pub(super) fn check(attempt: &Attempt<'_>, node: &NodeEntry) -> Result<(), Rejection> {
    let (state, census) = (&attempt.state, attempt.census);
    let satisfied = state.together.iter().all(|term| match term.count(census, node) {
        Some(count) => count > 0 || state.first_of_its_kind,
        None => false,
    });
    if !satisfied {
        return Err(Rejection::lasting("node(s) didn't match pod affinity rules"));
    }
    if state.apart.iter().any(|term| term.count(census, node).is_some_and(|count| count > 0)) {
        return Err(Rejection::passing("node(s) didn't match pod anti-affinity rules"));
    }
    let kept_away = |(key, value): &(String, String)| node.labels.get(key) == Some(value);
    if state.kept_away.iter().any(kept_away) {
        return Err(Rejection::passing("node(s) didn't satisfy existing pods anti-affinity rules"));
    }
    Ok(())
}
