//! One API object as the store keeps it: compact metadata and a shared body.

use std::sync::Arc;

use k8s_openapi::api::{apps::v1 as apps, core::v1 as core, discovery::v1 as discovery};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::event::Event;
use crate::pod::Pod;
use crate::{Kind, Meta};

/// One API object. Cloning is cheap: what is large is shared.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Which kind it is.
    pub kind: Kind,
    /// Its metadata.
    pub meta: Meta,
    /// What is particular to its kind.
    pub body: Body,
}

/// Declares [`Body`] and the accessors of [`Object`], one line for each kind.
///
/// The typed structs hold everything but `metadata`, which stays empty in them.
macro_rules! bodies {
    ($($kind:ident($type:ty), $read:ident, $write:ident;)*) => {
        /// What is particular to an object's kind.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Body {
            $(#[doc = concat!("Body of a ", stringify!($kind), ".")] $kind(Arc<$type>),)*
        }

        impl Body {
            /// The kind of this body.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind,)* }
            }
        }

        impl Object {
            $(
                #[doc = concat!("The body, if this is a ", stringify!($kind), ".")]
                pub fn $read(&self) -> Option<&$type> {
                    match &self.body { Body::$kind(body) => Some(body), _ => None }
                }

                #[doc = concat!("The body for writing (copied first when shared), if this is a ", stringify!($kind), ".")]
                pub fn $write(&mut self) -> Option<&mut $type> {
                    match &mut self.body { Body::$kind(body) => Some(Arc::make_mut(body)), _ => None }
                }
            )*
        }

        $(impl From<$type> for Body {
            fn from(body: $type) -> Self { Self::$kind(Arc::new(body)) }
        })*
    };
}

bodies! {
    ConfigMap(core::ConfigMap), config_map, config_map_mut;
    Deployment(apps::Deployment), deployment, deployment_mut;
    EndpointSlice(discovery::EndpointSlice), endpoint_slice, endpoint_slice_mut;
    Endpoints(core::Endpoints), endpoints, endpoints_mut;
    Event(Event), event, event_mut;
    Namespace(core::Namespace), namespace, namespace_mut;
    Node(core::Node), node, node_mut;
    Pod(Pod), pod, pod_mut;
    ReplicaSet(apps::ReplicaSet), replica_set, replica_set_mut;
    Secret(core::Secret), secret, secret_mut;
    Service(core::Service), service, service_mut;
    ServiceAccount(core::ServiceAccount), service_account, service_account_mut;
}

impl Object {
    /// A new object of the body's kind.
    pub fn new(meta: Meta, body: impl Into<Body>) -> Self {
        let body = body.into();
        Self { kind: body.kind(), meta, body }
    }

    /// The whole document as the API shows it: `apiVersion`, `kind`, `metadata` and the rest.
    pub fn to_value(&self) -> Value {
        let info = self.kind.info();
        let mut document = self.body.to_value();
        let fields = document.as_object_mut().expect("every body is a JSON object");
        fields.insert("apiVersion".into(), info.api_version().into());
        fields.insert("kind".into(), info.name.into());
        fields.insert("metadata".into(), self.meta.to_value());
        document
    }

    /// `namespace/name`, or the name alone for cluster-scoped kinds.
    pub fn path(&self) -> String {
        match &self.meta.namespace {
            Some(namespace) => format!("{namespace}/{}", self.meta.name),
            None => self.meta.name.to_string(),
        }
    }
}

impl Body {
    /// The document without `metadata`.
    pub fn to_value(&self) -> Value {
        match self {
            Self::ConfigMap(body) => document(body),
            Self::Deployment(body) => with_template(document(body)),
            Self::EndpointSlice(body) => document(body),
            Self::Endpoints(body) => document(body),
            Self::Event(body) => body.to_value(),
            Self::Namespace(body) => document(body),
            Self::Node(body) => document(body),
            Self::Pod(body) => {
                let full = core::Pod {
                    spec: Some(body.full_spec()),
                    status: Some((*body.status).clone()),
                    ..core::Pod::default()
                };
                with_probe_times(document(&full))
            }
            Self::ReplicaSet(body) => with_template(document(body)),
            Self::Secret(body) => document(body),
            Self::Service(body) => document(body),
            Self::ServiceAccount(body) => document(body),
        }
    }
}

/// Go's `creationTimestamp` is no pointer: a template, which never has one, shows `null`.
fn with_template(mut document: Value) -> Value {
    let template = document.pointer_mut("/spec/template").and_then(Value::as_object_mut);
    if let Some(template) = template {
        let metadata = template.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.entry("creationTimestamp").or_insert(Value::Null);
        }
    }
    document
}

/// The same with the time of a condition's last probe, which nobody fills in.
fn with_probe_times(mut document: Value) -> Value {
    let conditions = document.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
    for condition in conditions.into_iter().flatten().filter_map(Value::as_object_mut) {
        condition.entry("lastProbeTime").or_insert(Value::Null);
    }
    document
}

/// Declares how a status moves from one body to another of the same kind.
macro_rules! statuses {
    ($($kind:ident),*) => {
        impl Body {
            /// Takes the status of another body of the same kind; nothing for kinds without one.
            pub fn take_status_from(&mut self, other: &Self) {
                match (self, other) {
                    $((Self::$kind(own), Self::$kind(other)) if own.status != other.status => {
                        Arc::make_mut(own).status.clone_from(&other.status);
                    })*
                    _ => {}
                }
            }

            /// Whether another body of the same kind has the same specification.
            fn has_spec_of(&self, other: &Self) -> bool {
                if let (Self::Pod(own), Self::Pod(other)) = (self, other) {
                    // Those of one template share it, and are to go on sharing it.
                    return Arc::ptr_eq(&own.spec, &other.spec)
                        && own.node_name == other.node_name
                        && own.token_volume == other.token_volume;
                }
                match (self, other) {
                    $((Self::$kind(own), Self::$kind(other)) => own.spec == other.spec,)*
                    _ => false,
                }
            }
        }
    };
}

statuses!(Deployment, Namespace, Node, Pod, ReplicaSet, Service);

impl Body {
    /// Takes everything but the status of another body of the same kind.
    pub fn take_all_but_status_from(&mut self, other: &Self) {
        // Whoever reports a status has everything else from the stored object, as a rule.
        if self.has_spec_of(other) {
            return;
        }
        let mut next = other.clone();
        next.take_status_from(self);
        *self = next;
    }
}

fn document(body: &impl Serialize) -> Value {
    serde_json::to_value(body).expect("Kubernetes types are JSON")
}
