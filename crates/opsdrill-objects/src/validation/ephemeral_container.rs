//! Ephemeral containers: what they may say, and what of them may change (`validateEphemeralContainers`,
//! `ValidatePodEphemeralContainersUpdate`).

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{
    Container, EphemeralContainer, PodSpec, ResourceRequirements, VolumeMount,
};

use super::{Errors, Path, container};
use crate::Object;
use crate::field_error::FieldError;

/// Why a field is refused.
const NOT_FOR_THESE: &str = "cannot be set for an Ephemeral Container";

/// The ephemeral containers of a specification.
pub(crate) fn ephemeral_containers(
    errors: &mut Errors,
    path: &Path,
    spec: &PodSpec,
    volumes: &BTreeSet<&str>,
) {
    let others = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let others: BTreeSet<&str> = others.map(|it| it.name.as_str()).collect();
    let mut names = others.clone();
    for (place, ephemeral) in spec.ephemeral_containers.iter().flatten().enumerate() {
        let path = path.index(place);
        container::common(errors, &path, &as_container(ephemeral), volumes);
        if !names.insert(ephemeral.name.as_str()) {
            errors.push(FieldError::duplicate(path.child("name"), &ephemeral.name));
        }
        let target = ephemeral.target_container_name.as_deref().unwrap_or_default();
        if !target.is_empty() && !others.contains(target) {
            errors.push(FieldError::not_found(path.child("targetContainerName"), target));
        }
        for field in refused_fields(ephemeral) {
            errors.push(FieldError::forbidden(path.child(field), NOT_FOR_THESE));
        }
        for (place, mount) in ephemeral.volume_mounts.iter().flatten().enumerate() {
            sub_paths(errors, &path.child("volumeMounts").index(place), mount);
        }
    }
}

/// The fields that are given and not for ephemeral containers, in the order of the Go type.
fn refused_fields(of: &EphemeralContainer) -> impl Iterator<Item = &'static str> {
    let no_resources = ResourceRequirements::default();
    let fields = [
        ("ports", of.ports.as_ref().is_some_and(|it| !it.is_empty())),
        ("resources", of.resources.as_ref().is_some_and(|it| *it != no_resources)),
        ("resizePolicy", of.resize_policy.as_ref().is_some_and(|it| !it.is_empty())),
        ("restartPolicy", of.restart_policy.is_some()),
        ("livenessProbe", of.liveness_probe.is_some()),
        ("readinessProbe", of.readiness_probe.is_some()),
        ("startupProbe", of.startup_probe.is_some()),
        ("lifecycle", of.lifecycle.is_some()),
    ];
    fields.into_iter().filter(|it| it.1).map(|it| it.0)
}

fn sub_paths(errors: &mut Errors, path: &Path, mount: &VolumeMount) {
    for (field, given) in [("subPath", &mount.sub_path), ("subPathExpr", &mount.sub_path_expr)] {
        if given.as_deref().is_some_and(|it| !it.is_empty()) {
            errors.push(FieldError::forbidden(path.child(field), NOT_FOR_THESE));
        }
    }
}

/// What an ephemeral container has in common with the others.
fn as_container(of: &EphemeralContainer) -> Container {
    Container {
        name: of.name.clone(),
        image: of.image.clone(),
        image_pull_policy: of.image_pull_policy.clone(),
        termination_message_policy: of.termination_message_policy.clone(),
        env: of.env.clone(),
        env_from: of.env_from.clone(),
        volume_mounts: of.volume_mounts.clone(),
        ..Container::default()
    }
}

/// Containers that are there may neither change nor go.
pub fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = Errors::new();
    let (Some(new), Some(old)) = (new.pod(), old.pod()) else { return errors };
    let path = Path::new("spec").child("ephemeralContainers");
    let wanted: Vec<&EphemeralContainer> = new.spec.ephemeral_containers.iter().flatten().collect();
    for kept in old.spec.ephemeral_containers.iter().flatten() {
        let found = wanted.iter().find(|it| it.name == kept.name);
        let what = match found {
            None => "removed",
            Some(found) if **found != *kept => "changed",
            Some(_) => continue,
        };
        let why = format!("existing ephemeral containers {:?} may not be {what}\n", kept.name);
        errors.push(FieldError::forbidden(&path, why));
    }
    errors
}
