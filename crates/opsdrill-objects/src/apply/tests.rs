//! Who owns what after creations, changes and applies.

use serde_json::json;

use super::*;

fn owner(manager: &str, operation: Operation) -> Owner {
    Owner {
        manager: manager.to_owned(),
        operation,
        api_version: "v1".to_owned(),
        subresource: String::new(),
    }
}

fn config_map(data: &Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "ssa" }, "data": data })
}

fn fields_of(managers: &Managers, name: &str) -> Value {
    let entries = managers.to_value();
    let found = entries.as_array().unwrap().iter().find(|it| it["manager"] == name);
    found.map_or(Value::Null, |it| it["fieldsV1"].clone())
}

/// The object of the recording `097-get-deploy-managed`, as it was created, and who owned what of it.
const CREATED: &str = include_str!("tests/created.json");
const CREATED_FIELDS: &str = include_str!("tests/created_fields.json");

#[test]
fn who_creates_owns_all_that_is_not_there_anyway() {
    let created: Value = serde_json::from_str(CREATED).unwrap();
    let expected: Value = serde_json::from_str(CREATED_FIELDS).unwrap();
    let mut managers = Managers::default();
    track("Deployment", &owner("kubectl", Operation::Update), None, &created, &mut managers);
    assert_eq!(fields_of(&managers, "kubectl"), expected);
}

#[test]
fn a_status_belongs_to_who_reports_it() {
    let created: Value = serde_json::from_str(CREATED).unwrap();
    let mut old = created.clone();
    old["status"] = json!({});
    let mut new = created;
    new["status"] = json!({
        "observedGeneration": 1,
        "conditions": [{ "type": "Available", "status": "True" }]
    });
    new["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = json!("1");
    let mut managers = Managers::default();
    track("Deployment", &owner("kcm", Operation::Update), Some(&old), &new, &mut managers);
    let expected = json!({
        "f:metadata": { "f:annotations": { "f:deployment.kubernetes.io/revision": {} } },
        "f:status": {
            "f:conditions": { ".": {}, "k:{\"type\":\"Available\"}": { ".": {}, "f:status": {}, "f:type": {} } },
            "f:observedGeneration": {}
        }
    });
    assert_eq!(fields_of(&managers, "kcm"), expected);
}

/// The recordings `235-ssa-create` to `239-ssa-get-managed`.
#[test]
fn appliers_own_what_they_apply_and_others_conflict() {
    let mut managers = Managers::default();
    let (kubectl, other) = (owner("kubectl", Operation::Apply), owner("other", Operation::Apply));
    let one = config_map(&json!({ "k": "1" }));
    let two = config_map(&json!({ "k": "2" }));
    let live = apply("ConfigMap", &kubectl, None, &one, false, &mut managers).unwrap();
    assert!(live.is_changed);
    assert_eq!(fields_of(&managers, "kubectl"), json!({ "f:data": { "f:k": {} } }));
    let live = live.document;
    let again = apply("ConfigMap", &kubectl, Some(&live), &one, false, &mut managers).unwrap();
    assert!(!again.is_changed);
    let refused = apply("ConfigMap", &other, Some(&live), &two, false, &mut managers.clone());
    let refused = refused.err().unwrap();
    assert_eq!(
        refused.message,
        r#"Apply failed with 1 conflict: conflict with "kubectl": .data.k"#
    );
    assert_eq!((refused.code, refused.reason), (409, "Conflict"));
    let taken = apply("ConfigMap", &other, Some(&live), &two, true, &mut managers).unwrap();
    assert_eq!(taken.document["data"], json!({ "k": "2" }));
    assert_eq!(fields_of(&managers, "kubectl"), Value::Null);
    assert_eq!(fields_of(&managers, "other"), json!({ "f:data": { "f:k": {} } }));
}

#[test]
fn several_conflicts_are_listed_by_owner() {
    let mut managers = Managers::default();
    let live = config_map(&json!({ "a": "1", "b": "1", "c": "1" }));
    track("ConfigMap", &owner("edit", Operation::Update), None, &live, &mut managers);
    let config = config_map(&json!({ "a": "2", "b": "2", "c": "1" }));
    let me = owner("me", Operation::Apply);
    let refused = apply("ConfigMap", &me, Some(&live), &config, false, &mut managers);
    let text =
        "Apply failed with 2 conflicts: conflicts with \"edit\" using v1:\n- .data.a\n- .data.b";
    assert_eq!(refused.err().unwrap().message, text);
}

#[test]
fn what_is_applied_no_more_goes_unless_somebody_else_owns_it() {
    let mut managers = Managers::default();
    let (me, you) = (owner("me", Operation::Apply), owner("you", Operation::Apply));
    let both = config_map(&json!({ "a": "1", "b": "1" }));
    let live = apply("ConfigMap", &me, None, &both, false, &mut managers).unwrap().document;
    let b = config_map(&json!({ "b": "1" }));
    let live = apply("ConfigMap", &you, Some(&live), &b, false, &mut managers).unwrap().document;
    let none = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "ssa" } });
    let live = apply("ConfigMap", &me, Some(&live), &none, false, &mut managers).unwrap().document;
    assert_eq!(live["data"], json!({ "b": "1" }));
    let live = apply("ConfigMap", &you, Some(&live), &none, false, &mut managers).unwrap().document;
    assert_eq!(live.get("data"), None);
    assert!(managers.is_empty());
}

#[test]
fn managed_fields_are_read_as_they_were_written() {
    let mut managers = Managers::default();
    let me = owner("me", Operation::Update);
    track("ConfigMap", &me, None, &config_map(&json!({ "a": "1" })), &mut managers);
    managers.stamp(&me, "2026-11-22T21:28:34Z");
    assert_eq!(Managers::from_value(&managers.to_value()), Some(managers));
    assert_eq!(Managers::from_value(&json!([{}])), None);
}
