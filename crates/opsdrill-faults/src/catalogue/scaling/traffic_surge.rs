//! More users come (or fewer).

use opsdrill_engine::physical::traffic;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::Hand;

/// Multiplies the requests of a group of users: a load spike. What cannot serve them all gets slow, then fails.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TrafficSurge {
    /// The group's name in `world.traffic`.
    users: String,
    /// Parts per million of what their curve says: 2000000 doubles it.
    factor_ppm: u64,
}

impl Fault for TrafficSurge {
    const NAME: &'static str = "traffic-surge";
    const MECHANISM: &'static str = "too-much-load";
    const BY: Option<&'static str> = None;

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let known = traffic::surge(hand.cluster.world_mut(), &self.users, self.factor_ppm);
        if known { Ok(()) } else { Err(format!("no users are called {:?}", self.users)) }
    }
}
