//! A workload is scaled to nothing.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload, entry};

/// A Deployment or StatefulSet is scaled to nothing: its Service has no endpoints, and nothing complains.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScaledToZero {
    #[serde(flatten)]
    at: InWorkload,
}

impl Fault for ScaledToZero {
    const NAME: &'static str = "scaled-to-zero";
    const MECHANISM: &'static str = "scaled-down";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let InWorkload { namespace, workload } = &self.at;
        hand.edit(workload.kind, namespace, &workload.name, |object| {
            *entry(&mut object["spec"], "replicas")? = json!(0);
            Ok(())
        })
    }
}
