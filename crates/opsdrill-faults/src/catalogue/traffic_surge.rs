//! More users come (or fewer).

use opsdrill_engine::Cluster;
use opsdrill_engine::physical::traffic;
use serde::Deserialize;

use crate::Fault;

/// Multiplies the requests of a group of users.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrafficSurge {
    users: String,
    /// Parts per million of what their curve says: 2000000 doubles it.
    factor_ppm: u64,
}

impl Fault for TrafficSurge {
    const NAME: &'static str = "traffic-surge";
    const SUMMARY: &'static str = "More users come, or fewer.";

    fn inject(&self, cluster: &mut Cluster) -> Result<(), String> {
        let known = traffic::surge(cluster.world_mut(), &self.users, self.factor_ppm);
        if known { Ok(()) } else { Err(format!("no users are called {:?}", self.users)) }
    }
}
