//! JSON merge patches (RFC 7396): applying them, and those that kubectl computes for labels,
//! annotations and custom resources.

use serde_json::Value;

use super::{Fields, PatchError, fields_of};

/// Applies `patch`. A patch that is no object is refused, as the API server does.
///
/// # Errors
/// If the patch is no object.
pub fn apply(original: &Value, patch: &Value) -> Result<Value, PatchError> {
    fields_of(patch, super::GO_MAP)?;
    let mut patched = original.clone();
    json_patch::merge(&mut patched, patch);
    Ok(patched)
}

/// The patch that makes `modified` of `original`; `{}` if they are equal.
pub fn create(original: &Value, modified: &Value) -> Value {
    match (original, modified) {
        (Value::Object(original), Value::Object(modified)) => {
            Value::Object(difference(original, modified))
        }
        _ => modified.clone(),
    }
}

fn difference(original: &Fields, modified: &Fields) -> Fields {
    let mut patch = Fields::new();
    for (key, after) in modified {
        match original.get(key) {
            Some(before) if before == after => {}
            Some(Value::Object(before)) if after.is_object() => {
                let empty = Fields::new();
                let nested = difference(before, after.as_object().unwrap_or(&empty));
                patch.insert(key.clone(), Value::Object(nested));
            }
            _ => {
                patch.insert(key.clone(), after.clone());
            }
        }
    }
    let removed = original.keys().filter(|it| !modified.contains_key(*it));
    patch.extend(removed.map(|it| (it.clone(), Value::Null)));
    patch
}

/// The patch that `kubectl apply` sends for a custom resource: changes from the live object, and
/// deletions since the last applied manifest.
pub fn create_three_way(original: &Value, modified: &Value, current: &Value) -> Value {
    let changes = keep(&create(current, modified), false);
    let mut patch = keep(&create(original, modified), true);
    json_patch::merge(&mut patch, &changes);
    patch
}

/// Only the nulls of a patch, or all but them; objects that become empty go, too.
fn keep(patch: &Value, nulls: bool) -> Value {
    let mut kept = Fields::new();
    for (key, value) in patch.as_object().into_iter().flatten() {
        let wanted = match value {
            Value::Null => nulls,
            Value::Object(fields) if fields.is_empty() => !nulls,
            Value::Object(_) => {
                let nested = keep(value, nulls);
                if nested.as_object().is_some_and(|it| !it.is_empty()) {
                    kept.insert(key.clone(), nested);
                }
                false
            }
            _ => !nulls,
        };
        if wanted {
            kept.insert(key.clone(), value.clone());
        }
    }
    Value::Object(kept)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn applies_the_recorded_patch() {
        let config_map = json!({"data": {"LOG_LEVEL": "info", "app.properties": "a=1\n"}});
        let patch = json!({"data": {"X": "1", "LOG_LEVEL": null}});
        let expected = json!({"data": {"X": "1", "app.properties": "a=1\n"}});
        assert_eq!(apply(&config_map, &patch), Ok(expected));
        assert!(apply(&config_map, &json!([1])).is_err());
    }

    #[test]
    fn computes_the_recorded_patches() {
        let pod = json!({"metadata": {"labels": {"run": "tmp", "tier": "x"}}});
        let relabelled = json!({"metadata": {"labels": {"run": "tmp", "tier": "y"}}});
        let expected = json!({"metadata": {"labels": {"tier": "y"}}});
        assert_eq!(create(&pod, &relabelled), expected);
        let without = json!({"metadata": {"labels": {"run": "tmp"}}});
        assert_eq!(create(&pod, &without), json!({"metadata": {"labels": {"tier": null}}}));
    }

    #[test]
    fn three_ways_keep_what_others_added() {
        let applied = json!({"spec": {"size": 1, "color": "red"}});
        let manifest = json!({"spec": {"size": 2}});
        let live = json!({"spec": {"size": 1, "color": "red", "owner": "x"}});
        let expected = json!({"spec": {"size": 2, "color": null}});
        assert_eq!(create_three_way(&applied, &manifest, &live), expected);
    }

    fn objects() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![Just(json!(1)), Just(json!("x")), Just(json!([1, 2]))];
        let leaf = leaf.prop_recursive(3, 20, 4, |inner| {
            prop::collection::btree_map("[a-d]", inner, 0..4)
                .prop_map(|it| Value::Object(it.into_iter().collect()))
        });
        prop::collection::btree_map("[a-d]", leaf, 0..4)
            .prop_map(|it| Value::Object(it.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn a_computed_patch_leads_there(original in objects(), modified in objects()) {
            let patch = create(&original, &modified);
            prop_assert_eq!(apply(&original, &patch), Ok(modified));
        }
    }
}
