//! A node reboots.

use opsdrill_engine::{Cluster, SimDuration, kubelet};
use serde::Deserialize;

use crate::Fault;

/// Takes a node down for two minutes; its pods come back with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RebootNode {
    node: String,
}

impl Fault for RebootNode {
    const NAME: &'static str = "reboot-node";
    const SUMMARY: &'static str = "A node reboots; its pods come back with it.";

    fn inject(&self, cluster: &mut Cluster) -> Result<(), String> {
        kubelet::reboot_node(cluster.world_mut(), &self.node, SimDuration::minutes(2).0);
        Ok(())
    }
}
