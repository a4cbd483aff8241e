//! Taints that the pod does not tolerate.

use super::Rejection;
use crate::scheduler::attempt::{Attempt, tolerates};
use crate::scheduler::ledger::NodeEntry;

pub(super) fn check(attempt: &Attempt<'_>, node: &NodeEntry) -> Result<(), Rejection> {
    let repelling = node
        .taints
        .iter()
        .filter(|it| it.effect == "NoSchedule" || it.effect == "NoExecute")
        .find(|it| !tolerates(attempt.tolerations, it));
    let Some(taint) = repelling else { return Ok(()) };
    let value = taint.value.as_deref().unwrap_or_default();
    Err(Rejection::lasting(&format!("node(s) had untolerated taint {{{}: {value}}}", taint.key)))
}
