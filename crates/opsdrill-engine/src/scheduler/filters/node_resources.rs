//! Requests against what is left of the node.

use super::Rejection;
use crate::scheduler::attempt::Attempt;
use crate::scheduler::ledger::NodeEntry;

pub(super) fn check(attempt: &Attempt<'_>, node: &NodeEntry) -> Result<(), Rejection> {
    let (wanted, taken, offered) = (&attempt.demand.requests, &node.requested, &node.allocatable);
    let short = |wanted: i64, taken: i64, offered: i64| wanted > 0 && wanted > offered - taken;
    let mut reasons = Vec::new();
    if node.pods + 1 > node.max_pods {
        reasons.push("Too many pods".to_owned());
    }
    if short(wanted.cpu_millis, taken.cpu_millis, offered.cpu_millis) {
        reasons.push("Insufficient cpu".to_owned());
    }
    if short(wanted.memory, taken.memory, offered.memory) {
        reasons.push("Insufficient memory".to_owned());
    }
    if short(wanted.storage, taken.storage, offered.storage) {
        reasons.push("Insufficient ephemeral-storage".to_owned());
    }
    for (name, amount) in &wanted.extended {
        let of = |amounts: &std::collections::BTreeMap<String, i64>| {
            amounts.get(name).copied().unwrap_or_default()
        };
        if short(*amount, of(&taken.extended), of(&offered.extended)) {
            reasons.push(format!("Insufficient {name}"));
        }
    }
    if reasons.is_empty() {
        return Ok(());
    }
    Err(Rejection { reasons, preemption_helps: true })
}
