//! Nodes take no new pods.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// Nodes take no new pods (`SchedulingDisabled`): whoever has cordoned them has forgotten it. New pods stay
/// Pending. A workload is restarted, so that it shows.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NodeCordoned {
    #[serde(flatten)]
    at: InWorkload,
    /// The nodes; without any all that are not the control plane's.
    #[serde(default)]
    nodes: Vec<String>,
}

impl Fault for NodeCordoned {
    const NAME: &'static str = "node-cordoned";
    const MECHANISM: &'static str = "scheduling";
    const BY: Option<&'static str> = Some("kubernetes-admin");

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        for node in hand.workers(&self.nodes)? {
            hand.edit(Kind::Node, "", &node, |object| {
                object["spec"]["unschedulable"] = json!(true);
                Ok(())
            })?;
        }
        hand.restart(&self.at)
    }
}
