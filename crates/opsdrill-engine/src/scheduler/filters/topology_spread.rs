//! Topology spread constraints with `DoNotSchedule`.

use super::Rejection;
use crate::scheduler::attempt::Attempt;
use crate::scheduler::ledger::NodeEntry;

pub(super) fn check(attempt: &Attempt<'_>, node: &NodeEntry) -> Result<(), Rejection> {
    for spread in attempt.state.spreads.iter().filter(|it| it.required) {
        let Some(count) = spread.count(attempt.census, node) else {
            return Err(Rejection::lasting(
                "node(s) didn't match pod topology spread constraints (missing required label)",
            ));
        };
        if count + spread.own - spread.least > spread.max_skew {
            return Err(Rejection::passing("node(s) didn't match pod topology spread constraints"));
        }
    }
    Ok(())
}
