//! Descriptions of objects, as `kubectl describe` lays them out: one file for each kind.
#![expect(clippy::unnecessary_wraps, reason = "all describers have one signature")]

mod config_map;
mod containers;
mod deployment;
mod document;
mod endpoint_slice;
mod endpoints;
mod events;
mod namespace;
mod node;
mod node_resources;
mod pod;
mod pod_template;
mod replica_set;
mod secret;
mod service;
mod service_account;
mod volumes;
mod writer;

use opsdrill_objects::k8s_openapi::api::core::v1::PodTemplateSpec;
use opsdrill_objects::{Kind, Object, Status};

use super::context::Context;
use super::errors::ToolError;

pub use writer::Description;

/// Describes an object of a kind.
type Describe = fn(&mut Context, &Object, &mut Description) -> Result<(), Status>;

/// The kinds that have a layout of their own; of others every field is shown.
const DESCRIBERS: &[(Kind, Describe)] = &[
    (Kind::ConfigMap, config_map::describe),
    (Kind::Deployment, deployment::describe),
    (Kind::EndpointSlice, endpoint_slice::describe),
    (Kind::Endpoints, endpoints::describe),
    (Kind::Namespace, namespace::describe),
    (Kind::Node, node::describe),
    (Kind::Pod, pod::describe),
    (Kind::ReplicaSet, replica_set::describe),
    (Kind::Secret, secret::describe),
    (Kind::Service, service::describe),
    (Kind::ServiceAccount, service_account::describe),
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
