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
            Some(count * weight(it.parts) + (it.max_skew - 1) * 1000)
        })
        .sum()
}

fn by_default(attempt: &Attempt<'_>, node: &NodeEntry) -> i64 {
    let Some(owner) = attempt.owner else { return 0 };
    let ledger = attempt.ledger;
    let here = node.owners.get(&owner).copied().unwrap_or_default();
    let in_zone = ledger.owner_zones(owner).and_then(|it| it.get(node.zone)).copied();
    let on_nodes = here * weight(ledger.order().len()) + (DEFAULT_NODE_SKEW - 1) * 1000;
    if node.zone == 0 {
        return on_nodes;
    }
    let in_zones = in_zone.unwrap_or_default() * weight(ledger.zones() - 1);
    on_nodes + in_zones + (DEFAULT_ZONE_SKEW - 1) * 1000
}

/// The natural logarithm of the number of parts plus two, in thousandths: counts in few large parts weigh less.
fn weight(parts: usize) -> i64 {
    let number = parts as u64 + 2;
    let whole = number.ilog2();
    // The fraction of the binary logarithm, bit by bit: squaring a number doubles its logarithm.
    let mut mantissa = (u128::from(number) << 32) >> whole;
    let mut fraction = 0;
    for bit in (0..12).rev() {
        mantissa = (mantissa * mantissa) >> 32;
        if mantissa >> 33 != 0 {
            mantissa >>= 1;
            fraction |= 1 << bit;
        }
    }
    let binary = (i64::from(whole) << 12) + fraction;
    binary * 693_147 / (4096 * 1000)
}

#[cfg(test)]
mod tests {
    use super::weight;

    #[test]
    fn weights_are_natural_logarithms() {
        // ln 3, ln 5, ln 102, ln 5002
        for (parts, expected) in [(1, 1098), (3, 1609), (100, 4624), (5000, 8517)] {
            assert!((weight(parts) - expected).abs() <= 2, "{parts}: {}", weight(parts));
        }
    }
}
