//! A volume that one node may have is wanted by a second one.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// A Deployment whose volume can be on one node at a time (`ReadWriteOnce`) gets a second pod, on another node:
/// that one stays in `ContainerCreating` (`FailedAttachVolume … Multi-Attach error`).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MultiAttach {
    #[serde(flatten)]
    at: InWorkload,
    /// How many pods it gets.
    #[serde(default = "two")]
    replicas: u32,
}

impl Fault for MultiAttach {
    const NAME: &'static str = "multi-attach";
    const MECHANISM: &'static str = "storage";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.claim_volume(&self.at, None)?;
        let labels = hand.labels_of_pods(&self.at)?;
        let InWorkload { namespace, workload } = &self.at;
        // On one node all pods may have it: a rule keeps them apart, as it stands in many charts.
        let apart = json!({ "podAntiAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": [{
            "labelSelector": { "matchLabels": labels }, "topologyKey": "kubernetes.io/hostname",
        }] } });
        hand.edit(workload.kind, namespace, &workload.name, |object| {
            object["spec"]["replicas"] = json!(self.replicas);
            object["spec"]["strategy"] = json!({ "type": "RollingUpdate" });
            object["spec"]["template"]["spec"]["affinity"] = apart;
            Ok(())
        })
    }
}

fn two() -> u32 {
    2
}
