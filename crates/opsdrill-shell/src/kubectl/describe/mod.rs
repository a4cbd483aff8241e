//! Descriptions of objects, as `kubectl describe` lays them out: one file for each kind.
#![expect(clippy::unnecessary_wraps, reason = "all describers have one signature")]

mod certificate_signing_request;
mod config_map;
mod containers;
mod cron_job;
mod daemon_set;
mod deployment;
mod document;
mod endpoint_slice;
mod endpoints;
mod events;
mod fields;
mod horizontal_pod_autoscaler;
mod ingress;
mod ingress_class;
mod job;
mod limit_range;
mod namespace;
mod network_policy;
mod node;
mod node_resources;
mod persistent_volume;
mod persistent_volume_claim;
mod pod;
mod pod_disruption_budget;
mod pod_template;
mod priority_class;
mod replica_set;
mod replication_controller;
mod resource_quota;
mod role;
mod role_binding;
mod secret;
mod service;
mod service_account;
mod stateful_set;
mod storage_class;
mod volumes;
mod writer;

use opsdrill_objects::k8s_openapi::api::core::v1::PodTemplateSpec;
use opsdrill_objects::{Kind, Object, Status};

use super::context::Context;
use super::errors::ToolError;

pub(in crate::kubectl) use role::rows as policy_rows;
pub use writer::Description;

/// Describes an object of a kind.
type Describe = fn(&mut Context, &Object, &mut Description) -> Result<(), Status>;

/// The kinds that have a layout of their own; of others every field is shown.
const DESCRIBERS: &[(Kind, Describe)] = &[
    (Kind::CertificateSigningRequest, certificate_signing_request::describe),
    (Kind::ClusterRole, role::describe),
    (Kind::ClusterRoleBinding, role_binding::describe),
    (Kind::ConfigMap, config_map::describe),
    (Kind::CronJob, cron_job::describe),
    (Kind::DaemonSet, daemon_set::describe),
    (Kind::Deployment, deployment::describe),
    (Kind::EndpointSlice, endpoint_slice::describe),
    (Kind::Endpoints, endpoints::describe),
    (Kind::HorizontalPodAutoscaler, horizontal_pod_autoscaler::describe),
    (Kind::Ingress, ingress::describe),
    (Kind::IngressClass, ingress_class::describe),
    (Kind::Job, job::describe),
    (Kind::LimitRange, limit_range::describe),
    (Kind::Namespace, namespace::describe),
    (Kind::NetworkPolicy, network_policy::describe),
    (Kind::Node, node::describe),
    (Kind::PersistentVolume, persistent_volume::describe),
    (Kind::PersistentVolumeClaim, persistent_volume_claim::describe),
    (Kind::Pod, pod::describe),
    (Kind::PodDisruptionBudget, pod_disruption_budget::describe),
    (Kind::PriorityClass, priority_class::describe),
    (Kind::ReplicaSet, replica_set::describe),
    (Kind::ReplicationController, replication_controller::describe),
    (Kind::ResourceQuota, resource_quota::describe),
    (Kind::Role, role::describe),
    (Kind::RoleBinding, role_binding::describe),
    (Kind::Secret, secret::describe),
    (Kind::Service, service::describe),
    (Kind::ServiceAccount, service_account::describe),
    (Kind::StatefulSet, stateful_set::describe),
    (Kind::StorageClass, storage_class::describe),
];

/// The text of an object's description.
///
/// # Errors
/// When the server refuses something that belongs to it.
pub fn describe(
    context: &mut Context,
    object: &Object,
    show_events: bool,
) -> Result<String, ToolError> {
    let row = DESCRIBERS.iter().find(|(kind, _)| *kind == object.kind);
    let describe = row.map_or(document::describe as Describe, |(_, describe)| *describe);
    let mut description = Description::new(context.now(), show_events);
    describe(context, object, &mut description)?;
    Ok(description.finish())
}

/// The text of a pod template, its columns left as tabs: `kubectl rollout history` aligns nothing.
pub fn template_text(template: &PodTemplateSpec) -> String {
    let mut description = Description::new(0, false);
    pod_template::describe(template, &mut description);
    description.unaligned()
}
