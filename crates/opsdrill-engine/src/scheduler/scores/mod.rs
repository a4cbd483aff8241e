//! The scores: each says of a node that is possible how good it would be, from 0 to 100.

mod inter_pod_affinity;
mod node_affinity;
mod resources;
mod taint_toleration;
mod topology_spread;

use super::attempt::Attempt;
use super::ledger::{NodeEntry, Slot};

/// The best score.
pub(super) const MAX: i64 = 100;

/// How raw scores become scores from 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    /// They are that already.
    AsIs,
    /// The highest becomes 100.
    ToHighest,
    /// The highest becomes 0, and 0 becomes 100.
    Reversed,
    /// The lowest becomes 0 and the highest 100.
    Spanned,
    /// The lowest becomes 100 and the rest lies under it in proportion.
    LowestBest,
}

/// A score: a row of the table.
struct Score {
    /// The real plugin's name.
    #[expect(dead_code, reason = "says which of the real scheduler's plugins the row models")]
    name: &'static str,
    /// How much it counts, as in the real scheduler's default profile.
    weight: i64,
    /// Whether it can make a difference for the pod at all.
    applies: fn(&Attempt<'_>) -> bool,
    /// The raw score of a node.
    raw: fn(&Attempt<'_>, &NodeEntry) -> i64,
    /// How raw scores are scaled.
    scale: Scale,
}

/// All scores. `ImageLocality` (weight 1) is not modelled.
const SCORES: &[Score] = &[
    Score {
        name: "TaintToleration",
        weight: 3,
        applies: |_| true,
        raw: taint_toleration::score,
        scale: Scale::Reversed,
    },
    Score {
        name: "NodeAffinity",
        weight: 2,
        applies: |attempt| !attempt.demand.preferred_nodes.is_empty(),
        raw: node_affinity::score,
        scale: Scale::ToHighest,
    },
    Score {
        name: "PodTopologySpread",
        weight: 2,
        applies: topology_spread::applies,
        raw: topology_spread::score,
        scale: Scale::LowestBest,
    },
    Score {
        name: "InterPodAffinity",
        weight: 2,
        applies: |attempt| !attempt.state.preferred.is_empty(),
        raw: inter_pod_affinity::score,
        scale: Scale::Spanned,
    },
    Score {
        name: "NodeResourcesFit",
        weight: 1,
        applies: |_| true,
        raw: resources::least_allocated,
        scale: Scale::AsIs,
    },
    Score {
        name: "NodeResourcesBalancedAllocation",
        weight: 1,
        applies: |_| true,
        raw: resources::balanced,
        scale: Scale::AsIs,
    },
];

/// Works out the weighted sum of all scores for each node; `raw` is a list to write on.
pub(super) fn total(
    attempt: &Attempt<'_>,
    nodes: &[Slot],
    totals: &mut Vec<i64>,
    raw: &mut Vec<i64>,
) {
    totals.clear();
    totals.resize(nodes.len(), 0);
    for row in SCORES.iter().filter(|it| (it.applies)(attempt)) {
        raw.clear();
        raw.extend(nodes.iter().map(|slot| (row.raw)(attempt, attempt.ledger.node(*slot))));
        row.scale.apply(raw);
        for (total, score) in totals.iter_mut().zip(&*raw) {
            *total += row.weight * score;
        }
    }
}

impl Scale {
    fn apply(self, scores: &mut [i64]) {
        let highest = scores.iter().copied().max().unwrap_or_default();
        let lowest = scores.iter().copied().min().unwrap_or_default();
        for score in scores {
            *score = match self {
                Self::AsIs => *score,
                Self::Reversed | Self::LowestBest if highest == 0 => MAX,
                Self::ToHighest if highest == 0 => 0,
                Self::Spanned if highest == lowest => 0,
                Self::ToHighest => *score * MAX / highest,
                Self::Reversed => MAX - *score * MAX / highest,
                Self::Spanned => (*score - lowest) * MAX / (highest - lowest),
                Self::LowestBest => MAX * (highest + lowest - *score) / highest,
            };
        }
    }
}
