//! Defaults of pod specifications, in pods and in templates.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Container, DownwardAPIVolumeFile, EmptyDirVolumeSource, EphemeralContainer, HTTPGetAction,
    LifecycleHandler, ObjectFieldSelector, PodSecurityContext, PodSpec, Probe,
    ProjectedVolumeSource, ResourceFieldSelector, ResourceRequirements, Volume,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::{fill, fill_text, image};

/// Permissions of files in projected volumes: `0644`.
const FILE_MODE: i32 = 0o644;

/// What is filled in wherever a pod specification stands.
pub fn default_template(spec: &mut PodSpec) {
    fill_text(&mut spec.dns_policy, "ClusterFirst");
    fill_text(&mut spec.restart_policy, "Always");
    fill_text(&mut spec.scheduler_name, "default-scheduler");
    fill(&mut spec.security_context, PodSecurityContext::default());
    fill(&mut spec.termination_grace_period_seconds, 30);
    // The old name of the field is kept in step with the new one.
    if spec.service_account_name.is_none() {
        spec.service_account_name = spec.service_account.take();
    }
    spec.service_account.clone_from(&spec.service_account_name);
    for volume in spec.volumes.iter_mut().flatten() {
        default_volume(volume);
    }
    let ordinary = spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten());
    ordinary.for_each(default_container);
    for container in spec.ephemeral_containers.iter_mut().flatten() {
        default_ephemeral_container(container);
    }
}

/// What is filled in for a pod itself, beyond what its template would get.
pub fn default_pod(spec: &mut PodSpec) {
    default_template(spec);
    fill(&mut spec.enable_service_links, true);
    let host_network = spec.host_network == Some(true);
    for container in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
        requests_from_limits(container);
        if host_network {
            for port in container.ports.iter_mut().flatten() {
                fill(&mut port.host_port, port.container_port);
            }
        }
    }
}

fn requests_from_limits(container: &mut Container) {
    let Some(resources) = &mut container.resources else { return };
    let Some(limits) = &resources.limits else { return };
    let requests: &mut BTreeMap<String, Quantity> = resources.requests.get_or_insert_default();
    for (name, limit) in limits {
        requests.entry(name.clone()).or_insert_with(|| limit.clone());
    }
}

fn default_container(container: &mut Container) {
    let image = container.image.as_deref().unwrap_or_default();
    fill_text(&mut container.image_pull_policy, image::pull_policy(image));
    fill_text(&mut container.termination_message_path, "/dev/termination-log");
    fill_text(&mut container.termination_message_policy, "File");
    fill(&mut container.resources, ResourceRequirements::default());
    for port in container.ports.iter_mut().flatten() {
        fill_text(&mut port.protocol, "TCP");
    }
    let sources = container.env.iter_mut().flatten().filter_map(|it| it.value_from.as_mut());
    sources.for_each(|it| default_references(&mut it.field_ref, &mut it.resource_field_ref));
    let probes = [
        &mut container.liveness_probe,
        &mut container.readiness_probe,
        &mut container.startup_probe,
    ];
    probes.into_iter().flatten().for_each(default_probe);
    if let Some(lifecycle) = &mut container.lifecycle {
        let handlers = [&mut lifecycle.post_start, &mut lifecycle.pre_stop];
        handlers.into_iter().flatten().for_each(default_handler);
    }
}

fn default_ephemeral_container(container: &mut EphemeralContainer) {
    let image = container.image.as_deref().unwrap_or_default();
    fill_text(&mut container.image_pull_policy, image::pull_policy(image));
    fill_text(&mut container.termination_message_path, "/dev/termination-log");
    fill_text(&mut container.termination_message_policy, "File");
    fill(&mut container.resources, ResourceRequirements::default());
    let sources = container.env.iter_mut().flatten().filter_map(|it| it.value_from.as_mut());
    sources.for_each(|it| default_references(&mut it.field_ref, &mut it.resource_field_ref));
}

fn default_handler(handler: &mut LifecycleHandler) {
    handler.http_get.iter_mut().for_each(default_http_get);
}

fn default_probe(probe: &mut Probe) {
    fill(&mut probe.timeout_seconds, 1);
    fill(&mut probe.period_seconds, 10);
    fill(&mut probe.success_threshold, 1);
    fill(&mut probe.failure_threshold, 3);
    probe.http_get.iter_mut().for_each(default_http_get);
    if let Some(grpc) = &mut probe.grpc {
        fill_text(&mut grpc.service, "");
    }
}

fn default_http_get(action: &mut HTTPGetAction) {
    fill_text(&mut action.path, "/");
    fill_text(&mut action.scheme, "HTTP");
}

fn default_references(
    field: &mut Option<ObjectFieldSelector>,
    resource: &mut Option<ResourceFieldSelector>,
) {
    if let Some(field) = field {
        fill_text(&mut field.api_version, "v1");
    }
    if let Some(resource) = resource {
        // A quantity that was never set is written as nothing, not left out.
        fill(&mut resource.divisor, Quantity("0".to_owned()));
    }
}

fn default_downward_files(files: &mut Option<Vec<DownwardAPIVolumeFile>>) {
    let files = files.iter_mut().flatten();
    files.for_each(|it| default_references(&mut it.field_ref, &mut it.resource_field_ref));
}

fn default_volume(volume: &mut Volume) {
    let nameless = Volume { name: String::new(), ..volume.clone() };
    if nameless == Volume::default() {
        volume.empty_dir = Some(EmptyDirVolumeSource::default());
    }
    if let Some(source) = &mut volume.config_map {
        fill(&mut source.default_mode, FILE_MODE);
    }
    if let Some(source) = &mut volume.secret {
        fill(&mut source.default_mode, FILE_MODE);
    }
    if let Some(source) = &mut volume.downward_api {
        fill(&mut source.default_mode, FILE_MODE);
        default_downward_files(&mut source.items);
    }
    if let Some(source) = &mut volume.host_path {
        fill_text(&mut source.type_, "");
    }
    volume.projected.iter_mut().for_each(default_projected);
}

fn default_projected(source: &mut ProjectedVolumeSource) {
    fill(&mut source.default_mode, FILE_MODE);
    for projection in source.sources.iter_mut().flatten() {
        if let Some(token) = &mut projection.service_account_token {
            fill(&mut token.expiration_seconds, 3600);
        }
        if let Some(downward) = &mut projection.downward_api {
            default_downward_files(&mut downward.items);
        }
    }
}
