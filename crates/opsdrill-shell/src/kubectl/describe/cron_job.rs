//! `kubectl describe cronjob`.

use opsdrill_objects::{Object, Status};

use crate::kubectl::context::Context;

use super::fields::{date, list, plain, selector, switch, template, text, text_or};
use super::writer::or_none;
use super::{Description, events};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    out.name(&object.meta);
    out.labels_and_annotations(&object.meta);
    out.field(0, "Schedule", text(&document, "/spec/schedule"));
    out.field(0, "Concurrency Policy", text(&document, "/spec/concurrencyPolicy"));
    out.field(0, "Suspend", switch(&document, "/spec/suspend", "<unset>"));
    for (title, field) in [
        ("Successful Job History Limit", "successfulJobsHistoryLimit"),
        ("Failed Job History Limit", "failedJobsHistoryLimit"),
    ] {
        out.field(0, title, text_or(&document, &format!("/spec/{field}"), "<unset>"));
    }
    let deadline = match document.pointer("/spec/startingDeadlineSeconds") {
        Some(seconds) => format!("{}s", plain(seconds)),
        None => "<unset>".to_owned(),
    };
    out.field(0, "Starting Deadline Seconds", deadline);
    job(&document["spec"]["jobTemplate"], out);
    let last = date(&document, "/status/lastScheduleTime");
    out.field(0, "Last Schedule Time", last.unwrap_or_else(|| "<unset>".to_owned()));
    let active: Vec<String> =
        list(&document, "/status/active").iter().map(|it| text(it, "/name")).collect();
    out.field(0, "Active Jobs", or_none(&active.join(", ")));
    events::describe(context, object, out);
    Ok(())
}

/// The template of the jobs.
fn job(template_document: &serde_json::Value, out: &mut Description) {
    let spec = &template_document["spec"];
    out.field(0, "Selector", selector(spec, "/selector", "<unset>"));
    out.field(0, "Parallelism", text_or(spec, "/parallelism", "<unset>"));
    out.field(0, "Completions", text_or(spec, "/completions", "<unset>"));
    if let Some(seconds) = spec.get("activeDeadlineSeconds") {
        out.field(0, "Active Deadline Seconds", format!("{}s", plain(seconds)));
    }
    template(spec, "/template", out);
}
