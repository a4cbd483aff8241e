//! A node reboots.

use opsdrill_engine::{SimDuration, kubelet};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::Hand;

/// Takes a node down for two minutes; its pods come back with it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RebootNode {
    /// The node.
    node: String,
}

impl Fault for RebootNode {
    const NAME: &'static str = "reboot-node";
    const MECHANISM: &'static str = "node-failure";
    const BY: Option<&'static str> = None;

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.node(&self.node)?;
        kubelet::reboot_node(hand.cluster.world_mut(), &self.node, SimDuration::minutes(2).0);
        Ok(())
    }
}
