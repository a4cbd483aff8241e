//! `kubectl describe job`.

use opsdrill_objects::{Object, Status, duration};

use crate::kubectl::context::Context;

use super::fields::{date, number, plain, seconds, selector, template, text, text_or};
use super::{Description, events};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    out.name(&object.meta);
    if document.pointer("/spec/selector").is_some() {
        out.field(0, "Selector", selector(&document, "/spec/selector", ""));
    }
    out.labels_and_annotations(&object.meta);
    if let Some(owner) = object.meta.controller() {
        out.field(0, "Controlled By", format!("{}/{}", owner.kind.info().name, owner.name));
    }
    for (title, field) in [("Parallelism", "parallelism"), ("Completions", "completions")] {
        out.field(0, title, text_or(&document, &format!("/spec/{field}"), "<unset>"));
    }
    for (title, field) in [
        ("Completion Mode", "completionMode"),
        ("Suspend", "suspend"),
        ("Backoff Limit", "backoffLimit"),
        ("TTL Seconds After Finished", "ttlSecondsAfterFinished"),
    ] {
        if let Some(value) = document.pointer(&format!("/spec/{field}")) {
            out.field(0, title, plain(value));
        }
    }
    for (title, field) in [("Start Time", "startTime"), ("Completed At", "completionTime")] {
        if let Some(date) = date(&document, &format!("/status/{field}")) {
            out.field(0, title, date);
        }
    }
    let moment = |field: &str| seconds(&document, &format!("/status/{field}"));
    if let (Some(start), Some(end)) = (moment("startTime"), moment("completionTime")) {
        out.field(0, "Duration", duration::human((end - start).saturating_mul(1000)));
    }
    if let Some(value) = document.pointer("/spec/activeDeadlineSeconds") {
        out.field(0, "Active Deadline Seconds", format!("{}s", plain(value)));
    }
    let count = |field: &str| number(&document, &format!("/status/{field}"));
    let ready = match document.pointer("/status/ready") {
        Some(ready) => format!(" ({} Ready)", plain(ready)),
        None => String::new(),
    };
    out.field(
        0,
        "Pods Statuses",
        format!(
            "{} Active{ready} / {} Succeeded / {} Failed",
            count("active"),
            count("succeeded"),
            count("failed")
        ),
    );
    if text(&document, "/spec/completionMode") == "Indexed" {
        let indexes = text_or(&document, "/status/completedIndexes", "<none>");
        out.field(0, "Completed Indexes", indexes);
    }
    template(&document, "/spec/template", out);
    events::describe(context, object, out);
    Ok(())
}
