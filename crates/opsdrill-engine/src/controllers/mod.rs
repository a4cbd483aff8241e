//! The controllers: pure functions from a view and a key to changes, in a table whose order is their running order.
//!
//! A controller is told of changed objects (`observe` names the keys that it must look at) and gets a turn for each
//! key a little later, as in life; a key that is asked for twice before its turn comes gets one turn. The queues are
//! in [`queue`], what several controllers ask of objects in [`claims`] (who owns what), [`pods`],
//! [`services`] and [`dates`]; [`leases`] is what they hear from kubelets.

mod autoscaler;
mod claim_protection;
mod claims;
mod cluster_role_aggregation;
mod cron_job;
pub(crate) mod custom_resource_definition;
mod daemon_set;
mod dates;
mod deployment;
pub(crate) mod disruption;
mod endpoint_slice;
mod endpoints;
mod external_provisioner;
mod garbage_collector;
mod history;
mod ingress_nginx;
mod ingress_nginx_status;
mod job;
mod leases;
mod namespace;
mod node_lifecycle;
mod persistent_volume_binder;
mod pods;
mod queue;
pub mod rehearsal;
mod replica_set;
mod replication_controller;
mod resource_quota;
mod root_ca;
mod service_account;
mod service_load_balancer;
mod services;
mod stateful_set;
mod taint_eviction;
mod ttl_after_finished;
mod volume_expansion;
mod volume_protection;

use std::sync::Arc;

use opsdrill_objects::event::EventType;
use opsdrill_objects::{Kind, Object, Status, Uid};

use crate::api::Options;
use crate::store::Notice;
use crate::time::{SimDuration, SimTime};
use crate::view::View;

pub(crate) use autoscaler::Memories;
pub use autoscaler::Recommendations;
pub(crate) use daemon_set::backoff::FailedPods;
pub(crate) use leases::Leases;
pub use leases::{be_heard, fall_silent};
pub use queue::ControllerEvent;
pub(crate) use queue::{Queues, handle, observe};

/// Every controller. The order is that in which they run within one instant.
pub const CONTROLLERS: &[Controller] = &[
    namespace::CONTROLLER,
    service_account::CONTROLLER,
    root_ca::CONTROLLER,
    deployment::CONTROLLER,
    replica_set::CONTROLLER,
    daemon_set::CONTROLLER,
    stateful_set::CONTROLLER,
    job::CONTROLLER,
    cron_job::CONTROLLER,
    ttl_after_finished::CONTROLLER,
    endpoints::CONTROLLER,
    endpoint_slice::CONTROLLER,
    node_lifecycle::CONTROLLER,
    taint_eviction::CONTROLLER,
    garbage_collector::CONTROLLER,
    cluster_role_aggregation::CONTROLLER,
    disruption::CONTROLLER,
    resource_quota::CONTROLLER,
    custom_resource_definition::CONTROLLER,
    persistent_volume_binder::CONTROLLER,
    claim_protection::CONTROLLER,
    volume_protection::CONTROLLER,
    external_provisioner::CONTROLLER,
    volume_expansion::CONTROLLER,
    autoscaler::CONTROLLER,
    replication_controller::CONTROLLER,
    ingress_nginx::CONTROLLER,
    ingress_nginx_status::CONTROLLER,
    service_load_balancer::CONTROLLER,
];

/// An object that a controller is to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Its namespace, empty for cluster-scoped kinds.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
}

impl Key {
    /// The key of an object.
    pub fn of(object: &Object) -> Self {
        Self {
            namespace: object.meta.namespace.clone().unwrap_or_default(),
            name: object.meta.name.clone(),
        }
    }

    /// The key of a namespace and a name.
    pub fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

/// A controller: a row of the table.
#[derive(Debug)]
pub struct Controller {
    /// Its name, such as `deployment-controller`: the end of its user name.
    pub name: &'static str,
    /// The time between a change and the controller's turn.
    pub delay: SimDuration,
    /// How many keys it looks at at once, as kube-controller-manager's flags have it by default.
    pub workers: usize,
    /// The keys to look at because of a change.
    pub observe: fn(View<'_>, &Notice, &mut Vec<Key>),
    /// What is to be done for a key.
    pub reconcile: fn(View<'_>, &Key) -> Vec<Change>,
    /// What follows from the API's answer to a creation, such as an event that names the new object.
    pub answered: fn(View<'_>, &Key, Answered<'_>) -> Vec<Change>,
}

impl Controller {
    /// The component in its events.
    fn component(&self) -> &'static str {
        match self.name {
            // It was given the name of the program that it runs in.
            "disruption-controller" => "controllermanager",
            "persistent-volume-binder" => "persistentvolume-controller",
            name => name,
        }
    }
}

/// The API's answer to a creation.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// What was to be created.
    pub asked: &'a Object,
    /// The stored object, or the refusal.
    pub result: Result<&'a Arc<Object>, &'a Status>,
}

impl Answered<'_> {
    /// Whether it was refused because the namespace is on its way out: no controller complains of that.
    fn namespace_terminating(&self) -> bool {
        self.result
            .is_err_and(|it| it.code == 403 && it.message.ends_with("it is being terminated"))
    }
}

/// For controllers to whom a creation's answer means nothing.
fn nothing_more(_: View<'_>, _: &Key, _: Answered<'_>) -> Vec<Change> {
    Vec::new()
}

/// What a controller wants done. All but `Emit`, `EmitAs`, `Remember`, `Replaced` and `Again` go through the API.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Store a new object.
    Create(Box<Object>),
    /// Replace an object.
    Update(Box<Object>),
    /// Replace an object's status.
    UpdateStatus(Box<Object>),
    /// Replace a namespace's own finalizers.
    Finalize(Box<Object>),
    /// Delete an object.
    Delete(Kind, Key, Box<Options>),
    /// Tell what happened to an object.
    Emit(Emission),
    /// The same as somebody whom the controller stands for.
    EmitAs(String, Emission),
    /// Set the number of replicas of an object.
    Scale(Kind, Key, i32),
    /// Keep in mind what an autoscaler has recommended.
    Remember(Box<Recommendations>),
    /// Keep in mind that a DaemonSet's failed pod on a node is replaced.
    Replaced(Uid, Arc<str>),
    /// Look at the same key again at this time; of several, the earliest counts.
    Again(SimTime),
}

impl Change {
    /// Replaces an object as this turn left it, whatever its resourceVersion: within a turn nobody else writes.
    fn update(mut object: Object) -> Self {
        object.meta.resource_version = 0;
        Self::Update(Box::new(object))
    }

    /// Replaces the status of an object as this turn left it.
    fn update_status(mut object: Object) -> Self {
        object.meta.resource_version = 0;
        Self::UpdateStatus(Box::new(object))
    }

    /// Replaces the finalizers of a namespace as this turn left it.
    fn finalize(mut object: Object) -> Self {
        object.meta.resource_version = 0;
        Self::Finalize(Box::new(object))
    }

    /// Deletes this very object, not another of the same name.
    fn delete(object: &Object, options: Options) -> Self {
        let options = Options { precondition_uid: Some(object.meta.uid), ..options };
        Self::Delete(object.kind, Key::of(object), Box::new(options))
    }

    fn normal(about: &Arc<Object>, reason: &'static str, message: String) -> Self {
        Self::emit(about, EventType::Normal, reason, message)
    }

    fn warning(about: &Arc<Object>, reason: &'static str, message: String) -> Self {
        Self::emit(about, EventType::Warning, reason, message)
    }

    fn emit(
        about: &Arc<Object>,
        event_type: EventType,
        reason: &'static str,
        message: String,
    ) -> Self {
        let about = about.clone();
        Self::Emit(Emission { about, field_path: None, event_type, reason, message })
    }
}

/// An event to be recorded; the API's event series counting applies.
#[derive(Clone, Debug, PartialEq)]
pub struct Emission {
    /// The object it is about.
    pub about: Arc<Object>,
    /// Part of the object, such as `spec.containers{web}`.
    pub field_path: Option<String>,
    /// `Normal` or `Warning`.
    pub event_type: EventType,
    /// Reason.
    pub reason: &'static str,
    /// Message.
    pub message: String,
}
