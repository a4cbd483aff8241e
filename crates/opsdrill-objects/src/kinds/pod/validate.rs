//! What a Pod may look like and what of it may change (`ValidatePodUpdate`).

use k8s_openapi::api::core::v1::{Container, PodSpec};

use crate::Object;
use crate::field_error::FieldError;
use crate::validation::{Errors, Path, metadata, names, pod_spec};

use super::difference;

/// The fields that may change, as the server lists them.
const CHANGEABLE: &str = "`spec.containers[*].image`,`spec.initContainers[*].image`,\
    `spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),\
    `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

pub(super) fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    if let Some(pod) = object.pod() {
        pod_spec::validate(&mut errors, &Path::new("spec"), &pod.spec);
    }
    errors
}

pub(super) fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let (Some(new), Some(old)) = (new.pod(), old.pod()) else { return errors };
    let path = Path::new("spec");
    let (mut wanted, kept) = (new.full_spec(), old.full_spec());
    let init = |it: &PodSpec| it.init_containers.clone().unwrap_or_default();
    let same_number = container_updates(
        &mut errors,
        &path.child("containers"),
        &wanted.containers,
        kept.containers.len(),
    ) && container_updates(
        &mut errors,
        &path.child("initContainers"),
        &init(&wanted),
        init(&kept).len(),
    );
    if !same_number {
        return errors;
    }
    deadline_update(&mut errors, &path, &wanted, &kept);
    toleration_update(&mut errors, &path, &wanted, &kept);
    forget_changeable(&mut wanted, &kept);
    if wanted != kept {
        let why = format!(
            "pod updates may not change fields other than {CHANGEABLE}\n{}",
            difference::difference(&kept, &wanted)
        );
        errors.push(FieldError::forbidden(path, why));
    }
    errors
}

/// Whether there are as many containers as before; every image must be given.
fn container_updates(
    errors: &mut Errors,
    path: &Path,
    wanted: &[Container],
    number_before: usize,
) -> bool {
    if wanted.len() != number_before {
        errors.push(FieldError::forbidden(path, "pod updates may not add or remove containers"));
        return false;
    }
    for (place, container) in wanted.iter().enumerate() {
        if container.image.as_deref().unwrap_or_default().trim().is_empty() {
            errors.push(FieldError::required(path.index(place).child("image"), ""));
        }
    }
    true
}

/// A deadline may be set and shortened.
fn deadline_update(errors: &mut Errors, path: &Path, wanted: &PodSpec, kept: &PodSpec) {
    let path = path.child("activeDeadlineSeconds");
    match (wanted.active_deadline_seconds, kept.active_deadline_seconds) {
        (Some(new), Some(old)) if new > old => {
            let why = "must be less than or equal to previous value";
            errors.push(FieldError::invalid_raw(path, new, why));
        }
        (None, Some(_)) => {
            let why = "must not update from a positive integer to nil value";
            errors.push(FieldError::invalid_raw(path, "null", why));
        }
        _ => {}
    }
}

/// Tolerations may be added; those there are stay (how long they last may change).
fn toleration_update(errors: &mut Errors, path: &Path, wanted: &PodSpec, kept: &PodSpec) {
    let without_seconds = |it: &k8s_openapi::api::core::v1::Toleration| {
        let mut it = it.clone();
        it.toleration_seconds = None;
        it
    };
    let wanted: Vec<_> = wanted.tolerations.iter().flatten().map(without_seconds).collect();
    let all_kept =
        kept.tolerations.iter().flatten().all(|it| wanted.contains(&without_seconds(it)));
    if !all_kept {
        let why = "existing toleration can not be modified except its tolerationSeconds";
        errors.push(FieldError::forbidden(path.child("tolerations"), why));
    }
}

/// Puts the old values into the fields that may change, so that only the others make a difference.
fn forget_changeable(wanted: &mut PodSpec, kept: &PodSpec) {
    for (new, old) in wanted.containers.iter_mut().zip(&kept.containers) {
        new.image.clone_from(&old.image);
    }
    let new = wanted.init_containers.iter_mut().flatten();
    for (new, old) in new.zip(kept.init_containers.iter().flatten()) {
        new.image.clone_from(&old.image);
    }
    wanted.active_deadline_seconds = kept.active_deadline_seconds;
    wanted.tolerations.clone_from(&kept.tolerations);
    let was_negative = kept.termination_grace_period_seconds.is_some_and(|it| it < 0);
    if was_negative && wanted.termination_grace_period_seconds == Some(1) {
        wanted.termination_grace_period_seconds = kept.termination_grace_period_seconds;
    }
}
