//! A rollout takes all pods away at once.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// A Deployment may replace all of its pods at once (`maxUnavailable: 100%`, or the strategy `Recreate`), and is
/// deployed anew: while the new pods start, nobody is served.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AllPodsAtOnce {
    #[serde(flatten)]
    at: InWorkload,
    /// Whether by the strategy `Recreate`.
    #[serde(default)]
    recreate: bool,
}

impl Fault for AllPodsAtOnce {
    const NAME: &'static str = "all-pods-at-once";
    const MECHANISM: &'static str = "rollout";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let InWorkload { namespace, workload } = &self.at;
        hand.edit(workload.kind, namespace, &workload.name, |object| {
            object["spec"]["strategy"] = if self.recreate {
                json!({ "type": "Recreate" })
            } else {
                let all = json!({ "maxUnavailable": "100%", "maxSurge": 0 });
                json!({ "type": "RollingUpdate", "rollingUpdate": all })
            };
            Ok(())
        })?;
        hand.restart(&self.at)
    }
}
