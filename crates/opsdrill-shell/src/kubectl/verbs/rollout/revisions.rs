//! The replica sets of a deployment by their revisions.

use std::collections::BTreeMap;
use std::sync::Arc;

use opsdrill_objects::selector::format_label_selector;
use opsdrill_objects::{Kind, Object};

use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;

/// The annotation with a revision's number.
pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
/// The annotation with the reason for a revision.
pub(super) const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// The replica sets of a deployment by revision.
///
/// # Errors
/// The server's refusal.
pub(super) fn of(
    context: &mut Context,
    deployment: &Object,
) -> Result<BTreeMap<i64, Arc<Object>>, ToolError> {
    let spec = deployment.deployment().and_then(|it| it.spec.as_ref());
    let selector = format_label_selector(spec.map(|it| &it.selector));
    let namespace = deployment.meta.namespace();
    let (sets, _) = context.list(Kind::ReplicaSet, namespace, &selector, "")?;
    let owned = sets
        .into_iter()
        .filter(|it| it.meta.controller().is_some_and(|owner| owner.uid == deployment.meta.uid));
    Ok(owned.filter_map(|it| Some((number(&it)?, it))).collect())
}

/// The templates that a daemon set or stateful set keeps, by revision.
///
/// # Errors
/// The server's refusal.
pub(super) fn kept(
    context: &mut Context,
    object: &Object,
) -> Result<BTreeMap<i64, Arc<Object>>, ToolError> {
    let (all, _) = context.list(Kind::ControllerRevision, object.meta.namespace(), "", "")?;
    let owned = all
        .into_iter()
        .filter(|it| it.meta.controller().is_some_and(|owner| owner.uid == object.meta.uid));
    Ok(owned.filter_map(|it| Some((it.to_value()["revision"].as_i64()?, it))).collect())
}

/// The revision of an object.
pub(super) fn number(object: &Object) -> Option<i64> {
    object.meta.annotation(REVISION)?.parse().ok()
}
