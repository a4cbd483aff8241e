//! Cordoned nodes.

use k8s_openapi::api::core::v1::Taint;

use super::Rejection;
use crate::scheduler::attempt::{Attempt, tolerates};
use crate::scheduler::ledger::NodeEntry;

pub(super) fn check(attempt: &Attempt<'_>, node: &NodeEntry) -> Result<(), Rejection> {
    if !node.unschedulable {
        return Ok(());
    }
    let taint = Taint {
        key: "node.kubernetes.io/unschedulable".to_owned(),
        effect: "NoSchedule".to_owned(),
        ..Taint::default()
    };
    if tolerates(attempt.tolerations, &taint) {
        return Ok(());
    }
    Err(Rejection::lasting("node(s) were unschedulable"))
}
