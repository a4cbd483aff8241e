//! Nodes have a taint that pods do not tolerate.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// Nodes have a taint that pods do not tolerate: new ones stay Pending (`had untolerated taint`), with the effect
/// `NoExecute` those that run are evicted, too. A workload is restarted, so that it shows.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NodeTainted {
    #[serde(flatten)]
    at: InWorkload,
    /// The nodes; without any all that are not the control plane's.
    #[serde(default)]
    nodes: Vec<String>,
    /// The key of the taint.
    #[serde(default = "dedicated")]
    key: String,
    /// Its value.
    #[serde(default = "batch")]
    value: String,
    /// Its effect.
    #[serde(default = "no_schedule")]
    effect: String,
}

impl Fault for NodeTainted {
    const NAME: &'static str = "node-tainted";
    const MECHANISM: &'static str = "scheduling";
    const BY: Option<&'static str> = Some("kubernetes-admin");

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        for node in hand.workers(&self.nodes)? {
            hand.edit(Kind::Node, "", &node, |object| {
                let taint = json!({ "key": self.key, "value": self.value, "effect": self.effect });
                match object["spec"]["taints"].as_array_mut() {
                    Some(taints) => taints.push(taint),
                    None => object["spec"]["taints"] = json!([taint]),
                }
                Ok(())
            })?;
        }
        hand.restart(&self.at)
    }
}

fn dedicated() -> String {
    "dedicated".to_owned()
}

fn batch() -> String {
    "batch".to_owned()
}

fn no_schedule() -> String {
    "NoSchedule".to_owned()
}
