//! Event.

use serde_json::Value;

use crate::decode::{DecodeError, Decoded};
use crate::object::Body;

use crate::Object;

use super::{Column, Kind, KindInfo, cells};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Event,
    name: "Event",
    group: "",
    version: "v1",
    plural: "events",
    singular: "event",
    short_names: &["ev"],
    namespaced: true,
    in_all: false,
    has_status: false,
    has_generation: false,
    decode,
    default: |_| {},
    validate: |_| Vec::new(),
    validate_update: |_, _| Vec::new(),
    columns: &[
        Column::always("Last Seen"),
        Column::always("Type"),
        Column::always("Reason"),
        Column::always("Object"),
        Column::wide("Subobject"),
        Column::wide("Source"),
        Column::always("Message"),
        Column::wide("First Seen"),
        Column::wide("Count"),
        Column::wide("Name"),
    ],
    cells,
};

fn decode(_document: &Value) -> Result<Decoded<Body>, DecodeError> {
    Err(DecodeError::new("not simulated: events written by clients"))
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(event) = object.event() else { return Vec::new() };
    let involved = &event.involved;
    let kind = involved.kind.info().name.to_ascii_lowercase();
    let source = match &event.host {
        Some(host) if !host.is_empty() => format!("{}, {host}", event.component),
        _ => event.component.to_string(),
    };
    let target = if involved.name.is_empty() { kind } else { format!("{kind}/{}", involved.name) };
    vec![
        cells::since(event.last, now),
        event.event_type.as_str().to_owned(),
        event.reason.to_string(),
        target,
        involved.field_path.as_deref().unwrap_or_default().to_owned(),
        source,
        event.message.trim().to_owned(),
        cells::since(event.first, now),
        event.count.max(1).to_string(),
        object.meta.name.to_string(),
    ]
}
