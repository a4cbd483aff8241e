//! Patches of each kind made of anything, directives and wrong types included: they are applied or refused.

use opsdrill_objects::patch::{json_patch, merge_patch, strategic};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Names of fields that mean something somewhere in a Pod, and some that do not.
const FIELDS: &str = "metadata|spec|containers|env|ports|volumes|tolerations|finalizers|labels|name|containerPort|\
    protocol|topologyKey|whenUnsatisfiable|key|value|image|a|b";

/// What tells a strategic merge patch how to go about it.
const DIRECTIVES: &str = "\\$patch|\\$retainKeys|\\$setElementOrder/containers|\\$setElementOrder/finalizers|\
    \\$deleteFromPrimitiveList/finalizers|\\$setElementOrder/ports|\\$setElementOrder/a";

fn documents(fields: &'static str) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..9000).prop_map(Value::from),
        "replace|delete|merge|a|b|x".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 4, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => prop::collection::btree_map(fields, inner, 0..4)
                .prop_map(|it| Value::from(it.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn plain() -> impl Strategy<Value = Value> {
    documents(FIELDS)
}

fn with_directives() -> impl Strategy<Value = Value> {
    static BOTH: std::sync::LazyLock<String> =
        std::sync::LazyLock::new(|| format!("{FIELDS}|{DIRECTIVES}"));
    documents(&BOTH)
}

/// Operations of a JSON patch; a few of them are none.
fn operations() -> impl Strategy<Value = Value> {
    let path = "(/(metadata|spec|containers|a|b|0|1|-|~0|~1|00|~)){0,4}|a";
    let operation = ("add|remove|replace|move|copy|test|join", path, path, plain()).prop_map(
        |(operation, path, from, value)| json!({ "op": operation, "path": path, "from": from, "value": value }),
    );
    prop::collection::vec(operation, 0..5).prop_map(Value::from)
}

proptest! {
    #[test]
    fn a_merge_patch_changes_nothing_the_second_time(original in plain(), patch in plain()) {
        if let Ok(once) = merge_patch::apply(&original, &patch) {
            prop_assert_eq!(merge_patch::apply(&once, &patch), Ok(once));
        }
    }

    #[test]
    fn a_strategic_patch_changes_nothing_the_second_time(original in plain(), patch in plain()) {
        if let Ok(once) = strategic::apply("Pod", &original, &patch)
            && let Ok(twice) = strategic::apply("Pod", &once, &patch)
        {
            prop_assert_eq!(strategic::apply("Pod", &twice, &patch), Ok(twice));
        }
    }

    #[test]
    fn directives_are_obeyed_or_refused(original in plain(), patch in with_directives()) {
        for kind in ["Pod", "Deployment", "ConfigMap", "Widget"] {
            let patched = strategic::apply(kind, &original, &patch);
            let both_are_objects = original.is_object() && patch.is_object();
            prop_assert!(patched.map_or(true, |it| it.is_object() || !both_are_objects));
        }
    }

    #[test]
    fn a_json_patch_is_applied_whole_or_refused(original in plain(), patch in operations()) {
        if let Ok(patched) = json_patch::apply(&original, &patch) {
            let count = patch.as_array().map_or(0, Vec::len);
            prop_assert!(count > 0 || patched == original);
        }
    }
}
