//! One API object as the store keeps it: compact metadata and a shared body.

use std::sync::Arc;

use k8s_openapi::api::{
    admissionregistration::v1 as admission, apps::v1 as apps, authentication::v1 as authentication,
    authorization::v1 as authorization, autoscaling::v2 as autoscaling, batch::v1 as batch,
    certificates::v1 as certificates, coordination::v1 as coordination, core::v1 as core,
    discovery::v1 as discovery, flowcontrol::v1 as flowcontrol, networking::v1 as networking,
    node::v1 as node, policy::v1 as policy, rbac::v1 as rbac, scheduling::v1 as scheduling,
    storage::v1 as storage,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1 as apiregistration;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::custom::CustomBody;
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
            /// Body of a custom resource.
            Custom(Arc<CustomBody>),
        }

        impl Body {
            /// The kind of this body.
            pub fn kind(&self) -> Kind {
                match self {
                    $(Self::$kind(_) => Kind::$kind,)*
                    Self::Custom(body) => body.kind,
                }
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
    APIService(apiregistration::APIService), api_service, api_service_mut;
    Binding(core::Binding), binding, binding_mut;
    CertificateSigningRequest(certificates::CertificateSigningRequest), certificate_signing_request, certificate_signing_request_mut;
    ClusterRole(rbac::ClusterRole), cluster_role, cluster_role_mut;
    ClusterRoleBinding(rbac::ClusterRoleBinding), cluster_role_binding, cluster_role_binding_mut;
    ComponentStatus(core::ComponentStatus), component_status, component_status_mut;
    ConfigMap(core::ConfigMap), config_map, config_map_mut;
    ControllerRevision(apps::ControllerRevision), controller_revision, controller_revision_mut;
    CronJob(batch::CronJob), cron_job, cron_job_mut;
    CSIDriver(storage::CSIDriver), csi_driver, csi_driver_mut;
    CSINode(storage::CSINode), csi_node, csi_node_mut;
    CSIStorageCapacity(storage::CSIStorageCapacity), csi_storage_capacity, csi_storage_capacity_mut;
    CustomResourceDefinition(apiextensions::CustomResourceDefinition), custom_resource_definition, custom_resource_definition_mut;
    DaemonSet(apps::DaemonSet), daemon_set, daemon_set_mut;
    Deployment(apps::Deployment), deployment, deployment_mut;
    EndpointSlice(discovery::EndpointSlice), endpoint_slice, endpoint_slice_mut;
    Endpoints(core::Endpoints), endpoints, endpoints_mut;
    Event(Event), event, event_mut;
    FlowSchema(flowcontrol::FlowSchema), flow_schema, flow_schema_mut;
    HorizontalPodAutoscaler(autoscaling::HorizontalPodAutoscaler), horizontal_pod_autoscaler, horizontal_pod_autoscaler_mut;
    Ingress(networking::Ingress), ingress, ingress_mut;
    IngressClass(networking::IngressClass), ingress_class, ingress_class_mut;
    Job(batch::Job), job, job_mut;
    Lease(coordination::Lease), lease, lease_mut;
    LimitRange(core::LimitRange), limit_range, limit_range_mut;
    LocalSubjectAccessReview(authorization::LocalSubjectAccessReview), local_subject_access_review, local_subject_access_review_mut;
    MutatingWebhookConfiguration(admission::MutatingWebhookConfiguration), mutating_webhook_configuration, mutating_webhook_configuration_mut;
    Namespace(core::Namespace), namespace, namespace_mut;
    NetworkPolicy(networking::NetworkPolicy), network_policy, network_policy_mut;
    Node(core::Node), node, node_mut;
    PersistentVolume(core::PersistentVolume), persistent_volume, persistent_volume_mut;
    PersistentVolumeClaim(core::PersistentVolumeClaim), persistent_volume_claim, persistent_volume_claim_mut;
    Pod(Pod), pod, pod_mut;
    PodDisruptionBudget(policy::PodDisruptionBudget), pod_disruption_budget, pod_disruption_budget_mut;
    PodTemplate(core::PodTemplate), pod_template, pod_template_mut;
    PriorityClass(scheduling::PriorityClass), priority_class, priority_class_mut;
    PriorityLevelConfiguration(flowcontrol::PriorityLevelConfiguration), priority_level_configuration, priority_level_configuration_mut;
    ReplicaSet(apps::ReplicaSet), replica_set, replica_set_mut;
    ReplicationController(core::ReplicationController), replication_controller, replication_controller_mut;
    ResourceQuota(core::ResourceQuota), resource_quota, resource_quota_mut;
    Role(rbac::Role), role, role_mut;
    RoleBinding(rbac::RoleBinding), role_binding, role_binding_mut;
    RuntimeClass(node::RuntimeClass), runtime_class, runtime_class_mut;
    Secret(core::Secret), secret, secret_mut;
    SelfSubjectAccessReview(authorization::SelfSubjectAccessReview), self_subject_access_review, self_subject_access_review_mut;
    SelfSubjectReview(authentication::SelfSubjectReview), self_subject_review, self_subject_review_mut;
    SelfSubjectRulesReview(authorization::SelfSubjectRulesReview), self_subject_rules_review, self_subject_rules_review_mut;
    Service(core::Service), service, service_mut;
    ServiceAccount(core::ServiceAccount), service_account, service_account_mut;
    StatefulSet(apps::StatefulSet), stateful_set, stateful_set_mut;
    StorageClass(storage::StorageClass), storage_class, storage_class_mut;
    SubjectAccessReview(authorization::SubjectAccessReview), subject_access_review, subject_access_review_mut;
    TokenReview(authentication::TokenReview), token_review, token_review_mut;
    ValidatingAdmissionPolicy(admission::ValidatingAdmissionPolicy), validating_admission_policy, validating_admission_policy_mut;
    ValidatingAdmissionPolicyBinding(admission::ValidatingAdmissionPolicyBinding), validating_admission_policy_binding, validating_admission_policy_binding_mut;
    ValidatingWebhookConfiguration(admission::ValidatingWebhookConfiguration), validating_webhook_configuration, validating_webhook_configuration_mut;
    VolumeAttachment(storage::VolumeAttachment), volume_attachment, volume_attachment_mut;
}

impl Object {
    /// The body, if this is a custom resource.
    pub fn custom(&self) -> Option<&CustomBody> {
        match &self.body {
            Body::Custom(body) => Some(body),
            _ => None,
        }
    }

    /// The body for writing (copied first when shared), if this is a custom resource.
    pub fn custom_mut(&mut self) -> Option<&mut CustomBody> {
        match &mut self.body {
            Body::Custom(body) => Some(Arc::make_mut(body)),
            _ => None,
        }
    }

    /// The same custom resource in another version of its kind; nothing else is.
    pub fn show_as(&mut self, kind: Kind) {
        if let (Kind::Custom(old), Kind::Custom(new)) = (self.kind, kind)
            && !std::ptr::eq(old, new)
        {
            self.kind = kind;
            if let Some(body) = self.custom_mut() {
                body.kind = kind;
            }
        }
    }

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

    /// The same in another served version; in the stored one if the kind has no such version.
    pub fn to_value_in(&self, api_version: &str) -> Value {
        match self.kind.info().served_version(api_version) {
            Some(version) => (version.encode)(self.to_value()),
            None if self.custom().is_some() => {
                let mut document = self.to_value();
                document["apiVersion"] = api_version.into();
                document
            }
            None => self.to_value(),
        }
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
            Self::Event(body) => body.to_value(),
            Self::Custom(body) => Value::Object(body.fields.clone()),
            Self::Pod(body) => {
                let full = core::Pod {
                    spec: Some(body.full_spec()),
                    status: Some((*body.status).clone()),
                    ..core::Pod::default()
                };
                with_probe_times(document(&full))
            }
            _ => with_nulls(self.kind(), self.plain_value()),
        }
    }
}

/// Shows what Go shows of a field that is not set although its type has no sign for "absent".
fn with_nulls(kind: Kind, mut document: Value) -> Value {
    let (templates, lists): (&[&str], &[&str]) = match kind {
        Kind::DaemonSet
        | Kind::Deployment
        | Kind::Job
        | Kind::ReplicaSet
        | Kind::ReplicationController => (&["/spec/template"], &[]),
        Kind::StatefulSet => (&["/spec/template", "/spec/volumeClaimTemplates"], &[]),
        Kind::CronJob => (&["/spec/jobTemplate", "/spec/jobTemplate/spec/template"], &[]),
        Kind::PodTemplate => (&["/template"], &[]),
        Kind::Role | Kind::ClusterRole => (&[], &["/rules"]),
        Kind::HorizontalPodAutoscaler => (&[], &["/status/currentMetrics"]),
        Kind::CustomResourceDefinition => (&[], &["/status/conditions", "/status/storedVersions"]),
        _ => return document,
    };
    if kind == Kind::CustomResourceDefinition {
        show_whole_numbers(&mut document);
    }
    for path in templates {
        match document.pointer_mut(path) {
            Some(Value::Array(items)) => items.iter_mut().for_each(show_creation),
            Some(template) => show_creation(template),
            None => {}
        }
    }
    for path in lists {
        let (parent, field) = path.rsplit_once('/').expect("a path begins with a slash");
        if let Some(parent) = document.pointer_mut(parent).and_then(Value::as_object_mut) {
            parent.entry(field).or_insert(Value::Null);
        }
    }
    document
}

/// Go's `creationTimestamp` is no pointer: a template, which never has one, shows `null`.
fn show_creation(template: &mut Value) {
    let Some(template) = template.as_object_mut() else { return };
    let metadata = template.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.entry("creationTimestamp").or_insert(Value::Null);
    }
}

/// Go writes a number of a schema without a point if it is whole.
fn show_whole_numbers(document: &mut Value) {
    match document {
        Value::Number(number) => {
            let whole = number.to_string();
            if let Some(Ok(whole)) = whole.strip_suffix(".0").map(str::parse::<i64>) {
                *number = whole.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(show_whole_numbers),
        Value::Object(fields) => fields.values_mut().for_each(show_whole_numbers),
        _ => {}
    }
}

/// The same with the time of a condition's last probe, which nobody fills in.
fn with_probe_times(mut document: Value) -> Value {
    let conditions = document.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
    for condition in conditions.into_iter().flatten().filter_map(Value::as_object_mut) {
        condition.entry("lastProbeTime").or_insert(Value::Null);
    }
    document
}

/// Declares how bodies that are typed structs are written.
macro_rules! documents {
    ($($kind:ident),* $(,)?) => {
        impl Body {
            /// The typed struct as it writes itself; what is no such struct is written by hand.
            fn plain_value(&self) -> Value {
                match self {
                    $(Self::$kind(body) => document(body),)*
                    Self::Custom(_) | Self::Event(_) | Self::Pod(_) => Value::Null,
                }
            }
        }
    };
}

documents!(
    APIService,
    CertificateSigningRequest,
    ClusterRole,
    ClusterRoleBinding,
    ComponentStatus,
    ConfigMap,
    ControllerRevision,
    CronJob,
    CSIDriver,
    CSINode,
    CSIStorageCapacity,
    CustomResourceDefinition,
    DaemonSet,
    Deployment,
    EndpointSlice,
    Endpoints,
    FlowSchema,
    HorizontalPodAutoscaler,
    Ingress,
    IngressClass,
    Job,
    Lease,
    LimitRange,
    MutatingWebhookConfiguration,
    Namespace,
    NetworkPolicy,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    PodDisruptionBudget,
    PodTemplate,
    PriorityClass,
    PriorityLevelConfiguration,
    ReplicaSet,
    ReplicationController,
    ResourceQuota,
    Role,
    RoleBinding,
    RuntimeClass,
    Secret,
    Service,
    ServiceAccount,
    StatefulSet,
    StorageClass,
    ValidatingAdmissionPolicy,
    ValidatingAdmissionPolicyBinding,
    ValidatingWebhookConfiguration,
    VolumeAttachment,
    Binding,
    LocalSubjectAccessReview,
    SelfSubjectReview,
    SelfSubjectAccessReview,
    SelfSubjectRulesReview,
    SubjectAccessReview,
    TokenReview,
);

/// Declares how a status moves from one body to another of the same kind.
macro_rules! statuses {
    ($($kind:ident),* $(,)?) => {
        impl Body {
            /// Takes the status of another body of the same kind; nothing for kinds without one.
            pub fn take_status_from(&mut self, other: &Self) {
                match (self, other) {
                    (Self::Custom(own), Self::Custom(other))
                        if own.fields.get("status") != other.fields.get("status") =>
                    {
                        Arc::make_mut(own).take_status_from(other);
                    }
                    $((Self::$kind(own), Self::$kind(other)) if own.status != other.status => {
                        Arc::make_mut(own).status.clone_from(&other.status);
                    })*
                    _ => {}
                }
            }

            /// Makes the status that of a new object; nothing for kinds without one.
            pub fn clear_status(&mut self) {
                match self {
                    Self::Custom(own) if own.fields.contains_key("status") => {
                        Arc::make_mut(own).fields.remove("status");
                    }
                    $(Self::$kind(own) => Arc::make_mut(own).status = Default::default(),)*
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
                    (Self::Custom(own), Self::Custom(other)) => own.has_spec_of(other),
                    $((Self::$kind(own), Self::$kind(other)) => own.spec == other.spec,)*
                    _ => false,
                }
            }
        }
    };
}

statuses!(
    APIService,
    CertificateSigningRequest,
    CronJob,
    CustomResourceDefinition,
    DaemonSet,
    Deployment,
    FlowSchema,
    HorizontalPodAutoscaler,
    Ingress,
    Job,
    Namespace,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    PodDisruptionBudget,
    PriorityLevelConfiguration,
    ReplicaSet,
    ReplicationController,
    ResourceQuota,
    Service,
    StatefulSet,
    ValidatingAdmissionPolicy,
    VolumeAttachment,
);

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
