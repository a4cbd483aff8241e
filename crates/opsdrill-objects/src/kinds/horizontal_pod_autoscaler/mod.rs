//! HorizontalPodAutoscaler.

mod cells;
mod first_version;
mod validate;

use k8s_openapi::api::autoscaling::v2::{
    HPAScalingPolicy, HPAScalingRules, HorizontalPodAutoscaler, HorizontalPodAutoscalerStatus,
    MetricSpec, MetricTarget, ResourceMetricSource,
};

use crate::Object;
use crate::defaults::{fill, fill_text};

use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, decode_body};

/// Utilization of CPU that is aimed at when nobody says what to aim at, in percent.
const UTILIZATION_DEFAULT: i32 = 80;

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::HorizontalPodAutoscaler,
    name: "HorizontalPodAutoscaler",
    group: "autoscaling",
    version: "v2",
    other_versions: &[first_version::VERSION],
    plural: "horizontalpodautoscalers",
    singular: "horizontalpodautoscaler",
    short_names: &["hpa"],
    categories: &["all"],
    subresources: &[SubresourceInfo::STATUS],
    decode: decode_body::<HorizontalPodAutoscaler>,
    default,
    validate: validate::validate,
    columns: &[
        Column::always("Name"),
        Column::always("Reference"),
        Column::always("Targets"),
        Column::always("MinPods"),
        Column::always("MaxPods"),
        Column::always("Replicas"),
        Column::always("Age"),
    ],
    cells: cells::cells,
    ..ROW
};

/// As `SetDefaults_HorizontalPodAutoscaler` of `pkg/apis/autoscaling/v2`.
fn default(object: &mut Object) {
    let Some(body) = object.horizontal_pod_autoscaler_mut() else { return };
    fill(&mut body.status, HorizontalPodAutoscalerStatus::default());
    let spec = body.spec.get_or_insert_default();
    fill(&mut spec.min_replicas, 1);
    fill(&mut spec.metrics, vec![cpu(UTILIZATION_DEFAULT)]);
    if let Some(behavior) = &mut spec.behavior {
        let up = behavior.scale_up.get_or_insert_default();
        fill(&mut up.stabilization_window_seconds, 0);
        default_rules(up, &[("Pods", 4), ("Percent", 100)]);
        default_rules(behavior.scale_down.get_or_insert_default(), &[("Percent", 100)]);
    }
}

/// The metric that aims at a utilization of CPU, in percent.
fn cpu(utilization: i32) -> MetricSpec {
    MetricSpec {
        type_: "Resource".into(),
        resource: Some(ResourceMetricSource {
            name: "cpu".into(),
            target: MetricTarget {
                type_: "Utilization".into(),
                average_utilization: Some(utilization),
                ..MetricTarget::default()
            },
        }),
        ..MetricSpec::default()
    }
}

fn default_rules(rules: &mut HPAScalingRules, policies: &[(&str, i32)]) {
    fill_text(&mut rules.select_policy, "Max");
    let policy =
        |it: &(&str, i32)| HPAScalingPolicy { type_: it.0.into(), value: it.1, period_seconds: 15 };
    fill(&mut rules.policies, policies.iter().map(policy).collect());
}
