//! Nobody serves the metrics of pods and nodes.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::Hand;

/// Nobody serves the metrics of pods and nodes: `kubectl top` fails (`Metrics API not available`), and autoscalers
/// show `<unknown>` and do nothing (`FailedGetResourceMetric`).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MetricsServerMissing {}

impl Fault for MetricsServerMissing {
    const NAME: &'static str = "metrics-server-missing";
    const MECHANISM: &'static str = "autoscaling";
    const BY: Option<&'static str> = None;

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.cluster.remove_metrics_server();
        Ok(())
    }
}
