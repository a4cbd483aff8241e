//! Containers: ordinary ones and those that run before them.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container, ContainerPort};

use super::probe::{self, ProbeUse};
use super::{Errors, Path, environment, invalid_each, names, numbers, one_of, resources, volume};
use crate::field_error::FieldError;

/// Protocols of ports.
pub(crate) const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];

/// The ordinary containers of a pod.
pub(crate) fn containers(
    errors: &mut Errors,
    path: &Path,
    containers: &[Container],
    volumes: &BTreeSet<&str>,
) {
    if containers.is_empty() {
        errors.push(FieldError::required(path, ""));
        return;
    }
    let mut names = BTreeSet::new();
    for (place, container) in containers.iter().enumerate() {
        let path = path.index(place);
        common(errors, &path, container, volumes);
        if !names.insert(container.name.as_str()) {
            errors.push(FieldError::duplicate(path.child("name"), &container.name));
        }
        hooks(errors, &path, container);
        if container.restart_policy.is_some() {
            let why = "may not be set for non-init containers";
            errors.push(FieldError::forbidden(path.child("restartPolicy"), why));
        }
    }
    host_ports(errors, path, containers);
}

/// The init containers of a pod whose ordinary ones are `others`.
pub(crate) fn init_containers(
    errors: &mut Errors,
    path: &Path,
    containers: &[Container],
    others: &[Container],
    volumes: &BTreeSet<&str>,
) {
    let mut names: BTreeSet<&str> = others.iter().map(|it| it.name.as_str()).collect();
    for (place, container) in containers.iter().enumerate() {
        let path = path.index(place);
        let sidecar = container.restart_policy.as_deref() == Some("Always");
        common(errors, &path, container, volumes);
        if let Some(policy) = container.restart_policy.as_deref().filter(|_| !sidecar) {
            let path = path.child("restartPolicy");
            errors.push(FieldError::not_supported(&path, policy, &["Always"]));
        }
        if !container.name.is_empty() && !names.insert(container.name.as_str()) {
            errors.push(FieldError::duplicate(path.child("name"), &container.name));
        }
        if sidecar {
            hooks(errors, &path, container);
            continue;
        }
        for (field, given) in [
            ("lifecycle", container.lifecycle.is_some()),
            ("livenessProbe", container.liveness_probe.is_some()),
            ("readinessProbe", container.readiness_probe.is_some()),
            ("startupProbe", container.startup_probe.is_some()),
        ] {
            if given {
                let why = "may not be set for init containers without restartPolicy=Always";
                errors.push(FieldError::forbidden(path.child(field), why));
            }
        }
    }
}

fn hooks(errors: &mut Errors, path: &Path, container: &Container) {
    probe::lifecycle(errors, &path.child("lifecycle"), container.lifecycle.as_ref());
    for (field, given, what_for) in [
        ("livenessProbe", &container.liveness_probe, ProbeUse::Liveness),
        ("readinessProbe", &container.readiness_probe, ProbeUse::Readiness),
        ("startupProbe", &container.startup_probe, ProbeUse::Startup),
    ] {
        probe::probe(errors, &path.child(field), given.as_ref(), what_for);
    }
}

pub(super) fn common(
    errors: &mut Errors,
    path: &Path,
    container: &Container,
    volumes: &BTreeSet<&str>,
) {
    let name = path.child("name");
    if container.name.is_empty() {
        errors.push(FieldError::required(&name, ""));
    } else {
        invalid_each(errors, &name, &container.name, names::is_dns1123_label(&container.name));
    }
    let image = container.image.as_deref().unwrap_or_default();
    if image.is_empty() {
        errors.push(FieldError::required(path.child("image"), ""));
    } else if image.trim() != image {
        let why = "must not have leading or trailing whitespace";
        errors.push(FieldError::invalid(path.child("image"), image, why));
    }
    one_of(
        errors,
        &path.child("terminationMessagePolicy"),
        container.termination_message_policy.as_deref(),
        &["FallbackToLogsOnError", "File"],
    );
    ports(errors, &path.child("ports"), container.ports.as_deref().unwrap_or_default());
    let env = container.env.as_deref().unwrap_or_default();
    environment::variables(errors, &path.child("env"), env);
    let env_from = container.env_from.as_deref().unwrap_or_default();
    environment::sources(errors, &path.child("envFrom"), env_from);
    let mounts = container.volume_mounts.as_deref().unwrap_or_default();
    volume::mounts(errors, &path.child("volumeMounts"), mounts, volumes);
    one_of(
        errors,
        &path.child("imagePullPolicy"),
        container.image_pull_policy.as_deref(),
        &["Always", "IfNotPresent", "Never"],
    );
    if let Some(required) = &container.resources {
        resources::requirements(errors, &path.child("resources"), required);
    }
}

fn ports(errors: &mut Errors, path: &Path, ports: &[ContainerPort]) {
    let mut taken = BTreeSet::new();
    for (place, port) in ports.iter().enumerate() {
        let path = path.index(place);
        if let Some(name) = port.name.as_deref().filter(|it| !it.is_empty()) {
            let messages = names::is_port_name(name);
            if messages.is_empty() && !taken.insert(name) {
                errors.push(FieldError::duplicate(path.child("name"), name));
            }
            invalid_each(errors, &path.child("name"), name, messages);
        }
        let number = path.child("containerPort");
        if port.container_port == 0 {
            errors.push(FieldError::required(&number, ""));
        } else {
            numbers::port(errors, &number, port.container_port);
        }
        if let Some(host_port) = port.host_port.filter(|it| *it != 0) {
            numbers::port(errors, &path.child("hostPort"), host_port);
        }
        one_of(errors, &path.child("protocol"), port.protocol.as_deref(), PROTOCOLS);
    }
}

/// Two containers of a pod cannot have the same port of the node.
fn host_ports(errors: &mut Errors, path: &Path, containers: &[Container]) {
    let mut taken = BTreeSet::new();
    for (place, container) in containers.iter().enumerate() {
        let path = path.index(place).child("ports");
        for (place, port) in container.ports.iter().flatten().enumerate() {
            let Some(number) = port.host_port.filter(|it| *it != 0) else { continue };
            let protocol = port.protocol.as_deref().unwrap_or_default();
            let address = port.host_ip.as_deref().unwrap_or_default();
            if !taken.insert((number, protocol, address)) {
                let key = format!("{protocol}/{address}/{number}");
                errors.push(FieldError::duplicate(path.index(place).child("hostPort"), &key));
            }
        }
    }
}
