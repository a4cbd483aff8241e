//! Lists. None is ever changed: each function answers a new one.

use std::rc::Rc;

use opsdrill_template::{Element, Value, print};

use super::reflection::is_deep_equal;
use crate::arguments::{NIL_POINTER, elements, int, kind_of, list};
use crate::conversion::{int64, is_empty, texts};

type Answer = Result<Value, String>;

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn make(arguments: &[Value]) -> Answer {
    Ok(Value::list(arguments.to_vec()))
}

pub(super) fn append(arguments: &[Value]) -> Answer {
    let mut items = list(&arguments[0], "Cannot push on type {}")?.to_vec();
    items.push(arguments[1].clone());
    Ok(Value::list(items))
}

pub(super) fn prepend(arguments: &[Value]) -> Answer {
    let items = list(&arguments[0], "Cannot prepend on type {}")?;
    Ok(Value::list([&arguments[1..], &items].concat()))
}

pub(super) fn first(arguments: &[Value]) -> Answer {
    let items = list(&arguments[0], "Cannot find first on type {}")?;
    Ok(items.first().cloned().unwrap_or_default())
}

pub(super) fn last(arguments: &[Value]) -> Answer {
    let items = list(&arguments[0], "Cannot find last on type {}")?;
    Ok(items.last().cloned().unwrap_or_default())
}

/// All but the first; nothing of nothing.
pub(super) fn rest(arguments: &[Value]) -> Answer {
    let items = list(&arguments[0], "Cannot find rest on type {}")?;
    Ok(items.get(1..).map_or_else(nothing, |it| Value::list(it.to_vec())))
}

/// All but the last; nothing of nothing.
pub(super) fn initial(arguments: &[Value]) -> Answer {
    let items = list(&arguments[0], "Cannot find initial on type {}")?;
    Ok(items.split_last().map_or_else(nothing, |(_, it)| Value::list(it.to_vec())))
}

/// A list that is nil: empty, but null as a document.
fn nothing() -> Value {
    Value::nil_list(Element::Any)
}

pub(super) fn reverse(arguments: &[Value]) -> Answer {
    let items = list(&arguments[0], "Cannot find reverse on type {}")?;
    Ok(Value::list(items.iter().rev().cloned().collect()))
}

pub(super) fn compact(arguments: &[Value]) -> Answer {
    let items = list(&arguments[0], "Cannot compact on type {}")?;
    Ok(Value::list(items.iter().filter(|it| !is_empty(it)).cloned().collect()))
}

pub(super) fn uniq(arguments: &[Value]) -> Answer {
    let items = list(&arguments[0], "Cannot find uniq on type {}")?;
    let mut kept: Vec<Value> = Vec::new();
    for item in items.iter() {
        if !kept.iter().any(|it| is_deep_equal(it, item)) {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

pub(super) fn without(arguments: &[Value]) -> Answer {
    let items = list(&arguments[0], "Cannot find without on type {}")?;
    let goes = |item: &Value| arguments[1..].iter().any(|it| is_deep_equal(it, item));
    Ok(Value::list(items.iter().filter(|it| !goes(it)).cloned().collect()))
}

pub(super) fn has(arguments: &[Value]) -> Answer {
    if let Value::Nil = arguments[1] {
        return Ok(Value::Bool(false));
    }
    let items = list(&arguments[1], "Cannot find has on type {}")?;
    Ok(Value::Bool(items.iter().any(|it| is_deep_equal(&arguments[0], it))))
}

/// A part of a list: from the first place to before the second.
pub(super) fn slice(arguments: &[Value]) -> Answer {
    let items = list(&arguments[0], "list should be type of slice or array but {}")?;
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let length = items.len() as i64;
    let start = arguments.get(1).map_or(0, int64);
    let end = arguments.get(2).map_or(length, int64);
    if start < 0 || end > length || start > end {
        return Err("reflect.Value.Slice: slice index out of bounds".to_owned());
    }
    let part = items[start as usize..end as usize].to_vec();
    Ok(match crate::arguments::items(&arguments[0]) {
        Some(whole) => Value::list_of(whole.element(), part),
        None => Value::list(part),
    })
}

pub(super) fn concat(arguments: &[Value]) -> Answer {
    let mut joined = Vec::new();
    for argument in arguments {
        if let Value::Nil = argument {
            return Err(NIL_POINTER.to_owned());
        }
        let Some(items) = elements(argument) else {
            return Err(format!("Cannot concat type {} as list", kind_of(argument)));
        };
        joined.extend(items.iter().cloned());
    }
    Ok(if arguments.is_empty() { nothing() } else { Value::list(joined) })
}

pub(super) fn chunk(arguments: &[Value]) -> Answer {
    let size = int(arguments, 0);
    let items: Rc<[Value]> = list(&arguments[1], "Cannot chunk type {}")?;
    let Some(size) = usize::try_from(size).ok().filter(|it| *it > 0) else {
        return Err("runtime error: makeslice: len out of range".to_owned());
    };
    let chunks = items.chunks(size).map(|it| Value::list(it.to_vec())).collect();
    Ok(Value::list_of(Element::List, chunks))
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn join(arguments: &[Value]) -> Answer {
    Ok(texts(&arguments[1]).join(crate::arguments::text(arguments, 0)).into())
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn sort_alpha(arguments: &[Value]) -> Answer {
    let mut sorted = match &arguments[0] {
        Value::Nil => vec![print::display(&Value::Nil)],
        other => texts(other),
    };
    sorted.sort();
    Ok(Value::texts(sorted))
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn to_strings(arguments: &[Value]) -> Answer {
    Ok(Value::texts(texts(&arguments[0])))
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn split_list(arguments: &[Value]) -> Answer {
    Ok(Value::texts(pieces(arguments, 1, usize::MAX)))
}

/// The pieces between separators; without a separator every character is one.
fn pieces(arguments: &[Value], whole: usize, most: usize) -> Vec<String> {
    let (separator, whole) =
        (crate::arguments::text(arguments, 0), crate::arguments::text(arguments, whole));
    if !separator.is_empty() {
        return whole.splitn(most, separator).map(str::to_owned).collect();
    }
    let characters: Vec<String> = whole.chars().map(String::from).collect();
    if characters.len() <= most {
        return characters;
    }
    let (alone, rest) = characters.split_at(most - 1);
    [alone, &[rest.concat()]].concat()
}

fn numbered(pieces: Vec<String>) -> Value {
    let field = |(index, it): (usize, String)| (format!("_{index}"), Value::from(it));
    Value::map_of(opsdrill_template::MapType::Text, pieces.into_iter().enumerate().map(field))
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn split(arguments: &[Value]) -> Answer {
    Ok(numbered(pieces(arguments, 1, usize::MAX)))
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
pub(super) fn splitn(arguments: &[Value]) -> Answer {
    let count = int(arguments, 1);
    if count == 0 {
        return Ok(numbered(Vec::new()));
    }
    Ok(numbered(pieces(arguments, 2, usize::try_from(count).unwrap_or(usize::MAX))))
}
