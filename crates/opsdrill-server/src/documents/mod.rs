//! Objects and lists as the answers carry them: whole, as a Table, or only their metadata.

pub(crate) mod list;
pub(crate) mod metadata;
pub(crate) mod table;

use std::sync::Arc;

use opsdrill_engine::api::WatchChange;
use opsdrill_objects::kinds::ServedVersion;
use opsdrill_objects::{Kind, Object, Status};
use serde_json::{Value, json};

/// One event of a watch.
pub(crate) fn event(kind: &str, object: &Value) -> Vec<u8> {
    let mut line = format!("{{\"type\":\"{kind}\",\"object\":").into_bytes();
    write(object, &mut line);
    line.extend_from_slice(b"}\n");
    line
}

/// A version in which objects are shown, if it is not the one in which they are stored.
pub(crate) type Served = Option<&'static ServedVersion>;

/// A custom resource in the version of a kind that was asked for; anything else is in it already.
pub(crate) fn in_version(object: &Arc<Object>, kind: Kind) -> Arc<Object> {
    if is_in_version(object, kind) {
        return object.clone();
    }
    let mut shown = (**object).clone();
    shown.show_as(kind);
    Arc::new(shown)
}

/// Whether an object stands in the version of a kind.
pub(crate) fn is_in_version(object: &Object, kind: Kind) -> bool {
    std::ptr::eq(object.kind.info(), kind.info())
}

/// An object in a version.
pub(crate) fn whole(object: &Object, served: Served) -> Value {
    let document = object.to_value();
    match served {
        Some(served) => (served.encode)(document),
        None => document,
    }
}

/// The word for a change.
pub(crate) fn change(change: WatchChange) -> &'static str {
    match change {
        WatchChange::Added => "ADDED",
        WatchChange::Modified => "MODIFIED",
        WatchChange::Deleted => "DELETED",
    }
}

/// Writes a document as JSON.
pub(crate) fn write(document: &Value, out: &mut Vec<u8>) {
    serde_json::to_writer(out, document).expect("a document is JSON and memory takes everything");
}

/// The acknowledgement of a deletion that left nothing behind.
pub(crate) fn deleted(object: &Arc<Object>) -> Value {
    let info = object.kind.info();
    let mut details = json!({
        "name": &*object.meta.name, "kind": info.plural, "uid": object.meta.uid.to_string(),
    });
    if !info.group.is_empty() {
        details["group"] = info.group.into();
    }
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details,
    })
}

/// A refusal as a line of a watch that has begun already.
pub(crate) fn error_event(status: &Status) -> Vec<u8> {
    event("ERROR", &status.to_value())
}
