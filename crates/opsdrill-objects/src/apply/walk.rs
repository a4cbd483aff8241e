//! Walks over one or two documents by the shape of their type: the fields of one, the difference between two, one laid
//! over another. The rules are those of `sigs.k8s.io/structured-merge-diff`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::field_set::FieldSet;
use super::shape::Shape;

/// What differs between two documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    /// Fields that only the first has.
    pub(super) removed: FieldSet,
    /// Fields with another value.
    pub(super) modified: FieldSet,
    /// Fields that only the second has.
    pub(super) added: FieldSet,
}

impl Comparison {
    /// Whether nothing differs.
    pub(super) fn is_same(&self) -> bool {
        self.removed.is_empty() && self.modified.is_empty() && self.added.is_empty()
    }

    fn put(&mut self, step: &str, below: Self) {
        self.removed.put(step.to_owned(), below.removed);
        self.modified.put(step.to_owned(), below.modified);
        self.added.put(step.to_owned(), below.added);
    }
}

/// The fields that a document sets.
pub(super) fn fields(shape: Shape<'_>, value: &Value) -> FieldSet {
    let mut set = FieldSet::default();
    match value {
        Value::Object(map) if !shape.is_atomic() && !map.is_empty() => {
            for (name, value) in map {
                set.put(format!("f:{name}"), fields(shape.field(name), value));
            }
        }
        Value::Array(items) if !shape.is_whole_list() => {
            for item in items {
                let mut below = match shape.keys() {
                    Some(_) => fields(shape.item(), item),
                    None => FieldSet::default(),
                };
                below.is_member = true;
                set.put(step(shape, item), below);
            }
        }
        _ => set.is_member = true,
    }
    set
}

/// How an item of a list is found again: by its keys, or by itself.
fn step(shape: Shape<'_>, item: &Value) -> String {
    match shape.keys() {
        Some(keys) => format!("k:{}", keys.of(item)),
        None => format!("v:{item}"),
    }
}

/// What differs between two documents of one type.
pub(super) fn compare(shape: Shape<'_>, old: Option<&Value>, new: Option<&Value>) -> Comparison {
    let mut found = Comparison::default();
    // Most of two documents is the same, and comparing values is cheap beside naming their fields.
    if old.is_some() && old == new {
        return found;
    }
    let is_map = |it: Option<&Value>| it.is_none_or(|it| it.is_object() || it.is_null());
    let is_list = |it: Option<&Value>| it.is_none_or(|it| it.is_array() || it.is_null());
    let is_bare = is_bare(old) && is_bare(new);
    if !shape.is_atomic() && !is_bare && is_map(old) && is_map(new) {
        let maps = [old, new].map(|it| it.and_then(Value::as_object));
        let names: BTreeSet<&String> = maps.iter().flatten().flat_map(|it| it.keys()).collect();
        for name in names {
            let [old, new] = maps.map(|it| it.and_then(|it| it.get(name)));
            found.put(&format!("f:{name}"), compare(shape.field(name), old, new));
        }
    } else if !shape.is_whole_list() && !is_bare && is_list(old) && is_list(new) {
        let lists =
            [old, new].map(|it| it.and_then(Value::as_array).map_or(&[][..], Vec::as_slice));
        let by_step = lists.map(|items| {
            items
                .iter()
                .map(|it| (step(shape, it), it))
                .collect::<std::collections::BTreeMap<_, _>>()
        });
        let steps: BTreeSet<&String> = by_step.iter().flat_map(|it| it.keys()).collect();
        for step in steps {
            let [old, new] = [&by_step[0], &by_step[1]].map(|it| it.get(step).copied());
            found.put(step, compare(shape.item(), old, new));
        }
    } else {
        match (old, new) {
            (None, _) => found.added.is_member = true,
            (_, None) => found.removed.is_member = true,
            (old, new) => found.modified.is_member = old != new,
        }
        return found;
    }
    // A map or list that is new as a whole is itself a field that was added.
    found.added.is_member = old.is_none();
    found.removed.is_member = new.is_none();
    found
}

/// Whether there is nothing in a value that could be looked at one by one.
fn is_bare(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Object(map)) => map.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(_) => false,
    }
}

/// A document laid over another: what it says counts, what it does not say stays.
pub(super) fn merge(shape: Shape<'_>, live: &Value, config: &Value) -> Value {
    match (live, config) {
        (Value::Object(live), Value::Object(config)) if !shape.is_atomic() => {
            let mut merged = live.clone();
            for (name, value) in config {
                let below = match live.get(name) {
                    Some(old) => merge(shape.field(name), old, value),
                    None => value.clone(),
                };
                merged.insert(name.clone(), below);
            }
            Value::Object(merged)
        }
        (Value::Array(live), Value::Array(config)) if !shape.is_whole_list() => {
            Value::Array(merge_lists(shape, live, config))
        }
        _ => config.clone(),
    }
}

/// The items of both; those of the configuration in its order, the others where they stood between them.
fn merge_lists(shape: Shape<'_>, live: &[Value], config: &[Value]) -> Vec<Value> {
    let steps = |items: &[Value]| items.iter().map(|it| step(shape, it)).collect::<Vec<_>>();
    let (live_steps, config_steps) = (steps(live), steps(config));
    let mut merged = Vec::new();
    let mut next = 0;
    for (item, own) in config.iter().zip(&config_steps) {
        let place = live_steps.iter().position(|it| it == own);
        if let Some(place) = place {
            while next < place {
                if !config_steps.contains(&live_steps[next]) {
                    merged.push(live[next].clone());
                }
                next += 1;
            }
            next = next.max(place + 1);
        }
        merged.push(place.map_or_else(|| item.clone(), |it| merge(shape.item(), &live[it], item)));
    }
    let rest = live.iter().zip(&live_steps).skip(next);
    merged
        .extend(rest.filter(|(_, own)| !config_steps.contains(own)).map(|(item, _)| item.clone()));
    merged
}

/// Takes out of a document what an applier set before (`last`) and what nobody sets now (`kept`).
pub(super) fn prune(shape: Shape<'_>, value: &mut Value, last: &FieldSet, kept: &FieldSet) {
    match value {
        Value::Object(map) => prune_map(shape, map, last, kept),
        Value::Array(items) if !shape.is_whole_list() => items.retain_mut(|item| {
            let step = step(shape, item);
            let Some(before) = last.children.get(&step) else { return true };
            match kept.children.get(&step) {
                None => !before.is_member,
                Some(now) => {
                    prune(shape.item(), item, before, now);
                    true
                }
            }
        }),
        _ => {}
    }
}

fn prune_map(shape: Shape<'_>, map: &mut Map<String, Value>, last: &FieldSet, kept: &FieldSet) {
    for (step, before) in &last.children {
        let Some(name) = step.strip_prefix("f:") else { continue };
        match (kept.children.get(step), map.get_mut(name)) {
            (None, _) => drop(map.remove(name)),
            (Some(now), Some(value)) => prune(shape.field(name), value, before, now),
            (Some(_), None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment() -> Shape<'static> {
        Shape::of("Deployment".into())
    }

    fn containers(items: &Value) -> Value {
        json!({ "spec": { "template": { "spec": { "containers": items } } } })
    }

    #[test]
    fn lists_are_merged_by_their_keys() {
        let live = containers(
            &json!([{ "name": "a", "image": "1" }, { "name": "b", "ports": [{ "containerPort": 1, "protocol": "TCP" }] }]),
        );
        let config = containers(
            &json!([{ "name": "c" }, { "name": "b", "image": "2", "ports": [{ "containerPort": 1, "name": "x" }] }]),
        );
        let merged = containers(&json!([
            { "name": "c" },
            { "name": "a", "image": "1" },
            { "name": "b", "image": "2", "ports": [{ "containerPort": 1, "protocol": "TCP", "name": "x" }] }
        ]));
        assert_eq!(merge(deployment(), &live, &config), merged);
    }

    #[test]
    fn what_was_applied_and_nobody_sets_any_more_goes() {
        let mut value =
            containers(&json!([{ "name": "a", "image": "1", "tty": true }, { "name": "b" }]));
        let last = fields(deployment(), &value);
        let kept = fields(deployment(), &containers(&json!([{ "name": "a", "image": "1" }])));
        prune(deployment(), &mut value, &last, &kept);
        assert_eq!(value, containers(&json!([{ "name": "a", "image": "1" }])));
    }

    #[test]
    fn a_difference_names_whole_items_with_what_is_in_them() {
        let old = containers(&json!([{ "name": "a", "image": "1", "args": ["x"] }]));
        let new =
            containers(&json!([{ "name": "a", "image": "2", "args": ["x"] }, { "name": "b" }]));
        let found = compare(deployment(), Some(&old), Some(&new));
        let below = |fields: Value| json!({ "f:spec": { "f:template": { "f:spec": { "f:containers": fields } } } });
        assert_eq!(
            found.modified.to_value(),
            below(json!({ "k:{\"name\":\"a\"}": { "f:image": {} } }))
        );
        let added = below(json!({ "k:{\"name\":\"b\"}": { ".": {}, "f:name": {} } }));
        assert_eq!(found.added.to_value(), added);
        assert!(found.removed.is_empty());
        let same = compare(deployment(), Some(&new), Some(&new));
        assert!(same.is_same());
    }
}
