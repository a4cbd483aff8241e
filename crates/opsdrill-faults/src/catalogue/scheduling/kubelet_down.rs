//! The kubelet of a node has stopped.

use opsdrill_engine::kubelet;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::Hand;

/// The kubelet of a node has stopped: after some 40 seconds the node is NotReady, after five minutes more its pods
/// are made anew elsewhere, and those on it stay Terminating. What runs there goes on running.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubeletDown {
    /// The node.
    node: String,
}

impl Fault for KubeletDown {
    const NAME: &'static str = "kubelet-down";
    const MECHANISM: &'static str = "node-failure";
    const BY: Option<&'static str> = None;

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.node(&self.node)?;
        kubelet::stop_kubelet(hand.cluster.world_mut(), &self.node);
        Ok(())
    }
}
