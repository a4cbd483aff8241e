//! CronJob.

use k8s_openapi::api::batch::v1::{CronJob, CronJobSpec, CronJobStatus};

use crate::Object;
use crate::cron::{Schedule, zone};
use crate::defaults::{fill, fill_text, pod_spec};
use crate::field_error::FieldError;
use crate::selector::format_label_selector;
use crate::validation::{Errors, Path, job, metadata, names, numbers, one_of};

use super::pod::warnings::of_template;
use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

/// A Job's name is the CronJob's and eleven characters more.
const NAME_LENGTH_MAX: usize = 52;

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::CronJob,
    name: "CronJob",
    group: "batch",
    plural: "cronjobs",
    singular: "cronjob",
    short_names: &["cj"],
    categories: &["all"],
    subresources: &[SubresourceInfo::STATUS],
    has_generation: true,
    decode: decode_body::<CronJob>,
    default,
    validate,
    columns: &[
        Column::always("Name"),
        Column::always("Schedule"),
        Column::always("Timezone"),
        Column::boolean("Suspend"),
        Column::integer("Active"),
        Column::always("Last Schedule"),
        Column::always("Age"),
        Column::wide("Containers"),
        Column::wide("Images"),
        Column::wide("Selector"),
    ],
    cells,
    warnings: |object| {
        let spec = object.cron_job().and_then(|it| it.spec.as_ref()?.job_template.spec.as_ref());
        of_template(spec.map(|it| &it.template), "spec.jobTemplate.spec.template.")
    },
    ..ROW
};

/// As `SetDefaults_CronJob` of `pkg/apis/batch/v1`: of the Job only the pods get their defaults.
fn default(object: &mut Object) {
    let Some(body) = object.cron_job_mut() else { return };
    fill(&mut body.status, CronJobStatus::default());
    let spec = body.spec.get_or_insert_default();
    fill_text(&mut spec.concurrency_policy, "Allow");
    fill(&mut spec.suspend, false);
    fill(&mut spec.successful_jobs_history_limit, 3);
    fill(&mut spec.failed_jobs_history_limit, 1);
    spec.job_template.metadata.get_or_insert_default();
    let job = spec.job_template.spec.get_or_insert_default();
    job.template.metadata.get_or_insert_default();
    pod_spec::default_template(job.template.spec.get_or_insert_default());
}

/// As `ValidateCronJobSpec`.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    if object.meta.name.len() > NAME_LENGTH_MAX {
        let why = format!("must be no more than {NAME_LENGTH_MAX} characters");
        errors.push(FieldError::invalid("metadata.name", &object.meta.name, why));
    }
    let Some(CronJob { spec: Some(spec), .. }) = object.cron_job() else { return errors };
    let path = Path::new("spec");
    validate_schedule(&mut errors, &path, spec);
    let deadline = spec.starting_deadline_seconds;
    numbers::non_negative(&mut errors, &path.child("startingDeadlineSeconds"), deadline);
    let policies = ["Allow", "Forbid", "Replace"];
    let policy = spec.concurrency_policy.as_deref();
    one_of(&mut errors, &path.child("concurrencyPolicy"), policy, &policies);
    if let Some(job) = &spec.job_template.spec {
        job::validate(&mut errors, &path.child("jobTemplate").child("spec"), job, true);
    }
    for (field, limit) in [
        ("successfulJobsHistoryLimit", spec.successful_jobs_history_limit),
        ("failedJobsHistoryLimit", spec.failed_jobs_history_limit),
    ] {
        numbers::non_negative(&mut errors, &path.child(field), limit);
    }
    errors
}

fn validate_schedule(errors: &mut Errors, path: &Path, spec: &CronJobSpec) {
    let schedule = &spec.schedule;
    let path_of = |field| path.child(field);
    if schedule.is_empty() {
        errors.push(FieldError::required(path_of("schedule"), ""));
    } else if schedule.contains("TZ") {
        let why = match &spec.time_zone {
            Some(_) => "cannot use both timeZone field and TZ or CRON_TZ in schedule",
            None => "cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
        };
        errors.push(FieldError::invalid(path_of("schedule"), schedule, why));
    } else if let Err(why) = Schedule::parse(schedule) {
        errors.push(FieldError::invalid(path_of("schedule"), schedule, why));
    }
    match spec.time_zone.as_deref() {
        Some("") => {
            let why = "timeZone must be nil or non-empty string";
            errors.push(FieldError::invalid(path_of("timeZone"), "", why));
        }
        Some(local) if local.eq_ignore_ascii_case("local") => {
            let why = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
            errors.push(FieldError::invalid(path_of("timeZone"), local, why));
        }
        Some(name) if zone(Some(name)).is_none() => {
            let why = format!("unknown time zone {name}");
            errors.push(FieldError::invalid(path_of("timeZone"), name, why));
        }
        _ => {}
    }
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(CronJob { spec: Some(spec), status, .. }) = object.cron_job() else {
        return Vec::new();
    };
    let status = status.clone().unwrap_or_default();
    let job = spec.job_template.spec.as_ref();
    let [names, images] = cells::template_containers(job.map(|it| &it.template));
    vec![
        object.meta.name.to_string(),
        spec.schedule.clone(),
        cells::or_none(spec.time_zone.as_deref()),
        cells::true_or_false(spec.suspend),
        status.active.as_ref().map_or(0, Vec::len).to_string(),
        cells::since_time(status.last_schedule_time.as_ref(), now),
        cells::age(object, now),
        names,
        images,
        format_label_selector(job.and_then(|it| it.selector.as_ref())),
    ]
}
