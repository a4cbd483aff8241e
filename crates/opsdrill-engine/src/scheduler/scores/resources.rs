//! Emptier nodes, and nodes whose CPU and memory are used alike, are better.

use super::MAX;
use crate::scheduler::attempt::Attempt;
use crate::scheduler::ledger::NodeEntry;

/// One part in a million, the unit of fractions here.
const PARTS: i64 = 1_000_000;

/// The share of CPU and memory that stays free, on average.
pub(super) fn least_allocated(attempt: &Attempt<'_>, node: &NodeEntry) -> i64 {
    let free = |used: i64, offered: i64| {
        if offered == 0 || used > offered { 0 } else { (offered - used) * MAX / offered }
    };
    let cpu = free(node.score_cpu + attempt.demand.score_cpu, node.allocatable.cpu_millis);
    let memory = free(node.score_memory + attempt.demand.score_memory, node.allocatable.memory);
    i64::midpoint(cpu, memory)
}

/// 100 less the standard deviation of the used shares, in percent; for two shares that is half their distance.
pub(super) fn balanced(attempt: &Attempt<'_>, node: &NodeEntry) -> i64 {
    let share = |used: i64, offered: i64| {
        if offered == 0 {
            return 0;
        }
        let parts = match used.checked_mul(PARTS) {
            Some(product) => product / offered,
            None => (i128::from(used) * i128::from(PARTS) / i128::from(offered)) as i64,
        };
        parts.clamp(0, PARTS)
    };
    let wanted = &attempt.demand.requests;
    let cpu = share(node.requested.cpu_millis + wanted.cpu_millis, node.allocatable.cpu_millis);
    let memory = share(node.requested.memory + wanted.memory, node.allocatable.memory);
    (PARTS - (cpu - memory).abs() / 2) * MAX / PARTS
}
