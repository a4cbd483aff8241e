//! Fewer untolerated `PreferNoSchedule` taints are better.

use crate::scheduler::attempt::{Attempt, tolerates};
use crate::scheduler::ledger::NodeEntry;

pub(super) fn score(attempt: &Attempt<'_>, node: &NodeEntry) -> i64 {
    let disliked = node
        .taints
        .iter()
        .filter(|it| it.effect == "PreferNoSchedule" && !tolerates(attempt.tolerations, it));
    disliked.count() as i64
}
