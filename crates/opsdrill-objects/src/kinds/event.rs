//! Event.

use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::events::v1 as events;
use serde_json::Value;

use crate::decode::{self, DecodeError, Decoded};
use crate::event::{Event, EventType, Involved};
use crate::field_error::FieldError;
use crate::object::Body;
use crate::{Object, Uid};

use super::row::ROW;
use super::{Column, Kind, KindInfo, ServedVersion, cells};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Event,
    name: "Event",
    plural: "events",
    singular: "event",
    short_names: &["ev"],
    other_versions: &[EVENTS_V1],
    decode,
    validate,
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
    ..ROW
};

/// The same events in the group of their own.
const EVENTS_V1: ServedVersion = ServedVersion {
    group: "events.k8s.io",
    version: "v1",
    decode: |document| {
        let own = decode::decode::<events::Event>(document, "Event")?;
        let mut document = document.clone();
        document["apiVersion"] = "v1".into();
        for (core, own) in RENAMED {
            rename(&mut document, own, core);
        }
        Ok(Decoded { value: decode(&document)?.value, unknown: own.unknown })
    },
    encode: |mut document| {
        document["apiVersion"] = "events.k8s.io/v1".into();
        for (core, own) in RENAMED {
            rename(&mut document, core, own);
        }
        document
    },
};

/// Fields by their names in the core group and in `events.k8s.io`.
const RENAMED: [(&str, &str); 7] = [
    ("count", "deprecatedCount"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("involvedObject", "regarding"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
];

fn rename(document: &mut Value, from: &str, to: &str) {
    let Some(fields) = document.as_object_mut() else { return };
    if let Some(value) = fields.remove(from) {
        fields.insert(to.to_owned(), value);
    }
}

fn decode(document: &Value) -> Result<Decoded<Body>, DecodeError> {
    let Decoded { value, unknown } = decode::decode::<core::Event>(document, "Event")?;
    Ok(Decoded { value: compact(value)?.into(), unknown })
}

/// What the scheduler says that it does.
const ACTIONS: [&str; 3] = ["Binding", "Preempting", "Scheduling"];

/// The part of a client's event that the store keeps. Other actions are left out.
fn compact(event: core::Event) -> Result<Event, DecodeError> {
    let not_simulated =
        |what: String| DecodeError::new(format!("opsdrill: not simulated: event {what}"));
    let event_type = match event.type_.as_deref() {
        None | Some("Normal") => EventType::Normal,
        Some("Warning") => EventType::Warning,
        Some(other) => return Err(not_simulated(format!("of type {other:?}"))),
    };
    let source = event.source.unwrap_or_default();
    let at = event.event_time.map(|it| it.0.as_second()).unwrap_or_default();
    let first = event.first_timestamp.map_or(at, |it| it.0.as_second());
    let last = event.last_timestamp.map_or(first, |it| it.0.as_second());
    Ok(Event {
        involved: involved(event.involved_object),
        related: event.related.map(|it| involved(it).into()),
        reason: event.reason.unwrap_or_default().into(),
        message: event.message.unwrap_or_default().into(),
        event_type,
        component: source.component.or(event.reporting_component).unwrap_or_default().into(),
        host: source.host.or(event.reporting_instance).filter(|it| !it.is_empty()).map(Into::into),
        action: ACTIONS.into_iter().find(|it| event.action.as_deref() == Some(it)),
        count: event.series.as_ref().and_then(|it| it.count).or(event.count).unwrap_or(1),
        first,
        last: event.series.and_then(|it| it.last_observed_time).map_or(last, |it| it.0.as_second()),
    })
}

fn involved(reference: core::ObjectReference) -> Involved {
    let api_version = reference.api_version.unwrap_or_else(|| "v1".into());
    Involved {
        kind: Kind::named(&api_version, &reference.kind.unwrap_or_default()),
        namespace: reference.namespace.unwrap_or_default().into(),
        name: reference.name.unwrap_or_default().into(),
        uid: reference.uid.as_deref().and_then(Uid::parse).unwrap_or_default(),
        field_path: reference.field_path.map(Into::into),
        resource_version: reference
            .resource_version
            .and_then(|it| it.parse().ok())
            .unwrap_or_default(),
    }
}

/// An event lives where its object lives; events about the cluster's own objects live in `default`.
fn validate(object: &Object) -> Vec<FieldError> {
    let Some(event) = object.event() else { return Vec::new() };
    let involved = &*event.involved.namespace;
    let home = object.meta.namespace();
    let fits = if involved.is_empty() { matches!(home, "" | "default") } else { involved == home };
    if fits {
        return Vec::new();
    }
    vec![FieldError::invalid(
        "involvedObject.namespace",
        involved,
        "does not match event.namespace",
    )]
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::decode::decode_object;

    /// Shaped as recording 105.
    fn document() -> Value {
        json!({
            "count": 4,
            "firstTimestamp": "2026-11-22T21:26:17Z",
            "lastTimestamp": "2026-11-22T21:26:44Z",
            "involvedObject": {
                "apiVersion": "v1", "kind": "Pod", "namespace": "demo", "name": "f-badname",
                "uid": "024d9478-d86b-4f73-b144-ad060cacf05a", "fieldPath": "spec.containers{c}",
            },
            "message": "Error: InvalidImageName",
            "metadata": { "name": "f-badname.18ea7b1fb50a9f23", "namespace": "demo" },
            "reason": "Failed",
            "source": { "component": "kubelet", "host": "worker-2" },
            "type": "Warning",
        })
    }

    #[test]
    fn a_clients_event_is_kept_and_shown() {
        let object = decode_object(Kind::Event, document()).expect("an event").value;
        assert!(validate(&object).is_empty());
        let last = object.event().expect("an event").last;
        assert_eq!(
            cells(&object, last + 11),
            [
                "11s",
                "Warning",
                "Failed",
                "pod/f-badname",
                "spec.containers{c}",
                "kubelet, worker-2",
                "Error: InvalidImageName",
                "38s",
                "4",
                "f-badname.18ea7b1fb50a9f23",
            ]
        );
        let shown = object.to_value();
        for (key, value) in document().as_object().expect("an object") {
            if key != "metadata" {
                assert_eq!(shown[key], *value, "{key}");
            }
        }
    }

    #[test]
    fn an_event_lives_with_its_object() {
        let mut document = document();
        document["metadata"]["namespace"] = "other".into();
        let object = decode_object(Kind::Event, document).expect("an event").value;
        assert_eq!(
            validate(&object)[0].to_string(),
            "involvedObject.namespace: Invalid value: \"demo\": does not match event.namespace"
        );
    }
}
