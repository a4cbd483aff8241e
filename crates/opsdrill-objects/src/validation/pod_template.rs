//! Templates of ReplicaSets and Deployments, and the selector beside them.

use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::{Errors, IMMUTABLE, Path, go_value, label_selector, pod_spec};
use crate::field_error::FieldError;
use crate::selector::Selector;

/// Complaints about selector and template of the specification at `path`.
///
/// A selector that is absent and one that is empty cannot be told apart here; both are complained about as
/// absent.
pub fn validate(
    errors: &mut Errors,
    path: &Path,
    selector: &LabelSelector,
    template: &PodTemplateSpec,
) {
    validate_of(errors, path, selector, template, "ReplicaSet");
}

/// The same for a kind whose pods live as long as they may; `owner` is its name in a complaint.
pub fn validate_of(
    errors: &mut Errors,
    path: &Path,
    selector: &LabelSelector,
    template: &PodTemplateSpec,
    owner: &str,
) {
    let selector_path = path.child("selector");
    let absent = *selector == LabelSelector::default();
    if absent {
        errors.push(FieldError::required(&selector_path, ""));
    }
    label_selector::label_selector(errors, &selector_path, selector);
    let Ok(parsed) = Selector::from_label_selector((!absent).then_some(selector)) else {
        let value = go_value::label_selector(selector);
        errors.push(FieldError::invalid_raw(&selector_path, value, "invalid label selector"));
        return;
    };
    let template_path = path.child("template");
    let metadata = template.metadata.clone().unwrap_or_default();
    let labels = metadata.labels.clone().unwrap_or_default();
    if !parsed.matches(&labels) {
        errors.push(FieldError::invalid_raw(
            template_path.child("metadata").child("labels"),
            go_value::string_map(metadata.labels.as_ref()),
            "`selector` does not match template `labels`",
        ));
    }
    label_selector::labels(errors, &template_path.child("labels"), &labels);
    let spec_path = template_path.child("spec");
    let Some(spec) = &template.spec else { return };
    // What claims give a StatefulSet's pods is not among their volumes, so that the real server looks at none of this
    // (`ValidatePodTemplateSpecForStatefulSet`); what is wrong is told when the first pod is made.
    if owner != "StatefulSet" {
        pod_spec::validate(errors, &spec_path, spec);
    }
    if spec.ephemeral_containers.as_ref().is_some_and(|it| !it.is_empty()) {
        let path = spec_path.child("ephemeralContainers");
        let why = "ephemeral containers not allowed in pod template";
        errors.push(FieldError::forbidden(path, why));
    }
    match spec.restart_policy.as_deref() {
        None | Some("Always") => {}
        Some(other) => {
            let path = spec_path.child("restartPolicy");
            errors.push(FieldError::not_supported(&path, other, &["Always"]));
        }
    }
    if spec.active_deadline_seconds.is_some() {
        let path = spec_path.child("activeDeadlineSeconds");
        let why = format!("activeDeadlineSeconds in {owner} is not Supported");
        errors.push(FieldError::forbidden(&path, why));
    }
}

/// A selector may not change: pods would be lost sight of.
pub fn validate_selector_update(errors: &mut Errors, new: &LabelSelector, old: &LabelSelector) {
    if new != old {
        let path = Path::new("spec").child("selector");
        errors.push(FieldError::invalid_raw(&path, go_value::label_selector(new), IMMUTABLE));
    }
}
