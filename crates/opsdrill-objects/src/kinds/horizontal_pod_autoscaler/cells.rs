//! The columns of HorizontalPodAutoscalers.

use k8s_openapi::api::autoscaling::v2::{
    HorizontalPodAutoscaler, MetricSpec, MetricTarget, MetricValueStatus,
};

use crate::Object;
use crate::kinds::cells;

/// How many metrics are named; the others are counted.
const METRICS_MAX: usize = 2;

pub(super) fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(HorizontalPodAutoscaler { spec: Some(spec), status, .. }) =
        object.horizontal_pod_autoscaler()
    else {
        return Vec::new();
    };
    let reference = &spec.scale_target_ref;
    let current = status.as_ref().and_then(|it| it.current_replicas).unwrap_or_default();
    let least = spec.min_replicas.map_or("<unset>".to_owned(), |it| it.to_string());
    vec![
        object.meta.name.to_string(),
        format!("{}/{}", reference.kind, reference.name),
        metrics(object),
        least,
        spec.max_replicas.to_string(),
        current.to_string(),
        cells::age(object, now),
    ]
}

/// As `formatHPAMetrics`.
fn metrics(object: &Object) -> String {
    let Some(body) = object.horizontal_pod_autoscaler() else { return String::new() };
    let specs = body.spec.as_ref().and_then(|it| it.metrics.as_deref()).unwrap_or_default();
    if specs.is_empty() {
        return cells::NONE.to_owned();
    }
    let current = body.status.as_ref().and_then(|it| it.current_metrics.as_deref());
    let current = current.unwrap_or_default();
    let texts: Vec<String> = specs
        .iter()
        .enumerate()
        .map(|(place, spec)| {
            let status = current.get(place);
            match spec.type_.as_str() {
                "External" => {
                    let value = status.and_then(|it| it.external.as_ref()).map(|it| &it.current);
                    either(spec.external.as_ref().map(|it| &it.target), value)
                }
                "Pods" => {
                    let value = status.and_then(|it| it.pods.as_ref()).map(|it| &it.current);
                    let target = spec.pods.as_ref().map(|it| &it.target);
                    format!("{}/{}", average(value), average_target(target))
                }
                "Object" => {
                    let value = status.and_then(|it| it.object.as_ref()).map(|it| &it.current);
                    either(spec.object.as_ref().map(|it| &it.target), value)
                }
                "Resource" => {
                    let value = status.and_then(|it| it.resource.as_ref()).map(|it| &it.current);
                    let name = spec.resource.as_ref().map_or("", |it| it.name.as_str());
                    resource(name, spec.resource.as_ref().map(|it| &it.target), value)
                }
                "ContainerResource" => container(
                    spec,
                    status.and_then(|it| it.container_resource.as_ref().map(|it| &it.current)),
                ),
                _ => "<unknown type>".to_owned(),
            }
        })
        .collect();
    let shown = texts[..texts.len().min(METRICS_MAX)].join(", ");
    match texts.len().saturating_sub(METRICS_MAX) {
        0 => shown,
        more => format!("{shown} + {more} more..."),
    }
}

const UNKNOWN: &str = "<unknown>";

fn average(value: Option<&MetricValueStatus>) -> String {
    value.and_then(|it| it.average_value.as_ref()).map_or(UNKNOWN.into(), |it| it.0.clone())
}

fn average_target(target: Option<&MetricTarget>) -> String {
    target.and_then(|it| it.average_value.as_ref()).map_or_else(String::new, |it| it.0.clone())
}

/// A metric that aims at an average or at a sum.
fn either(target: Option<&MetricTarget>, value: Option<&MetricValueStatus>) -> String {
    if target.is_some_and(|it| it.average_value.is_some()) {
        return format!("{}/{} (avg)", average(value), average_target(target));
    }
    let current = value.and_then(|it| it.value.as_ref()).map_or(UNKNOWN.into(), |it| it.0.clone());
    let wanted =
        target.and_then(|it| it.value.as_ref()).map_or_else(String::new, |it| it.0.clone());
    format!("{current}/{wanted}")
}

fn resource(
    name: &str,
    target: Option<&MetricTarget>,
    value: Option<&MetricValueStatus>,
) -> String {
    if target.is_some_and(|it| it.average_value.is_some()) {
        return format!("{name}: {}/{}", average(value), average_target(target));
    }
    let percent = |it: i32| format!("{it}%");
    let current = value.and_then(|it| it.average_utilization).map_or(UNKNOWN.into(), percent);
    let wanted = target.and_then(|it| it.average_utilization).map_or("<auto>".into(), percent);
    format!("{name}: {current}/{wanted}")
}

fn container(spec: &MetricSpec, value: Option<&MetricValueStatus>) -> String {
    let source = spec.container_resource.as_ref();
    let name = source.map_or("", |it| it.name.as_str());
    resource(name, source.map(|it| &it.target), value)
}
