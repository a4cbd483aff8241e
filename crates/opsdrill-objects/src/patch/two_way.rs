//! The strategic merge patch that turns one document into another: `kubectl set`, `edit`, `rollout`.

use serde_json::{Value, json};

use super::list_order::{Identity, check_merge_key, deduplicate, holds_objects, sort_like};
use super::merge_keys::{FieldRule, Schema, Strategy};
use super::{
    DELETE_FROM_LIST_PREFIX, Fields, PATCH_DIRECTIVE, PatchError, RETAIN_KEYS_DIRECTIVE,
    SET_ELEMENT_ORDER_PREFIX, fields_of,
};
use crate::go_format::default_format;

/// Which differences a patch is to contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Differences {
    pub(super) additions: bool,
    pub(super) deletions: bool,
}

/// The patch that makes `modified` of `original`; `{}` if they are equal.
///
/// # Errors
/// If lists that are merged by key have elements without it.
pub fn create(kind: &str, original: &Value, modified: &Value) -> Result<Value, PatchError> {
    let what = super::GO_MAP;
    let (original, modified) = (fields_of(original, what)?, fields_of(modified, what)?);
    let all = Differences { additions: true, deletions: true };
    diff_fields(original, modified, Schema::of_kind(kind), all, false).map(Value::Object)
}

pub(super) fn diff_fields(
    original: &Fields,
    modified: &Fields,
    schema: Schema,
    wanted: Differences,
    retain_keys: bool,
) -> Result<Fields, PatchError> {
    let mut patch = Fields::new();
    for (key, value) in modified {
        match (original.get(key), value) {
            (Some(Value::Object(before)), Value::Object(after)) => {
                let rule = schema.field(key);
                if rule.strategy == Strategy::Replace {
                    // Said anew even if nothing changed: recorded with disruption budgets.
                    if wanted.additions {
                        patch.insert(key.clone(), value.clone());
                    }
                    continue;
                }
                let difference =
                    diff_fields(before, after, rule.schema(), wanted, rule.retain_keys)?;
                if !difference.is_empty() {
                    patch.insert(key.clone(), Value::Object(difference));
                }
            }
            (Some(Value::Array(before)), Value::Array(after))
                if schema.field(key).strategy == Strategy::Merge =>
            {
                diff_list_field(before, after, key, schema.field(key), wanted, &mut patch)?;
            }
            (before, after) => {
                let is_directive = key == PATCH_DIRECTIVE;
                if before != Some(after) && (wanted.additions || is_directive) {
                    patch.insert(key.clone(), value.clone());
                }
            }
        }
    }
    let mut removed = original.keys().filter(|it| !modified.contains_key(*it)).peekable();
    let lacks_some = removed.peek().is_some();
    if wanted.deletions {
        patch.extend(removed.map(|it| (it.clone(), Value::Null)));
    }
    if retain_keys && (!patch.is_empty() || lacks_some) {
        let kept = modified.iter().filter(|(_, it)| !it.is_null()).map(|(key, _)| key.clone());
        let kept: Vec<Value> = kept.map(Value::from).collect();
        if !kept.is_empty() {
            patch.insert(RETAIN_KEYS_DIRECTIVE.to_owned(), Value::Array(kept));
        }
    }
    Ok(patch)
}

fn diff_list_field(
    before: &[Value],
    after: &[Value],
    key: &str,
    rule: FieldRule,
    wanted: Differences,
    patch: &mut Fields,
) -> Result<(), PatchError> {
    if before.is_empty() {
        if !after.is_empty() && wanted.additions {
            patch.insert(key.to_owned(), Value::from(after.to_vec()));
        }
        return Ok(());
    }
    let (changed, deleted, order) = if holds_objects(&[before, after])? {
        diff_objects(before, after, rule, wanted)?
    } else {
        diff_scalars(before, after, wanted)?
    };
    let lists = [
        (key.to_owned(), changed),
        (format!("{DELETE_FROM_LIST_PREFIX}/{key}"), deleted),
        (format!("{SET_ELEMENT_ORDER_PREFIX}/{key}"), order),
    ];
    let filled = lists.into_iter().filter(|(_, list)| !list.is_empty());
    patch.extend(filled.map(|(key, list)| (key, Value::Array(list))));
    Ok(())
}

/// Elements to change or add, elements to delete, and the order to have.
type ListDifference = (Vec<Value>, Vec<Value>, Vec<Value>);

fn diff_objects(
    before: &[Value],
    after: &[Value],
    rule: FieldRule,
    wanted: Differences,
) -> Result<ListDifference, PatchError> {
    let merge_key = rule.merge_key;
    check_merge_key(before, merge_key)?;
    check_merge_key(after, merge_key)?;
    let (changed, deleted) = diff_sorted_objects(before, after, rule, wanted)?;
    let mut changed = sort_like(changed, after, Identity::Key(merge_key))?;
    changed.extend(deleted);
    let key_of = |it: &Value| it.get(merge_key).cloned().unwrap_or_default();
    let same_order = before.iter().map(key_of).eq(after.iter().map(key_of));
    let says_order = (wanted.additions && (!changed.is_empty() || !same_order))
        || (wanted.deletions && !changed.is_empty());
    let order = if says_order {
        after.iter().map(|it| json!({ merge_key: key_of(it) })).collect()
    } else {
        Vec::new()
    };
    Ok((changed, Vec::new(), order))
}

/// Walks both lists in the order of their merge keys.
fn diff_sorted_objects(
    before: &[Value],
    after: &[Value],
    rule: FieldRule,
    wanted: Differences,
) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
    let key_of = |it: &Value| it.get(rule.merge_key).map(default_format).unwrap_or_default();
    // Elements with the same key come out in reverse, as from the original's sorting.
    let sorted = |list: &[Value]| {
        let mut keyed: Vec<_> = list.iter().rev().map(|it| (key_of(it), it.clone())).collect();
        keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
        keyed
    };
    let (before, after) = (sorted(before), sorted(after));
    let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
    let (mut changed, mut deleted) = (Vec::new(), Vec::new());
    loop {
        let (old, new) = match (before.peek(), after.peek()) {
            (None, None) => return Ok((changed, deleted)),
            (Some((old_key, _)), Some((new_key, _))) => (old_key <= new_key, new_key <= old_key),
            (old, new) => (old.is_some(), new.is_some()),
        };
        let old = if old { before.next() } else { None };
        let new = if new { after.next() } else { None };
        match (old, new) {
            (Some((_, Value::Object(old))), Some((_, Value::Object(new)))) => {
                let mut difference =
                    diff_fields(old, new, rule.schema(), wanted, rule.retain_keys)?;
                if !difference.is_empty() {
                    difference.insert(rule.merge_key.to_owned(), new[rule.merge_key].clone());
                    changed.push(Value::Object(difference));
                }
            }
            (None, Some((_, new))) if wanted.additions => changed.push(new.clone()),
            (Some((_, old)), None) if wanted.deletions => {
                let key = old.get(rule.merge_key).cloned().unwrap_or_default();
                deleted.push(json!({ PATCH_DIRECTIVE: "delete", rule.merge_key: key }));
            }
            _ => {}
        }
    }
}

fn diff_scalars(
    before: &[Value],
    after: &[Value],
    wanted: Differences,
) -> Result<ListDifference, PatchError> {
    let mut added = Vec::new();
    let mut deleted = Vec::new();
    let sorted = |list: &[Value]| {
        let mut keyed: Vec<_> = list.iter().map(|it| (default_format(it), it.clone())).collect();
        keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
        keyed.into_iter().peekable()
    };
    let (mut old, mut new) = (sorted(before), sorted(after));
    loop {
        match (old.peek(), new.peek()) {
            (None, None) => break,
            (Some((a, _)), Some((b, _))) if a == b => {
                old.next();
                new.next();
            }
            (Some((a, _)), Some((b, _))) if a < b => deleted.extend(old.next()),
            (Some(_), None) => deleted.extend(old.next()),
            (_, Some(_)) => added.extend(new.next()),
        }
    }
    let values = |list: Vec<(String, Value)>, wanted: bool| {
        list.into_iter().filter(|_| wanted).map(|(_, it)| it).collect::<Vec<_>>()
    };
    let deleted = deduplicate(values(deleted, wanted.deletions));
    let added = sort_like(values(added, wanted.additions), after, Identity::Scalar)?;
    let says_order =
        (wanted.deletions && !deleted.is_empty()) || (wanted.additions && before != after);
    let order = if says_order { after.to_vec() } else { Vec::new() };
    Ok((added, deleted, order))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::Strategy;

    use super::*;
    use crate::patch::strategic;

    fn deployment(containers: &Value) -> Value {
        json!({"spec": {"template": {"spec": {"containers": containers}}}})
    }

    fn check(kind: &str, original: &Value, modified: &Value, expected: &Value) {
        let patch = create(kind, original, modified);
        assert_eq!(patch.as_ref(), Ok(expected));
        assert_eq!(strategic::apply(kind, original, expected).as_ref(), Ok(modified));
    }

    #[test]
    fn sends_what_set_image_and_set_env_send() {
        let before = deployment(&json!([{
            "name": "nginx", "image": "nginx:1.27", "env": [{"name": "PW"}, {"name": "NODE"}],
        }]));
        let mut after = before.clone();
        after["spec"]["template"]["spec"]["containers"][0]["image"] = json!("nginx:1.28");
        let expected = json!({"spec": {"template": {"spec": {
            "$setElementOrder/containers": [{"name": "nginx"}],
            "containers": [{"image": "nginx:1.28", "name": "nginx"}],
        }}}});
        check("Deployment", &before, &after, &expected);

        let mut after = before.clone();
        after["spec"]["template"]["spec"]["containers"][0]["env"] =
            json!([{"name": "PW"}, {"name": "NODE"}, {"name": "FOO", "value": "bar"}]);
        let expected = json!({"spec": {"template": {"spec": {
            "$setElementOrder/containers": [{"name": "nginx"}],
            "containers": [{
                "$setElementOrder/env": [{"name": "PW"}, {"name": "NODE"}, {"name": "FOO"}],
                "env": [{"name": "FOO", "value": "bar"}],
                "name": "nginx",
            }],
        }}}});
        check("Deployment", &before, &after, &expected);
    }

    #[test]
    fn sends_what_cordon_resume_and_taint_send() {
        let cordoned = json!({"spec": {"unschedulable": true, "podCIDR": "10.0.0.0/24"}});
        let free = json!({"spec": {"podCIDR": "10.0.0.0/24"}});
        check("Node", &cordoned, &free, &json!({"spec": {"unschedulable": null}}));
        check("Node", &free, &cordoned, &json!({"spec": {"unschedulable": true}}));
        let tainted = json!({"spec": {
            "podCIDR": "10.0.0.0/24",
            "taints": [{"effect": "NoSchedule", "key": "dedicated", "value": "gpu"}],
        }});
        let expected = json!({"spec": {
            "taints": [{"effect": "NoSchedule", "key": "dedicated", "value": "gpu"}],
        }});
        check("Node", &free, &tainted, &expected);
    }

    #[test]
    fn deletes_elements_and_scalars() {
        let before = deployment(&json!([{"name": "a"}, {"name": "b"}]));
        let after = deployment(&json!([{"name": "b"}]));
        let expected = json!({"spec": {"template": {"spec": {
            "$setElementOrder/containers": [{"name": "b"}],
            "containers": [{"$patch": "delete", "name": "a"}],
        }}}});
        check("Deployment", &before, &after, &expected);
        let before = json!({"metadata": {"finalizers": ["a", "b"]}});
        let after = json!({"metadata": {"finalizers": ["c", "b"]}});
        let expected = json!({"metadata": {
            "$deleteFromPrimitiveList/finalizers": ["a"],
            "$setElementOrder/finalizers": ["c", "b"],
            "finalizers": ["c"],
        }});
        assert_eq!(create("Pod", &before, &after), Ok(expected));
    }

    #[test]
    fn lists_the_kept_keys_of_unions() {
        let before = json!({"spec": {"strategy": {
            "type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1},
        }}});
        let after = json!({"spec": {"strategy": {"type": "Recreate"}}});
        let expected = json!({"spec": {"strategy": {
            "$retainKeys": ["type"], "rollingUpdate": null, "type": "Recreate",
        }}});
        check("Deployment", &before, &after, &expected);
    }

    #[test]
    fn equal_documents_need_no_patch_but_for_replaced_fields() {
        let service = json!({"spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}});
        check("Service", &service, &service, &json!({}));
        let budget = json!({"spec": {"selector": {"matchLabels": {"app": "web"}}}});
        check("PodDisruptionBudget", &budget, &budget, &budget);
    }

    fn pods() -> impl Strategy<Value = Value> {
        let named = |fields: &'static str| {
            prop::collection::btree_map("[a-e]", prop::option::of(fields), 0..5).prop_map(|items| {
                let item = |(name, image): (String, Option<String>)| match image {
                    Some(image) => json!({"name": name, "image": image}),
                    None => json!({"name": name}),
                };
                items.into_iter().map(item).collect::<Vec<_>>()
            })
        };
        let labels = prop::collection::btree_map("[a-c]", "[x-z]", 0..3);
        let order = prop::collection::vec(any::<bool>(), 2);
        (named("[x-z]"), named("[x-z]"), labels, order).prop_map(|(mut a, mut b, labels, order)| {
            if order[0] {
                a.reverse();
            }
            if order[1] {
                b.reverse();
            }
            json!({
                "metadata": {"labels": labels},
                "spec": {"containers": a, "tolerations": b, "nodeName": "n"},
            })
        })
    }

    proptest! {
        #[test]
        fn a_computed_patch_leads_there(original in pods(), modified in pods()) {
            let patch = create("Pod", &original, &modified).unwrap();
            prop_assert_eq!(strategic::apply("Pod", &original, &patch), Ok(modified));
        }
    }
}
