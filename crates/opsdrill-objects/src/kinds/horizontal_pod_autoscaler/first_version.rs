//! `autoscaling/v1`: what it has no field for stands in annotations (`pkg/apis/autoscaling/v1/conversion.go`).

use k8s_openapi::api::autoscaling::{v1, v2};
use serde_json::{Map, Value, json};

use crate::decode::{self, DecodeError, Decoded};
use crate::go_format::json as go_json;
use crate::object::Body;

use super::super::ServedVersion;

pub(super) const VERSION: ServedVersion =
    ServedVersion { group: "autoscaling", version: "v1", decode, encode };

/// The fields that became annotations: of the specification or the status, and the annotation.
const ANNOTATED: [(&str, &str, &str); 4] = [
    ("spec", "metrics", "autoscaling.alpha.kubernetes.io/metrics"),
    ("spec", "behavior", "autoscaling.alpha.kubernetes.io/behavior"),
    ("status", "conditions", "autoscaling.alpha.kubernetes.io/conditions"),
    ("status", "currentMetrics", "autoscaling.alpha.kubernetes.io/current-metrics"),
];

fn decode(document: &Value) -> Result<Decoded<Body>, DecodeError> {
    let Decoded { value, unknown } =
        decode::decode::<v1::HorizontalPodAutoscaler>(document, "HorizontalPodAutoscaler")?;
    let spec = value.spec.map(|it| v2::HorizontalPodAutoscalerSpec {
        scale_target_ref: v2::CrossVersionObjectReference {
            api_version: it.scale_target_ref.api_version,
            kind: it.scale_target_ref.kind,
            name: it.scale_target_ref.name,
        },
        min_replicas: it.min_replicas,
        max_replicas: it.max_replicas,
        metrics: it.target_cpu_utilization_percentage.map(|it| vec![super::cpu(it)]),
        behavior: None,
    });
    let status = value.status.map(|it| v2::HorizontalPodAutoscalerStatus {
        current_replicas: Some(it.current_replicas),
        desired_replicas: it.desired_replicas,
        last_scale_time: it.last_scale_time,
        observed_generation: it.observed_generation,
        ..v2::HorizontalPodAutoscalerStatus::default()
    });
    let body = v2::HorizontalPodAutoscaler { spec, status, ..Default::default() };
    Ok(Decoded { value: body.into(), unknown })
}

fn encode(mut document: Value) -> Value {
    document["apiVersion"] = "autoscaling/v1".into();
    let target = take_cpu(&mut document, "spec", "metrics", "target");
    if let Some(percent) = target {
        document["spec"]["targetCPUUtilizationPercentage"] = percent;
    }
    let current = take_cpu(&mut document, "status", "currentMetrics", "current");
    if let Some(status) = document.get_mut("status").and_then(Value::as_object_mut) {
        status.entry("currentReplicas").or_insert_with(|| 0.into());
        status.extend(current.map(|it| ("currentCPUUtilizationPercentage".to_owned(), it)));
    }
    for (part, field, annotation) in ANNOTATED {
        let Some(part) = document.get_mut(part).and_then(Value::as_object_mut) else { continue };
        let Some(value) = part.remove(field).filter(|it| !is_empty(it)) else { continue };
        let metadata = &mut document["metadata"];
        if metadata.get("annotations").is_none() {
            metadata["annotations"] = Map::new().into();
        }
        metadata["annotations"][annotation] = go_json(&value).into();
    }
    document
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// Takes the utilization of CPU out of a list of metrics.
fn take_cpu(document: &mut Value, part: &str, field: &str, side: &str) -> Option<Value> {
    let metrics = document.get_mut(part)?.get_mut(field)?.as_array_mut()?;
    let utilization = |it: &Value| {
        (it.pointer("/resource/name") == Some(&json!("cpu")))
            .then(|| it.pointer(&format!("/resource/{side}/averageUtilization")).cloned())
            .flatten()
    };
    let place = metrics.iter().position(|it| utilization(it).is_some())?;
    utilization(&metrics.remove(place))
}
