//! Volumes that cannot be reached from a node, or not be had there.

use super::Rejection;
use crate::scheduler::attempt::Attempt;
use crate::scheduler::ledger::NodeEntry;

pub(super) fn check(attempt: &Attempt<'_>, node: &NodeEntry) -> Result<(), Rejection> {
    attempt.volumes.check(node).map_err(|reasons| Rejection {
        reasons: reasons.into_iter().map(ToOwned::to_owned).collect(),
        preemption_helps: false,
    })
}
