//! Ports of the node.

use super::Rejection;
use crate::scheduler::attempt::Attempt;
use crate::scheduler::ledger::NodeEntry;

pub(super) fn check(attempt: &Attempt<'_>, node: &NodeEntry) -> Result<(), Rejection> {
    let wanted = &attempt.demand.ports;
    if wanted.iter().any(|port| node.ports.iter().any(|taken| port.conflicts(taken))) {
        return Err(Rejection::passing(
            "node(s) didn't have free ports for the requested pod ports",
        ));
    }
    Ok(())
}
