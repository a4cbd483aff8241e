//! `kubectl describe horizontalpodautoscaler`.

use opsdrill_objects::{Object, Status, timestamp};
use serde_json::Value;

use crate::kubectl::context::Context;

use super::fields::{list, number, plain, text, text_or};
use super::{Description, events};

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    out.name(&object.meta);
    out.labels_and_annotations(&object.meta);
    out.field(0, "CreationTimestamp", timestamp::format_describe(object.meta.created));
    let kind = text(&document, "/spec/scaleTargetRef/kind");
    out.field(0, "Reference", format!("{kind}/{}", text(&document, "/spec/scaleTargetRef/name")));
    out.field(0, "Metrics", "( current / target )");
    let current = list(&document, "/status/currentMetrics");
    for (place, metric) in list(&document, "/spec/metrics").iter().enumerate() {
        out.line(1, metric_line(metric, current.get(place)));
    }
    out.field(0, "Min replicas", text_or(&document, "/spec/minReplicas", "<unset>"));
    out.field(0, "Max replicas", number(&document, "/spec/maxReplicas"));
    behavior(&document, out);
    out.field(
        0,
        &format!("{kind} pods"),
        format!(
            "{} current / {} desired",
            number(&document, "/status/currentReplicas"),
            number(&document, "/status/desiredReplicas")
        ),
    );
    let conditions = list(&document, "/status/conditions");
    if !conditions.is_empty() {
        out.line(
            0,
            "Conditions:\n  Type\tStatus\tReason\tMessage\n  ----\t------\t------\t-------",
        );
        for condition in conditions {
            let cells = ["/type", "/status", "/reason", "/message"].map(|it| text(condition, it));
            out.line(1, cells.join("\t"));
        }
    }
    events::describe(context, object, out);
    Ok(())
}

/// `resource cpu on pods  (as a percentage of request):  12% (24m) / 80%`.
fn metric_line(metric: &Value, current: Option<&Value>) -> String {
    let part = |field: &str| current.and_then(|it| it.pointer(field)).map(plain);
    let unknown = || "<unknown>".to_owned();
    let average = |sort: &str| {
        let now = part(&format!("/{sort}/current/averageValue")).unwrap_or_else(unknown);
        format!("{now} / {}", text(metric, &format!("/{sort}/target/averageValue")))
    };
    let whole = |sort: &str| {
        let now = part(&format!("/{sort}/current/value")).unwrap_or_else(unknown);
        format!("{now} / {}", text(metric, &format!("/{sort}/target/value")))
    };
    let named = |sort: &str| text(metric, &format!("/{sort}/metric/name"));
    match text(metric, "/type").as_str() {
        sort @ ("Resource" | "ContainerResource") => {
            let field = if sort == "Resource" { "resource" } else { "containerResource" };
            let name = text(metric, &format!("/{field}/name"));
            let container = text(metric, "/containerResource/container");
            let of = if container.is_empty() {
                format!("resource {name} on pods")
            } else {
                format!("resource {name} of container \"{container}\" on pods")
            };
            if metric.pointer(&format!("/{field}/target/averageValue")).is_some() {
                return format!("{of}:\t{}", average(field));
            }
            let now = part(&format!("/{field}/current/averageUtilization")).map(|percent| {
                let value = part(&format!("/{field}/current/averageValue")).unwrap_or_default();
                format!("{percent}% ({value})")
            });
            let target = match metric.pointer(&format!("/{field}/target/averageUtilization")) {
                Some(percent) => format!("{}%", plain(percent)),
                None => "<auto>".to_owned(),
            };
            let now = now.unwrap_or_else(unknown);
            format!("{of}  (as a percentage of request):\t{now} / {target}")
        }
        "Pods" => format!("\"{}\" on pods:\t{}", named("pods"), average("pods")),
        "Object" => {
            let kind = text(metric, "/object/describedObject/kind");
            let name = text(metric, "/object/describedObject/name");
            format!("\"{}\" on {kind}/{name} (target value):\t{}", named("object"), whole("object"))
        }
        "External" if metric.pointer("/external/target/averageValue").is_some() => {
            format!("\"{}\" (target average value):\t{}", named("external"), average("external"))
        }
        "External" => {
            format!("\"{}\" (target value):\t{}", named("external"), whole("external"))
        }
        other => format!("<unknown metric type \"{other}\">"),
    }
}

fn behavior(document: &Value, out: &mut Description) {
    if document.pointer("/spec/behavior").is_none() {
        return;
    }
    out.line(0, "Behavior:");
    for (title, field) in [("Scale Up", "scaleUp"), ("Scale Down", "scaleDown")] {
        let Some(rules) = document.pointer(&format!("/spec/behavior/{field}")) else { continue };
        out.line(1, format!("{title}:"));
        if let Some(window) = rules.get("stabilizationWindowSeconds") {
            out.line(2, format!("Stabilization Window: {} seconds", plain(window)));
        }
        let policies = list(rules, "/policies");
        if policies.is_empty() {
            continue;
        }
        out.line(2, format!("Select Policy: {}", text_or(rules, "/selectPolicy", "Max")));
        out.line(2, "Policies:");
        for policy in policies {
            let [kind, value, period] =
                ["/type", "/value", "/periodSeconds"].map(|it| text(policy, it));
            out.line(3, format!("- Type: {kind}\tValue: {value}\tPeriod: {period} seconds"));
        }
    }
}
