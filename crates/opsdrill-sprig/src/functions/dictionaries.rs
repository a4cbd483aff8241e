//! Maps, which their holders share: `set`, `unset` and `merge` change the one they are given.

use std::collections::BTreeMap;

use opsdrill_template::{Fields, Items, Value};

use crate::arguments::{map, text};
use crate::conversion::{is_empty, text as shown};

type Answer = Result<Value, String>;

/// How deep maps are merged or copied; Go would not come back from one that holds itself.
const DEPTH_MAX: usize = 500;

const INTO_NIL: &str = "assignment to entry in nil map";

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn make(arguments: &[Value]) -> Answer {
    let field = |pair: &[Value]| (shown(&pair[0]), pair.get(1).cloned().unwrap_or("".into()));
    Ok(Value::map(arguments.chunks(2).map(field)))
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn get(arguments: &[Value]) -> Answer {
    let found = map(arguments, 0).and_then(|it| it.borrow().get(text(arguments, 1)).cloned());
    Ok(found.unwrap_or("".into()))
}

pub(super) fn set(arguments: &[Value]) -> Answer {
    let Some(fields) = map(arguments, 0) else { return Err(INTO_NIL.to_owned()) };
    fields.borrow_mut().insert(text(arguments, 1).to_owned(), arguments[2].clone());
    Ok(arguments[0].clone())
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn unset(arguments: &[Value]) -> Answer {
    if let Some(fields) = map(arguments, 0) {
        fields.borrow_mut().remove(text(arguments, 1));
        return Ok(arguments[0].clone());
    }
    Ok(Value::map([]))
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn has_key(arguments: &[Value]) -> Answer {
    Ok(map(arguments, 0).is_some_and(|it| it.borrow().contains_key(text(arguments, 1))).into())
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn pluck(arguments: &[Value]) -> Answer {
    let key = text(arguments, 0);
    let maps = (1..arguments.len()).filter_map(|it| map(arguments, it));
    Ok(Value::list(maps.filter_map(|it| it.borrow().get(key).cloned()).collect()))
}

/// The keys of all maps one after another. Go's order is random; this is the sorted one.
#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn keys(arguments: &[Value]) -> Answer {
    let maps = (0..arguments.len()).filter_map(|it| map(arguments, it));
    Ok(Value::texts(maps.flat_map(|it| it.borrow().keys().cloned().collect::<Vec<_>>())))
}

/// The values, in the order of their keys; Go's order is random.
#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn values(arguments: &[Value]) -> Answer {
    let values = map(arguments, 0).map(|it| it.borrow().values().cloned().collect());
    Ok(Value::list(values.unwrap_or_default()))
}

fn chosen(arguments: &[Value], takes_named: bool) -> Value {
    let names: Vec<&str> = (1..arguments.len()).map(|it| text(arguments, it)).collect();
    let Some(fields) = map(arguments, 0) else { return Value::map([]) };
    let fields = fields.borrow();
    let kept = fields.iter().filter(|(key, _)| names.contains(&key.as_str()) == takes_named);
    Value::map(kept.map(|(key, it)| (key.clone(), it.clone())))
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn pick(arguments: &[Value]) -> Answer {
    Ok(chosen(arguments, true))
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn omit(arguments: &[Value]) -> Answer {
    Ok(chosen(arguments, false))
}

/// What a path of keys leads to, or the value before the last argument.
pub(super) fn dig(arguments: &[Value]) -> Answer {
    let [path @ .., otherwise, whole] = arguments else {
        return Err("dig needs at least three arguments".to_owned());
    };
    if path.is_empty() {
        return Err("dig needs at least three arguments".to_owned());
    }
    let mut found = whole.clone();
    for key in path {
        let Value::Map(fields) = &found else {
            return Err(not_of(&found, "map[string]interface {}"));
        };
        let Value::Text(key) = key else { return Err(not_of(key, "string")) };
        let next = fields.borrow().get(&**key).cloned();
        let Some(next) = next else { return Ok(otherwise.clone()) };
        found = next;
    }
    Ok(found)
}

fn not_of(value: &Value, expected: &str) -> String {
    let found = if let Value::Nil = value { "nil" } else { value.type_name() };
    format!("interface conversion: interface {{}} is {found}, not {expected}")
}

/// Fills what a map lacks, or overwrites what it has; maps inside are shared, not copied.
fn merge_into(
    target: &Fields,
    source: &Fields,
    overwrites: bool,
    depth: usize,
) -> Result<(), String> {
    if depth > DEPTH_MAX {
        return Err(format!("maps are nested deeper than {DEPTH_MAX}"));
    }
    if target.is_same(source) {
        return Ok(());
    }
    let entries: BTreeMap<String, Value> = source.borrow().clone();
    for (key, given) in entries {
        let known = target.borrow().get(&key).cloned();
        if let Value::Nil = given {
            if overwrites {
                target.borrow_mut().insert(key, given);
            }
            continue;
        }
        if let (Some(Value::Map(inner)), Value::Map(given)) = (&known, &given) {
            merge_into(inner, given, overwrites, depth + 1)?;
            if !inner.borrow().is_empty() {
                continue;
            }
        }
        if overwrites || known.as_ref().is_none_or(is_empty) {
            target.borrow_mut().insert(key, given);
        }
    }
    Ok(())
}

fn merged(arguments: &[Value], overwrites: bool) -> Answer {
    let merged = match &arguments[0] {
        Value::Nil => Value::map([]),
        given => given.clone(),
    };
    for index in 1..arguments.len() {
        if let (Value::Map(target), Some(source)) = (&merged, map(arguments, index)) {
            merge_into(target, source, overwrites, 0)?;
        }
    }
    Ok(merged)
}

pub(super) fn merge(arguments: &[Value]) -> Answer {
    merged(arguments, false)
}

pub(super) fn merge_overwrite(arguments: &[Value]) -> Answer {
    merged(arguments, true)
}

pub(super) fn deep_copy(arguments: &[Value]) -> Answer {
    if let Value::Nil = arguments[0] {
        return Err("reflect: call of reflect.Value.Type on zero Value".to_owned());
    }
    copied(&arguments[0], 0)
}

fn copied(value: &Value, depth: usize) -> Answer {
    if depth > DEPTH_MAX {
        return Err(format!("maps are nested deeper than {DEPTH_MAX}"));
    }
    Ok(match value {
        Value::Map(fields) => {
            let mut copies = Vec::new();
            for (key, it) in fields.borrow().iter() {
                copies.push((key.clone(), copied(it, depth + 1)?));
            }
            Value::map_of(fields.kind(), copies)
        }
        Value::List(items) => copied_list(items, depth)?,
        other => other.clone(),
    })
}

fn copied_list(items: &Items, depth: usize) -> Answer {
    let copies: Result<Vec<Value>, String> = items.iter().map(|it| copied(it, depth + 1)).collect();
    Ok(Value::list_of(items.element(), copies?))
}
