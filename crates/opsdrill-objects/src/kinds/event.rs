//! Event.

use serde_json::Value;

use crate::decode::{DecodeError, Decoded};
use crate::object::Body;

use super::{Column, Kind, KindInfo};

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
    columns: &[Column::always("Name")],
    cells: |object, _| vec![object.meta.name.to_string()],
};

fn decode(_document: &Value) -> Result<Decoded<Body>, DecodeError> {
    Err(DecodeError::new("not simulated: events written by clients"))
}
