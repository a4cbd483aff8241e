//! Pods demand a property of nodes that none has.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// The pods of a workload demand a property of nodes that none has
/// (`requiredDuringSchedulingIgnoredDuringExecution`): new ones stay Pending.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NodeAffinityMismatch {
    #[serde(flatten)]
    at: InWorkload,
    /// The label that nodes are asked for.
    #[serde(default = "zone")]
    label: String,
    /// The values of which one is demanded.
    #[serde(default = "elsewhere")]
    values: Vec<String>,
}

impl Fault for NodeAffinityMismatch {
    const NAME: &'static str = "node-affinity-mismatch";
    const MECHANISM: &'static str = "scheduling";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_pods(&self.at, |spec| {
            spec["affinity"]["nodeAffinity"] = json!({ "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": [{
                "matchExpressions": [{ "key": self.label, "operator": "In", "values": self.values }],
            }] } });
        })
    }
}

fn zone() -> String {
    "topology.kubernetes.io/zone".to_owned()
}

fn elsewhere() -> Vec<String> {
    vec!["eu-central-1a".to_owned()]
}
