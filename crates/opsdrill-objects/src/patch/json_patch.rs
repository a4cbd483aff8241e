//! JSON patches (RFC 6902), with the API server's limits and classes of errors.

use json_patch::{Patch, PatchOperation};
use serde_json::Value;

use super::PatchError;
use crate::go_format::json_kind;

/// Most operations a patch may have.
const OPERATIONS_MAX: usize = 10_000;
/// Most bytes that `copy` operations may add; otherwise a short patch could make a huge object.
const COPIED_BYTES_MAX: usize = 3 << 20;

/// Applies `patch`, a list of operations. If one fails, nothing is changed.
///
/// # Errors
/// `BadRequest` for a malformed patch, `Unprocessable` for one that does not fit the object.
pub fn apply(original: &Value, patch: &Value) -> Result<Value, PatchError> {
    let operations = patch.as_array().ok_or_else(|| unreadable(patch, "jsonpatch.Patch"))?;
    if let Some(other) = operations.iter().find(|it| !it.is_object()) {
        return Err(unreadable(other, "jsonpatch.Operation"));
    }
    // What an operation says is looked at only when its turn comes.
    let patch: Patch = serde_json::from_value(patch.clone())
        .map_err(|error| PatchError::Unprocessable(error.to_string()))?;
    if patch.0.len() > OPERATIONS_MAX {
        return Err(PatchError::TooLarge(format!(
            "The allowed maximum operations in a JSON patch is {OPERATIONS_MAX}, got {}",
            patch.0.len()
        )));
    }
    let mut patched = original.clone();
    let mut copied_bytes = 0;
    for operation in &patch.0 {
        if let PatchOperation::Copy(copy) = operation {
            let source = copy.from.resolve(&patched).ok();
            copied_bytes += source.map_or(0, |it| it.to_string().len());
            if copied_bytes > COPIED_BYTES_MAX {
                let text =
                    "Unable to complete the copy, the accumulated size increase is too large";
                return Err(PatchError::Unprocessable(text.to_owned()));
            }
        }
        json_patch::patch(&mut patched, std::slice::from_ref(operation))
            .map_err(|error| PatchError::Unprocessable(error.to_string()))?;
    }
    Ok(patched)
}

fn unreadable(value: &Value, go_type: &str) -> PatchError {
    let kind = json_kind(value);
    PatchError::BadRequest(format!("json: cannot unmarshal {kind} into Go value of type {go_type}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Status;

    #[test]
    fn applies_the_recorded_patches() {
        let deployment = json!({"spec": {"replicas": 2}});
        let patch = json!([{"op": "replace", "path": "/spec/replicas", "value": 3}]);
        assert_eq!(apply(&deployment, &patch), Ok(json!({"spec": {"replicas": 3}})));
        let config_map = json!({"metadata": {"finalizers": ["x/y"], "name": "fin"}});
        let patch = json!([{"op": "remove", "path": "/metadata/finalizers"}]);
        assert_eq!(apply(&config_map, &patch), Ok(json!({"metadata": {"name": "fin"}})));
    }

    #[test]
    fn a_patch_that_does_not_fit_is_refused_without_a_reason() {
        let deployment = json!({"spec": {"replicas": 2}});
        for patch in [
            json!([{"op": "replace", "path": "/spec/nope/x", "value": 3}]),
            json!([{"op": "test", "path": "/spec/replicas", "value": 77}]),
        ] {
            let status = Status::from(apply(&deployment, &patch).unwrap_err());
            let expected = json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": "the server rejected our request due to an error in our request",
                "reason": "Invalid", "details": {}, "code": 422,
            });
            assert_eq!(status.to_value(), expected);
        }
    }

    #[test]
    fn malformed_patches_are_bad_requests() {
        let refused = |patch| apply(&json!({}), &patch).unwrap_err();
        let unreadable = "json: cannot unmarshal object into Go value of type jsonpatch.Patch";
        assert_eq!(refused(json!({"op": "add"})), PatchError::BadRequest(unreadable.to_owned()));
        let unreadable = "json: cannot unmarshal number into Go value of type jsonpatch.Operation";
        assert_eq!(refused(json!([1])), PatchError::BadRequest(unreadable.to_owned()));
        let unknown = refused(json!([{"op": "replcae", "path": "/a", "value": 1}]));
        assert!(matches!(unknown, PatchError::Unprocessable(_)), "{unknown:?}");
    }

    #[test]
    fn copies_are_bounded() {
        let mut operations = vec![json!({"op": "add", "path": "/0", "value": "x".repeat(1000)})];
        for step in 0..30 {
            operations.push(json!({"op": "copy", "from": "", "path": format!("/n{step}")}));
        }
        let refused = apply(&json!({}), &Value::Array(operations));
        assert!(matches!(refused, Err(PatchError::Unprocessable(_))), "{refused:?}");
    }
}
