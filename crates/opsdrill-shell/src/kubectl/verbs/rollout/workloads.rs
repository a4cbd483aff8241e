//! How far the rollouts of daemon sets and stateful sets are, as `kubectl rollout status` tells it.

use opsdrill_objects::Object;
use serde_json::Value;

use crate::kubectl::errors::ToolError;

/// A line, and whether it is the last one.
type Told = Result<(String, bool), ToolError>;

fn number(document: &Value, pointer: &str) -> i64 {
    document.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

fn text<'a>(document: &'a Value, pointer: &str) -> &'a str {
    document.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn check_strategy(document: &Value) -> Result<(), ToolError> {
    if text(document, "/spec/updateStrategy/type") == "RollingUpdate" {
        return Ok(());
    }
    Err(ToolError::plain("rollout status is only available for RollingUpdate strategy type"))
}

/// Of a daemon set.
pub(super) fn daemon_set(object: &Object) -> Told {
    let (document, name) = (object.to_value(), &object.meta.name);
    check_strategy(&document)?;
    let status = |field: &str| number(&document, &format!("/status/{field}"));
    if object.meta.generation > status("observedGeneration") {
        return Ok(("Waiting for daemon set spec update to be observed...\n".to_owned(), false));
    }
    let desired = status("desiredNumberScheduled");
    let updated = status("updatedNumberScheduled");
    let available = status("numberAvailable");
    let state = if updated < desired {
        format!("{updated} out of {desired} new pods have been updated")
    } else if available < desired {
        format!("{available} of {desired} updated pods are available")
    } else {
        return Ok((format!("daemon set {name:?} successfully rolled out\n"), true));
    };
    Ok((format!("Waiting for daemon set {name:?} rollout to finish: {state}...\n"), false))
}

/// Of a stateful set.
pub(super) fn stateful_set(object: &Object) -> Told {
    let document = object.to_value();
    check_strategy(&document)?;
    let status = |field: &str| number(&document, &format!("/status/{field}"));
    let observed = status("observedGeneration");
    if observed == 0 || object.meta.generation > observed {
        return Ok(("Waiting for statefulset spec update to be observed...\n".to_owned(), false));
    }
    let replicas = number(&document, "/spec/replicas");
    let (ready, updated) = (status("readyReplicas"), status("updatedReplicas"));
    if ready < replicas {
        return Ok((format!("Waiting for {} pods to be ready...\n", replicas - ready), false));
    }
    // The server completes every rolling update with a partition of 0: recording 189 has the words for it.
    let partition = document.pointer("/spec/updateStrategy/rollingUpdate/partition");
    if let Some(partition) = partition.and_then(Value::as_i64) {
        let wanted = replicas - partition;
        if updated < wanted {
            return Ok((
                format!(
                    "Waiting for partitioned roll out to finish: {updated} out of {wanted} new pods have been updated...\n"
                ),
                false,
            ));
        }
        let text =
            format!("partitioned roll out complete: {updated} new pods have been updated...\n");
        return Ok((text, true));
    }
    let current = text(&document, "/status/currentRevision");
    let wanted = text(&document, "/status/updateRevision");
    if wanted != current {
        return Ok((
            format!(
                "waiting for statefulset rolling update to complete {updated} pods at revision {wanted}...\n"
            ),
            false,
        ));
    }
    let count = status("currentReplicas");
    Ok((
        format!("statefulset rolling update complete {count} pods at revision {current}...\n"),
        true,
    ))
}
