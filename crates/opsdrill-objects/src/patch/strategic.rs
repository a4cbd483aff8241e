//! Applying a strategic merge patch.
//!
//! The rules are those of apimachinery's `strategicpatch`: `$patch: delete` and `replace`,
//! `$retainKeys`, `$deleteFromPrimitiveList/…`, `$setElementOrder/…`, null for "remove".

use serde_json::Value;

use super::list_order::{
    Identity, Places, check_merge_key, deduplicate, holds_objects, interleave, is_deletion,
    partition,
};
use super::merge_keys::{FieldRule, Schema, Strategy};
use super::{
    DELETE_FROM_LIST_PREFIX, Fields, GO_LIST, PATCH_DIRECTIVE, PatchError, RETAIN_KEYS_DIRECTIVE,
    SET_ELEMENT_ORDER_PREFIX, fields_of,
};
use crate::go_format::default_format;

/// What merging is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A patch is applied to an object: directives are obeyed.
    Apply,
    /// Two patches become one: directives and nulls are kept.
    Combine,
}

/// Applies `patch` to an object of a built-in kind.
///
/// # Errors
/// If the patch is malformed or does not fit the object.
pub fn apply(kind: &str, original: &Value, patch: &Value) -> Result<Value, PatchError> {
    let what = super::GO_MAP;
    let (original, patch) = (fields_of(original, what)?, fields_of(patch, what)?);
    let schema = Schema::of_kind(kind);
    merge_fields(original.clone(), patch.clone(), schema, Mode::Apply).map(Value::Object)
}

pub(super) fn merge_fields(
    mut original: Fields,
    mut patch: Fields,
    schema: Schema,
    mode: Mode,
) -> Result<Fields, PatchError> {
    match patch.get(PATCH_DIRECTIVE) {
        None => {}
        Some(directive) if directive == "replace" => {
            patch.remove(PATCH_DIRECTIVE);
            return Ok(patch);
        }
        Some(directive) if directive == "delete" => return Ok(Fields::new()),
        Some(directive) => return Err(PatchError::unknown_directive(directive, &patch)),
    }
    retain_keys(&mut original, &mut patch, mode)?;
    merge_ordered_lists(&mut original, &mut patch, schema, mode)?;
    for (key, value) in patch {
        merge_field(&mut original, key, value, schema, mode)?;
    }
    Ok(original)
}

/// Obeys `$retainKeys`: of the original, only the listed fields stay.
fn retain_keys(original: &mut Fields, patch: &mut Fields, mode: Mode) -> Result<(), PatchError> {
    let Some(directive) = patch.remove(RETAIN_KEYS_DIRECTIVE) else { return Ok(()) };
    if mode == Mode::Combine {
        let present = original.entry(RETAIN_KEYS_DIRECTIVE).or_insert_with(|| directive.clone());
        if *present == directive {
            return Ok(());
        }
        let (a, b) = (default_format(present), default_format(&directive));
        let text = format!(
            "{a} and {b} are not deep equal: this may happen when calculating the 3-way diff patch"
        );
        return Err(PatchError::Internal(text));
    }
    let malformed = || PatchError::BadRequest("invalid patch format of retainKeys".to_owned());
    let listed = directive.as_array().ok_or_else(malformed)?;
    let is_listed = |key: &str| listed.iter().any(|it| it == key);
    let is_directive = |key: &str| {
        [DELETE_FROM_LIST_PREFIX, SET_ELEMENT_ORDER_PREFIX].iter().any(|it| key.starts_with(it))
    };
    if patch.iter().any(|(key, value)| !value.is_null() && !is_directive(key) && !is_listed(key)) {
        return Err(malformed());
    }
    original.retain(|key, _| is_listed(key));
    Ok(())
}

/// Obeys `$setElementOrder/…`, together with the lists it is about.
fn merge_ordered_lists(
    original: &mut Fields,
    patch: &mut Fields,
    schema: Schema,
    mode: Mode,
) -> Result<(), PatchError> {
    let is_order = |key: &&String| key.starts_with(SET_ELEMENT_ORDER_PREFIX);
    let directives: Vec<String> = patch.keys().filter(is_order).cloned().collect();
    for directive in directives {
        let Some(order) = patch.remove(&directive) else { continue };
        if mode == Mode::Combine {
            let present = original.entry(directive.clone()).or_insert_with(|| order.clone());
            if *present != order {
                return Err(malformed_order());
            }
        }
        let order = order.as_array().ok_or_else(|| PatchError::wrong_type(GO_LIST, &order))?;
        let prefix = format!("{SET_ELEMENT_ORDER_PREFIX}/");
        let key = directive.strip_prefix(&prefix).ok_or_else(malformed_order)?;
        let patched = take_list(patch, key)?;
        let present = take_list(original, key)?;
        if let Some(merged) = merge_ordered(present, patched, order, schema.field(key), mode)? {
            original.insert(key.to_owned(), Value::Array(merged));
        }
    }
    Ok(())
}

fn malformed_order() -> PatchError {
    PatchError::BadRequest("invalid patch format of setElementOrder list".to_owned())
}

fn take_list(fields: &mut Fields, key: &str) -> Result<Option<Vec<Value>>, PatchError> {
    match fields.remove(key) {
        None => Ok(None),
        Some(Value::Array(list)) => Ok(Some(list)),
        Some(other) => Err(PatchError::wrong_type(GO_LIST, &other)),
    }
}

/// A list whose order the patch gives; `None` if neither side has the list.
fn merge_ordered(
    present: Option<Vec<Value>>,
    patched: Option<Vec<Value>>,
    order: &[Value],
    rule: FieldRule,
    mode: Mode,
) -> Result<Option<Vec<Value>>, PatchError> {
    let present_list = present.as_deref().unwrap_or_default().to_vec();
    let patched_list = patched.as_deref().unwrap_or_default().to_vec();
    check_order(&patched_list, order, rule)?;
    let merged = match (present, patched) {
        (None, None) => return Ok(None),
        (Some(present), None) => present,
        (None, Some(patched)) => without_directives_list(patched),
        (Some(present), Some(patched)) => merge_list_field(present, patched, rule, mode)?,
    };
    let identity = identity(rule);
    let (patch_items, server_items) = partition(merged, order, identity)?;
    holds_objects(&[&present_list, &patched_list])?;
    interleave(patch_items, server_items, order, &present_list, identity).map(Some)
}

fn identity(rule: FieldRule) -> Identity<'static> {
    if rule.merge_key.is_empty() { Identity::Scalar } else { Identity::Key(rule.merge_key) }
}

/// The elements of the patch must be in the given order, and be part of it.
fn check_order(patched: &[Value], order: &[Value], rule: FieldRule) -> Result<(), PatchError> {
    if patched.is_empty() || order.is_empty() {
        return Ok(());
    }
    let has_directive = |it: &&Value| it.get(PATCH_DIRECTIVE).is_some();
    let added: Vec<&Value> = patched.iter().filter(|it| !has_directive(it)).collect();
    if !rule.merge_key.is_empty() {
        let all: Vec<Value> = added.iter().copied().chain(order).cloned().collect();
        check_merge_key(&all, rule.merge_key)?;
    }
    let identity = identity(rule);
    let mut remaining = added.iter().peekable();
    for item in order {
        if remaining.peek().is_some_and(|it| identity.of(it) == identity.of(item)) {
            remaining.next();
        }
    }
    if remaining.peek().is_none() {
        return Ok(());
    }
    let patched = default_format(&Value::from(patched.to_vec()));
    let order = default_format(&Value::from(order.to_vec()));
    Err(PatchError::Internal(format!(
        "The order in patch list:\n{patched}\n doesn't match {SET_ELEMENT_ORDER_PREFIX} list:\n{order}\n"
    )))
}

fn merge_field(
    original: &mut Fields,
    key: String,
    value: Value,
    schema: Schema,
    mode: Mode,
) -> Result<(), PatchError> {
    if key.starts_with(DELETE_FROM_LIST_PREFIX) {
        return delete_from_list(original, key, value, mode);
    }
    if value.is_null() {
        original.remove(&key);
        if mode == Mode::Combine {
            original.insert(key, Value::Null);
        }
        return Ok(());
    }
    let rule = schema.field(&key);
    let merged = match (original.remove(&key), value) {
        (Some(Value::Object(present)), Value::Object(patched)) => {
            if rule.strategy == Strategy::Replace {
                Some(Value::Object(patched))
            } else {
                Some(Value::Object(merge_fields(present, patched, rule.schema(), mode)?))
            }
        }
        (Some(Value::Array(present)), Value::Array(patched)) => {
            Some(Value::Array(merge_list_field(present, patched, rule, mode)?))
        }
        (_, mut added) => {
            if mode == Mode::Apply {
                discard_nulls(&mut added);
            }
            without_directives(added)
        }
    };
    if let Some(merged) = merged {
        original.insert(key, merged);
    }
    Ok(())
}

/// Obeys `$deleteFromPrimitiveList/…`.
fn delete_from_list(
    original: &mut Fields,
    directive: String,
    value: Value,
    mode: Mode,
) -> Result<(), PatchError> {
    if mode == Mode::Combine {
        original.insert(directive, value);
        return Ok(());
    }
    let prefix = format!("{DELETE_FROM_LIST_PREFIX}/");
    let Some(key) = directive.strip_prefix(&prefix) else {
        let text = "invalid patch format of primitive list";
        return Err(PatchError::BadRequest(text.to_owned()));
    };
    if value.is_null() {
        original.remove(key);
    }
    let (Some(Value::Array(present)), Value::Array(deleted)) = (original.get_mut(key), value)
    else {
        return Ok(());
    };
    let deleted = Places::new(&deleted, Identity::Scalar);
    present.retain(|it| deleted.get(it, Identity::Scalar).is_none());
    Ok(())
}

fn merge_list_field(
    present: Vec<Value>,
    patched: Vec<Value>,
    rule: FieldRule,
    mode: Mode,
) -> Result<Vec<Value>, PatchError> {
    if rule.strategy != Strategy::Merge {
        return Ok(patched);
    }
    if present.is_empty() && patched.is_empty() {
        return Ok(present);
    }
    if !holds_objects(&[&present, &patched])? {
        let both = deduplicate(present.iter().chain(&patched).cloned().collect());
        let (patch_items, server_items) = partition(both, &patched, Identity::Scalar)?;
        return interleave(patch_items, server_items, &patched, &present, Identity::Scalar);
    }
    if rule.merge_key.is_empty() {
        let name = rule.schema().name();
        let text = format!("cannot merge lists without merge key for {name}");
        return Err(PatchError::Internal(text));
    }
    let (present, patched) = obey_element_directives(present, patched, rule.merge_key)?;
    let merged = merge_elements(present.clone(), &patched, rule, mode)?;
    let identity = Identity::Key(rule.merge_key);
    let (patch_items, server_items) = partition(merged, &patched, identity)?;
    interleave(patch_items, server_items, &patched, &present, identity)
}

/// Obeys `$patch: delete` and `replace` in elements; returns what is left of both lists.
fn obey_element_directives(
    mut present: Vec<Value>,
    patched: Vec<Value>,
    merge_key: &str,
) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
    let mut elements = Vec::with_capacity(patched.len());
    let mut replace = false;
    for item in patched {
        match item.get(PATCH_DIRECTIVE) {
            None => elements.push(item),
            Some(_) if is_deletion(&item) => {
                check_merge_key(std::slice::from_ref(&item), merge_key)?;
                present.retain(|it| it.get(merge_key) != item.get(merge_key));
            }
            Some(directive) if directive == "replace" => replace = true,
            Some(directive) if directive == "merge" => {
                let text = "merging lists cannot yet be specified in the patch";
                return Err(PatchError::Internal(text.to_owned()));
            }
            Some(directive) => {
                let fields = fields_of(&item, super::GO_MAP)?;
                return Err(PatchError::unknown_directive(directive, fields));
            }
        }
    }
    if replace { Ok((elements, Vec::new())) } else { Ok((present, elements)) }
}

fn merge_elements(
    mut merged: Vec<Value>,
    patched: &[Value],
    rule: FieldRule,
    mode: Mode,
) -> Result<Vec<Value>, PatchError> {
    check_merge_key(patched, rule.merge_key)?;
    let identity = Identity::Key(rule.merge_key);
    let mut places = Places::new(&merged, identity);
    for item in patched {
        let Some(place) = places.get(item, identity) else {
            places.add(item, merged.len(), identity);
            merged.push(item.clone());
            continue;
        };
        let (Value::Object(present), Value::Object(patch)) = (merged[place].take(), item) else {
            return Err(PatchError::wrong_type(super::GO_MAP, item));
        };
        let element = merge_fields(present, patch.clone(), rule.schema(), mode)?;
        merged[place] = Value::Object(element);
    }
    Ok(merged)
}

/// A value of the patch without the parts that are directives; `None` if it is one itself.
fn without_directives(value: Value) -> Option<Value> {
    match value {
        Value::Object(fields) if fields.contains_key(PATCH_DIRECTIVE) => None,
        Value::Object(fields) => {
            let kept = fields.into_iter();
            let kept = kept.filter_map(|(key, it)| without_directives(it).map(|it| (key, it)));
            Some(Value::Object(kept.collect()))
        }
        Value::Array(items) => Some(Value::Array(without_directives_list(items))),
        scalar => Some(scalar),
    }
}

fn without_directives_list(items: Vec<Value>) -> Vec<Value> {
    items.into_iter().filter_map(without_directives).collect()
}

/// Removes fields that are null, at any depth.
fn discard_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, it| !it.is_null());
            fields.values_mut().for_each(discard_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(discard_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(spec: &Value) -> Value {
        json!({"spec": spec})
    }

    fn check(kind: &str, original: &Value, patch: &Value, expected: &Value) {
        assert_eq!(apply(kind, original, patch).as_ref(), Ok(expected), "{patch}");
    }

    fn check_error(original: &Value, patch: &Value, error: &PatchError) {
        assert_eq!(apply("Pod", original, patch).as_ref(), Err(error));
    }

    #[test]
    fn merges_containers_by_name() {
        let original = pod(&json!({"containers": [
            {"name": "a", "image": "x:1", "env": [{"name": "A", "value": "1"}]},
            {"name": "b", "image": "y:1"},
        ]}));
        let patch = pod(&json!({"containers": [
            {"name": "b", "image": "y:2"},
            {"name": "a", "env": [{"name": "B", "value": "2"}]},
        ]}));
        // The patched elements are in the patch's order, before those that only the server has.
        let expected = pod(&json!({"containers": [
            {"name": "b", "image": "y:2"},
            {
                "name": "a",
                "image": "x:1",
                "env": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
            },
        ]}));
        check("Pod", &original, &patch, &expected);
    }

    #[test]
    fn obeys_directives_in_lists() {
        let original = pod(&json!({"containers": [{"name": "a"}, {"name": "b"}]}));
        let delete = pod(&json!({"containers": [{"name": "a", "$patch": "delete"}]}));
        check("Pod", &original, &delete, &pod(&json!({"containers": [{"name": "b"}]})));
        let replace = pod(&json!({"containers": [{"$patch": "replace"}, {"name": "c"}]}));
        check("Pod", &original, &replace, &pod(&json!({"containers": [{"name": "c"}]})));
    }

    #[test]
    fn obeys_directives_in_maps() {
        let original = json!({"spec": {"template": {"metadata": {"labels": {"a": "1"}}}}});
        let patch = json!({"spec": {"template": {
            "$patch": "replace", "metadata": {"labels": {"b": "2"}},
        }}});
        let expected = json!({"spec": {"template": {"metadata": {"labels": {"b": "2"}}}}});
        check("DaemonSet", &original, &patch, &expected);
        let patch = json!({"spec": {"template": {"$patch": "delete"}}});
        check("DaemonSet", &original, &patch, &json!({"spec": {"template": {}}}));
    }

    #[test]
    fn retains_only_the_listed_keys_of_a_union() {
        let original = json!({"spec": {"strategy": {
            "type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1},
        }}});
        let patch = json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}});
        let expected = json!({"spec": {"strategy": {"type": "Recreate"}}});
        check("Deployment", &original, &patch, &expected);
        let patch = json!({"spec": {"strategy": {"$retainKeys": [], "type": "Recreate"}}});
        let error = PatchError::BadRequest("invalid patch format of retainKeys".to_owned());
        assert_eq!(apply("Deployment", &original, &patch), Err(error));
    }

    #[test]
    fn merges_and_deletes_scalars() {
        let original = json!({"metadata": {"finalizers": ["a", "b"]}});
        let patch = json!({"metadata": {"finalizers": ["c", "a"]}});
        let expected = json!({"metadata": {"finalizers": ["c", "a", "b"]}});
        check("Pod", &original, &patch, &expected);
        let patch = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}});
        check("Pod", &original, &patch, &json!({"metadata": {"finalizers": ["b"]}}));
    }

    #[test]
    fn orders_elements_and_keeps_those_of_the_server() {
        let names = |names: &[&str]| {
            let items: Vec<Value> = names.iter().map(|it| json!({"name": it})).collect();
            pod(&json!({ "containers": items }))
        };
        let mut patch = json!({"spec": {
            "$setElementOrder/containers": [{"name": "c"}, {"name": "a"}],
        }});
        check("Pod", &names(&["a", "b", "c"]), &patch, &names(&["b", "c", "a"]));
        patch["spec"]["containers"] = json!([{"name": "a"}, {"name": "c"}]);
        let refused = apply("Pod", &names(&["a"]), &patch).unwrap_err().to_string();
        let text = "The order in patch list:\n[map[name:a] map[name:c]]\n doesn't match \
            $setElementOrder list:\n[map[name:c] map[name:a]]\n";
        assert_eq!(refused, text);
    }

    #[test]
    fn null_removes_and_is_never_stored() {
        let original = json!({"spec": {"paused": true}, "metadata": {"labels": {"a": "1"}}});
        let patch = json!({"spec": {"paused": null, "strategy": {"type": null}}});
        let expected = json!({"spec": {"strategy": {}}, "metadata": {"labels": {"a": "1"}}});
        check("Deployment", &original, &patch, &expected);
    }

    #[test]
    fn replaces_lists_without_a_strategy_and_values_of_another_type() {
        let original = pod(&json!({"tolerations": [{"key": "a"}], "x": {"y": 1}}));
        let patch = pod(&json!({"tolerations": [{"key": "b"}], "x": "z"}));
        check("Pod", &original, &patch, &patch);
    }

    #[test]
    fn refuses_what_the_api_server_refuses() {
        let original = pod(&json!({"containers": [{"name": "a"}]}));
        let internal = |text: &str| PatchError::Internal(text.to_owned());
        check_error(
            &original,
            &pod(&json!({"containers": [{"image": "x"}]})),
            &internal("map: map[image:x] does not contain declared merge key: name"),
        );
        check_error(
            &original,
            &pod(&json!({"$patch": "drop"})),
            &internal("unknown patch type: drop in map: map[$patch:drop]"),
        );
        check_error(
            &original,
            &pod(&json!({"$setElementOrder/containers": {}})),
            &internal("expected a []interface {}, but received a map[string]interface {}"),
        );
    }
}
