//! Specifications of Jobs, in Jobs and in templates of CronJobs (`pkg/apis/batch/validation`).

use k8s_openapi::api::batch::v1::JobSpec;

use super::{Errors, Path, go_value, label_selector, numbers, one_of, pod_spec};
use crate::field_error::FieldError;
use crate::selector::Selector;

/// Complaints about a specification at `path`; a template of a CronJob has no selector yet.
pub fn validate(errors: &mut Errors, path: &Path, spec: &JobSpec, is_template: bool) {
    numbers::non_negative(errors, &path.child("parallelism"), spec.parallelism);
    numbers::non_negative(errors, &path.child("completions"), spec.completions);
    let deadline = spec.active_deadline_seconds;
    numbers::non_negative(errors, &path.child("activeDeadlineSeconds"), deadline);
    numbers::non_negative(errors, &path.child("backoffLimit"), spec.backoff_limit);
    let ttl = spec.ttl_seconds_after_finished;
    numbers::non_negative(errors, &path.child("ttlSecondsAfterFinished"), ttl);
    if let Some(mode) = &spec.completion_mode {
        let mode_path = path.child("completionMode");
        one_of(errors, &mode_path, Some(mode), &["Indexed", "NonIndexed"]);
        if mode == "Indexed" && spec.completions.is_none() {
            let why = "when completion mode is Indexed";
            errors.push(FieldError::required(path.child("completions"), why));
        }
    }
    validate_selector(errors, path, spec, is_template);
    let template_path = path.child("template");
    let Some(pod) = &spec.template.spec else { return };
    let pod_path = template_path.child("spec");
    let labels = spec.template.metadata.as_ref().and_then(|it| it.labels.clone());
    label_selector::labels(errors, &template_path.child("labels"), &labels.unwrap_or_default());
    pod_spec::validate(errors, &pod_path, pod);
    if matches!(pod.restart_policy.as_deref(), None | Some("" | "Always")) {
        let why = "valid values: \"OnFailure\", \"Never\"";
        errors.push(FieldError::required(pod_path.child("restartPolicy"), why));
    }
}

fn validate_selector(errors: &mut Errors, path: &Path, spec: &JobSpec, is_template: bool) {
    let selector_path = path.child("selector");
    let Some(selector) = &spec.selector else {
        if !is_template {
            errors.push(FieldError::required(&selector_path, ""));
        }
        return;
    };
    if is_template {
        let value = format!("{selector:?}");
        let why = "`selector` will be auto-generated";
        errors.push(FieldError::invalid_raw(&selector_path, value, why));
        return;
    }
    label_selector::label_selector(errors, &selector_path, selector);
    let labels = spec.template.metadata.as_ref().and_then(|it| it.labels.as_ref());
    let matches = Selector::from_label_selector(Some(selector))
        .is_ok_and(|it| it.matches(&labels.cloned().unwrap_or_default()));
    if !matches {
        errors.push(FieldError::invalid_raw(
            path.child("template").child("metadata").child("labels"),
            go_value::string_map(labels),
            "`selector` does not match template `labels`",
        ));
    }
}
