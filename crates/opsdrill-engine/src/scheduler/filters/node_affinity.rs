//! `nodeSelector` and required node affinity.

use super::Rejection;
use crate::scheduler::attempt::Attempt;
use crate::scheduler::ledger::NodeEntry;

pub(super) fn check(attempt: &Attempt<'_>, node: &NodeEntry) -> Result<(), Rejection> {
    if attempt.demand.wants_node(&node.name, &node.labels) {
        return Ok(());
    }
    Err(Rejection::lasting("node(s) didn't match Pod's node affinity/selector"))
}
