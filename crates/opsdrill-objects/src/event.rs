//! A core/v1 Event as the store keeps it: there are many, so they are small.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::{Kind, Uid};

/// Whether an event is ordinary or a sign of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventType {
    /// `Normal`.
    Normal,
    /// `Warning`.
    Warning,
}

impl EventType {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Warning => "Warning",
        }
    }
}

/// The object that an event is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Involved {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace, empty for cluster-scoped kinds.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its UID.
    pub uid: Uid,
    /// The part of the object, such as `spec.containers{web}`.
    pub field_path: Option<Arc<str>>,
    /// Its `resourceVersion` when the event was made, 0 if not told.
    pub resource_version: u64,
}

impl Involved {
    fn to_value(&self) -> Value {
        let mut object = json!({
            "apiVersion": self.kind.info().api_version(),
            "kind": self.kind.info().name,
            "name": &*self.name,
            "uid": self.uid.to_string(),
        });
        if !self.namespace.is_empty() {
            object["namespace"] = Value::from(&*self.namespace);
        }
        if let Some(path) = &self.field_path {
            object["fieldPath"] = Value::from(&**path);
        }
        if self.resource_version != 0 {
            object["resourceVersion"] = self.resource_version.to_string().into();
        }
        object
    }
}

/// An event's body. Times are Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What it is about.
    pub involved: Involved,
    /// What else it is about, such as the pod in whose favour another one goes.
    pub related: Option<Arc<Involved>>,
    /// Machine-readable reason, such as `FailedScheduling`.
    pub reason: Cow<'static, str>,
    /// Human-readable message.
    pub message: Arc<str>,
    /// `Normal` or `Warning`.
    pub event_type: EventType,
    /// `source.component`.
    pub component: Cow<'static, str>,
    /// `source.host`, the node of a kubelet's event.
    pub host: Option<Arc<str>>,
    /// What was done, if the event was told as `events.k8s.io` has it: its source is who reports, `host` the instance, and
    /// its repetitions are a series.
    pub action: Option<&'static str>,
    /// How often it was seen.
    pub count: i32,
    /// First seen.
    pub first: i64,
    /// Last seen.
    pub last: i64,
}

impl Event {
    /// The fields of the event beside `metadata`, `kind` and `apiVersion`.
    pub fn to_value(&self) -> Value {
        let mut fields = json!({
            "involvedObject": self.involved.to_value(),
            "reason": &*self.reason,
            "message": &*self.message,
            "type": self.event_type.as_str(),
            "reportingComponent": &*self.component,
            "reportingInstance": self.host.as_deref().unwrap_or_default(),
        });
        let more = if let Some(action) = self.action { self.reported(action) } else { self.told() };
        fields.as_object_mut().expect("made as one").extend(more);
        if let Some(related) = &self.related {
            fields["related"] = related.to_value();
        }
        fields
    }

    /// What only events of the core group have.
    fn told(&self) -> Map<String, Value> {
        let mut source = json!({ "component": &*self.component });
        if let Some(host) = &self.host {
            source["host"] = Value::from(&**host);
        }
        let time = |seconds| timestamp(seconds).map(|it| it.to_string()).unwrap_or_default();
        let fields = [
            ("source", source),
            ("count", self.count.into()),
            ("eventTime", Value::Null),
            ("firstTimestamp", time(self.first).into()),
            ("lastTimestamp", time(self.last).into()),
        ];
        fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
    }

    /// What only events of `events.k8s.io` have.
    fn reported(&self, action: &str) -> Map<String, Value> {
        let time = |seconds| {
            timestamp(seconds).map(|it| it.strftime("%FT%T%.6fZ").to_string()).unwrap_or_default()
        };
        let mut fields = vec![
            ("action", action.into()),
            ("source", json!({})),
            ("eventTime", time(self.first).into()),
            ("firstTimestamp", Value::Null),
            ("lastTimestamp", Value::Null),
        ];
        if self.count > 1 {
            let series = json!({ "count": self.count, "lastObservedTime": time(self.last) });
            fields.push(("series", series));
        }
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn timestamp(seconds: i64) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_second(seconds).ok()
}
