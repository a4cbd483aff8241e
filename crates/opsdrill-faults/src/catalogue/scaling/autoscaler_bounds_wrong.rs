//! An autoscaler may not do what the load asks for.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::Hand;

/// A HorizontalPodAutoscaler may not do what the load asks for: it reaches `maxReplicas` too early (`ScalingLimited
/// … TooManyReplicas`), its threshold is never reached, or it goes down too far.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AutoscalerBoundsWrong {
    /// Its namespace.
    namespace: String,
    /// The HorizontalPodAutoscaler.
    autoscaler: String,
    /// `minReplicas`.
    #[serde(default)]
    min_replicas: Option<u32>,
    /// `maxReplicas`.
    #[serde(default)]
    max_replicas: Option<u32>,
    /// The utilization that it aims at, in percent of the request.
    #[serde(default)]
    average_utilization: Option<u32>,
}

impl Fault for AutoscalerBoundsWrong {
    const NAME: &'static str = "autoscaler-bounds-wrong";
    const MECHANISM: &'static str = "autoscaling";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit(Kind::HorizontalPodAutoscaler, &self.namespace, &self.autoscaler, |object| {
            for (key, value) in
                [("minReplicas", self.min_replicas), ("maxReplicas", self.max_replicas)]
            {
                if let Some(value) = value {
                    object["spec"][key] = json!(value);
                }
            }
            if let Some(percent) = self.average_utilization {
                let target = object.pointer_mut("/spec/metrics/0/resource/target");
                target.ok_or("its first metric is no resource")?["averageUtilization"] =
                    json!(percent);
            }
            Ok(())
        })
    }
}
