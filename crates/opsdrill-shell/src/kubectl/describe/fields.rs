//! Reading the fields of a document for a description.

use opsdrill_objects::pod::Pod;
use opsdrill_objects::selector::format_label_selector;
use opsdrill_objects::{Kind, Object, Status, decode, timestamp};
use serde_json::Value;

use crate::kubectl::context::Context;

use super::{Description, pod_template};

/// The value at a JSON pointer as Go prints it; empty if there is none.
pub(super) fn text(document: &Value, pointer: &str) -> String {
    document.pointer(pointer).map(plain).unwrap_or_default()
}

/// The same, something else instead of nothing.
pub(super) fn text_or(document: &Value, pointer: &str, instead: &str) -> String {
    let found = text(document, pointer);
    if found.is_empty() { instead.to_owned() } else { found }
}

/// A plain value as Go prints it.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(" "))
        }
        other => other.to_string(),
    }
}

/// `True`, `False` or what an absent switch is called.
pub(super) fn switch(document: &Value, pointer: &str, absent: &str) -> String {
    match document.pointer(pointer) {
        Some(Value::Bool(true)) => "True".to_owned(),
        Some(Value::Bool(false)) => "False".to_owned(),
        _ => absent.to_owned(),
    }
}

/// A whole number; 0 if there is none.
pub(super) fn number(document: &Value, pointer: &str) -> i64 {
    document.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

/// The elements of a list.
pub(super) fn list<'a>(document: &'a Value, pointer: &str) -> &'a [Value] {
    document.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The texts of a list.
pub(super) fn texts(document: &Value, pointer: &str) -> Vec<String> {
    list(document, pointer).iter().map(plain).collect()
}

/// Names and values of a map in order.
pub(super) fn pairs(document: &Value, pointer: &str) -> Vec<(String, String)> {
    let map = document.pointer(pointer).and_then(Value::as_object);
    let mut pairs: Vec<(String, String)> =
        map.into_iter().flatten().map(|(key, it)| (key.clone(), plain(it))).collect();
    pairs.sort();
    pairs
}

/// A moment as `Sun, 22 Nov 2026 21:26:17 +0000`, if there is one.
pub(super) fn date(document: &Value, pointer: &str) -> Option<String> {
    seconds(document, pointer).map(timestamp::format_describe)
}

/// A moment in Unix seconds, if there is one.
pub(super) fn seconds(document: &Value, pointer: &str) -> Option<i64> {
    timestamp::parse(document.pointer(pointer)?.as_str()?).ok()
}

/// A label selector in its text form; `absent` if there is none.
pub(super) fn selector(document: &Value, pointer: &str, absent: &str) -> String {
    let found = document.pointer(pointer).filter(|it| !it.is_null());
    let read = found.and_then(decode::label_selector);
    match read {
        Some(selector) => format_label_selector(Some(&selector)),
        None => absent.to_owned(),
    }
}

/// Writes the pod template at a place.
pub(super) fn template(document: &Value, pointer: &str, out: &mut Description) {
    let template = document.pointer(pointer).and_then(decode::pod_template).unwrap_or_default();
    pod_template::describe(&template, out);
}

/// Writes how many of an object's own pods are in which phase.
pub(super) fn pods_status(
    context: &mut Context,
    object: &Object,
    selector: &str,
    out: &mut Description,
) -> Result<(), Status> {
    let (pods, _) = context.list(Kind::Pod, object.meta.namespace(), selector, "")?;
    let own = pods
        .iter()
        .filter(|it| it.meta.controller().is_some_and(|owner| owner.uid == object.meta.uid));
    let phases: Vec<&str> = own.filter_map(|it| it.pod()).map(Pod::phase).collect();
    let count = |phase: &str| phases.iter().filter(|it| **it == phase).count();
    out.field(
        0,
        "Pods Status",
        format!(
            "{} Running / {} Waiting / {} Succeeded / {} Failed",
            count("Running"),
            count("Pending"),
            count("Succeeded"),
            count("Failed")
        ),
    );
    Ok(())
}

/// `RWO,ROX`, as access modes are shortened.
pub(super) fn access_modes(document: &Value, pointer: &str) -> String {
    let short = |mode: &String| match mode.as_str() {
        "ReadWriteOnce" => "RWO".to_owned(),
        "ReadOnlyMany" => "ROX".to_owned(),
        "ReadWriteMany" => "RWX".to_owned(),
        "ReadWriteOncePod" => "RWOP".to_owned(),
        other => other.to_owned(),
    };
    texts(document, pointer).iter().map(short).collect::<Vec<_>>().join(",")
}
