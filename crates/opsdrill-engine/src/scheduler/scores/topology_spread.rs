//! Topology spread constraints with `ScheduleAnyway`; without any, the pods of one controller spread over nodes and
//! zones, as the scheduler's default constraints have it.

use crate::scheduler::attempt::Attempt;
use crate::scheduler::ledger::NodeEntry;

/// `maxSkew` of the default constraint on nodes.
const DEFAULT_NODE_SKEW: i64 = 3;
/// `maxSkew` of the default constraint on zones.
const DEFAULT_ZONE_SKEW: i64 = 5;

pub(super) fn applies(attempt: &Attempt<'_>) -> bool {
    if attempt.demand.spreads.is_empty() {
        return attempt.owner.is_some();
    }
    attempt.state.spreads.iter().any(|it| !it.required)
}

/// What speaks against a node, in thousandths.
pub(super) fn score(attempt: &Attempt<'_>, node: &NodeEntry) -> i64 {
    if attempt.demand.spreads.is_empty() {
        return by_default(attempt, node);
    }
    let optional = attempt.state.spreads.iter().filter(|it| !it.required);
    optional
        .filter_map(|it| {
            let count = it.count(attempt.census, node)?;
            Some(count * it.weight + (it.max_skew - 1) * 1000)
        })
        .sum()
}

fn by_default(attempt: &Attempt<'_>, node: &NodeEntry) -> i64 {
    let Some(default) = &attempt.state.default_spread else { return 0 };
    let here = default.spread.map_or(0, |it| it.on(node.slot));
    let on_nodes = here * default.node_weight + (DEFAULT_NODE_SKEW - 1) * 1000;
    if node.zone == 0 {
        return on_nodes;
    }
    let in_zone = default.spread.map_or(0, |it| it.in_zone(node.zone));
    on_nodes + in_zone * default.zone_weight + (DEFAULT_ZONE_SKEW - 1) * 1000
}
