//! The patch of `kubectl apply`: what changed from the live object to the new manifest, and what was
//! deleted from the last applied manifest to the new one.

use serde_json::Value;

use super::merge_keys::Schema;
use super::strategic::{Mode, merge_fields};
use super::two_way::{Differences, diff_fields};
use super::{PatchError, fields_of};

/// The strategic merge patch that `kubectl apply` sends for a built-in kind. `original` is the last
/// applied manifest, an empty object if there is none.
///
/// # Errors
/// If lists that are merged by key have elements without it.
pub fn create(
    kind: &str,
    original: &Value,
    modified: &Value,
    current: &Value,
) -> Result<Value, PatchError> {
    let what = super::GO_MAP;
    let schema = Schema::of_kind(kind);
    let modified = fields_of(modified, what)?;
    let additions = Differences { additions: true, deletions: false };
    let delta = diff_fields(fields_of(current, what)?, modified, schema, additions, false)?;
    let deletions = Differences { additions: false, deletions: true };
    let deleted = diff_fields(fields_of(original, what)?, modified, schema, deletions, false)?;
    merge_fields(deleted, delta, schema, Mode::Combine).map(Value::Object)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::patch::strategic;

    #[test]
    fn sends_what_apply_sent_for_a_pod_with_another_container() {
        let applied = json!({"metadata": {"labels": {"z": "1"}, "name": "tmp"}});
        let manifest = json!({
            "metadata": {"name": "tmp"},
            "spec": {"containers": [{"image": "nginx", "name": "other"}]},
        });
        let live = json!({
            "metadata": {"labels": {"run": "tmp", "z": "1"}, "name": "tmp"},
            "spec": {"containers": [{"image": "nginx:1.27", "name": "tmp"}], "nodeName": "n"},
        });
        let expected = json!({
            "metadata": {"labels": null},
            "spec": {
                "$setElementOrder/containers": [{"name": "other"}],
                "containers": [{"image": "nginx", "name": "other"}],
            },
        });
        assert_eq!(create("Pod", &applied, &manifest, &live), Ok(expected));
    }

    #[test]
    fn sends_deletions_since_the_last_apply_only() {
        let applied = json!({"spec": {"replicas": 2, "template": {"spec": {
            "containers": [
                {"name": "nginx", "image": "nginx:1.27", "ports": [{"containerPort": 80}]},
            ],
            "volumes": [{"name": "cfg"}],
        }}}});
        let manifest = json!({"spec": {"template": {"spec": {
            "containers": [{"name": "nginx", "image": "nginx"}],
        }}}});
        let mut live = applied.clone();
        live["spec"]["revisionHistoryLimit"] = json!(10);
        live["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = json!("Always");
        let expected = json!({"spec": {"replicas": null, "template": {"spec": {
            "$setElementOrder/containers": [{"name": "nginx"}],
            "containers": [{"image": "nginx", "name": "nginx", "ports": null}],
            "volumes": null,
        }}}});
        let patch = create("Deployment", &applied, &manifest, &live);
        assert_eq!(patch.as_ref(), Ok(&expected));
        let after = strategic::apply("Deployment", &live, &expected).unwrap();
        assert_eq!(
            after["spec"],
            json!({"revisionHistoryLimit": 10, "template": {"spec": {"containers": [
                {"name": "nginx", "image": "nginx", "imagePullPolicy": "Always"},
            ]}}})
        );
    }

    #[test]
    fn says_a_replaced_field_anew_even_if_nothing_changed() {
        let budget = json!({"spec": {
            "minAvailable": 1, "selector": {"matchLabels": {"app": "web"}},
        }});
        let expected = json!({"spec": {"selector": {"matchLabels": {"app": "web"}}}});
        assert_eq!(create("PodDisruptionBudget", &budget, &budget, &budget), Ok(expected));
    }

    #[test]
    fn an_unchanged_manifest_needs_no_patch() {
        let manifest = json!({"spec": {"template": {"spec": {
            "containers": [{"name": "a", "image": "x", "ports": [{"containerPort": 80}]}],
            "initContainers": [{"name": "b"}],
        }}}});
        let mut live = manifest.clone();
        live["spec"]["template"]["spec"]["containers"][0]["ports"][0]["protocol"] = json!("TCP");
        live["status"] = json!({"replicas": 1});
        assert_eq!(create("Deployment", &manifest, &manifest, &live), Ok(json!({})));
    }
}
