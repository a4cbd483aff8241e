//! Job.

use k8s_openapi::api::batch::v1::{Job, JobSpec, JobStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use crate::defaults::{fill, fill_text, pod_spec};
use crate::field_error::FieldError;
use crate::selector::format_label_selector;
use crate::validation::{Errors, IMMUTABLE, Path, go_value, job, metadata, names};
use crate::{Object, duration};

use super::pod::warnings::of_template;
use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

/// The label by which a Job knows its pods.
const CONTROLLER_UID: &str = "batch.kubernetes.io/controller-uid";
/// The label with the Job's name.
const JOB_NAME: &str = "batch.kubernetes.io/job-name";
/// The same labels as they were called before 1.27.
const OLD_LABELS: [(&str, &str); 2] = [(CONTROLLER_UID, "controller-uid"), (JOB_NAME, "job-name")];

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Job,
    name: "Job",
    group: "batch",
    plural: "jobs",
    singular: "job",
    categories: &["all"],
    subresources: &[SubresourceInfo::STATUS],
    has_generation: true,
    decode: decode_body::<Job>,
    default,
    validate,
    validate_update,
    columns: &[
        Column::always("Name"),
        Column::always("Status"),
        Column::always("Completions"),
        Column::always("Duration"),
        Column::always("Age"),
        Column::wide("Containers"),
        Column::wide("Images"),
        Column::wide("Selector"),
    ],
    cells,
    warnings: |object| {
        let spec = object.job().and_then(|it| it.spec.as_ref());
        of_template(spec.map(|it| &it.template), "spec.template.")
    },
    ..ROW
};

/// As `SetDefaults_Job` of `pkg/apis/batch/v1` and, once the object has a UID, the selector that the registry makes.
fn default(object: &mut Object) {
    let (uid, name) = (object.meta.uid, object.meta.name.to_string());
    let Some(body) = object.job_mut() else { return };
    fill(&mut body.status, JobStatus::default());
    let spec = body.spec.get_or_insert_default();
    if spec.completions.is_none() && spec.parallelism.is_none() {
        spec.completions = Some(1);
    }
    fill(&mut spec.parallelism, 1);
    let limit = if spec.backoff_limit_per_index.is_some() { i32::MAX } else { 6 };
    fill(&mut spec.backoff_limit, limit);
    fill_text(&mut spec.completion_mode, "NonIndexed");
    fill(&mut spec.suspend, false);
    fill(&mut spec.manual_selector, false);
    let replacement =
        if spec.pod_failure_policy.is_some() { "Failed" } else { "TerminatingOrFailed" };
    fill_text(&mut spec.pod_replacement_policy, replacement);
    spec.template.metadata.get_or_insert_default();
    pod_spec::default_template(spec.template.spec.get_or_insert_default());
    if !uid.is_empty() && spec.manual_selector != Some(true) && spec.selector.is_none() {
        select_own_pods(spec, &uid.to_string(), &name);
    }
    let labels = spec.template.metadata.as_ref().and_then(|it| it.labels.clone());
    let labels = labels.unwrap_or_default();
    if object.meta.labels.is_empty() && !labels.is_empty() {
        object.meta.labels = labels.into();
    }
}

/// As `generateSelector` of `pkg/registry/batch/job`.
fn select_own_pods(spec: &mut JobSpec, uid: &str, name: &str) {
    let labels = spec.template.metadata.get_or_insert_default().labels.get_or_insert_default();
    for (key, value) in [(CONTROLLER_UID, uid), (JOB_NAME, name)] {
        labels.insert(key.to_owned(), value.to_owned());
        let old = OLD_LABELS.iter().find(|it| it.0 == key).map(|it| it.1);
        labels.extend(old.map(|it| (it.to_owned(), value.to_owned())));
    }
    let matched = [(CONTROLLER_UID.to_owned(), uid.to_owned())].into();
    spec.selector = Some(LabelSelector { match_labels: Some(matched), match_expressions: None });
}

fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    if let Some(spec) = object.job().and_then(|it| it.spec.as_ref()) {
        job::validate(&mut errors, &Path::new("spec"), spec, false);
    }
    errors
}

/// As `ValidateJobSpecUpdate`. The server tells an offending template in full; we name its type.
fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let spec = |it: &Object| it.job()?.spec.clone();
    let (Some(new), Some(old)) = (spec(new), spec(old)) else { return errors };
    let path = Path::new("spec");
    let mut immutable = |field: &str, changed: bool, value: String| {
        if changed {
            errors.push(FieldError::invalid_raw(path.child(field), value, IMMUTABLE));
        }
    };
    let number = |it: Option<i32>| it.map_or("null".to_owned(), |it| it.to_string());
    let indexed = new.completion_mode.as_deref() == Some("Indexed");
    immutable(
        "completions",
        new.completions != old.completions && !indexed,
        number(new.completions),
    );
    let selector = new.selector.as_ref().map(go_value::label_selector).unwrap_or_default();
    immutable("selector", new.selector != old.selector, selector);
    let template_changed = new.template != old.template && old.suspend != Some(true);
    immutable("template", template_changed, "core.PodTemplateSpec{…}".into());
    let mode = format!("{:?}", new.completion_mode.as_deref().unwrap_or_default());
    immutable("completionMode", new.completion_mode != old.completion_mode, mode);
    let per_index = new.backoff_limit_per_index;
    immutable("backoffLimitPerIndex", per_index != old.backoff_limit_per_index, number(per_index));
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(Job { spec: Some(spec), status, .. }) = object.job() else { return Vec::new() };
    let status = status.clone().unwrap_or_default();
    let [names, images] = cells::template_containers(Some(&spec.template));
    let succeeded = status.succeeded.unwrap_or_default();
    let completions = match (spec.completions, spec.parallelism.unwrap_or_default()) {
        (Some(completions), _) => format!("{succeeded}/{completions}"),
        (None, parallelism) if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        (None, _) => format!("{succeeded}/1"),
    };
    let started = status.start_time.as_ref().map(|it| it.0.as_second());
    let ended = status.completion_time.as_ref().map_or(now, |it| it.0.as_second());
    vec![
        object.meta.name.to_string(),
        state(object, &status).to_owned(),
        completions,
        started.map(|it| duration::human((ended - it) * 1000)).unwrap_or_default(),
        cells::age(object, now),
        names,
        images,
        format_label_selector(spec.selector.as_ref()),
    ]
}

fn state(object: &Object, status: &JobStatus) -> &'static str {
    let holds = |name: &str| {
        status.conditions.iter().flatten().any(|it| it.type_ == name && it.status == "True")
    };
    match () {
        () if holds("Complete") => "Complete",
        () if holds("Failed") => "Failed",
        () if object.meta.is_terminating() => "Terminating",
        () if holds("Suspended") => "Suspended",
        () if holds("FailureTarget") => "FailureTarget",
        () if holds("SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    }
}
