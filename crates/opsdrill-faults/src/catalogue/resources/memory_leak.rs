//! A program uses memory and never gives it back.

use opsdrill_engine::physical::{Parameter, set_parameter};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::{Hand, InContainer};

/// A program uses memory with each request and never gives it back: it grows until its limit, is killed
/// (`OOMKilled`), and begins anew. A restart helps for some hours.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MemoryLeak {
    #[serde(flatten)]
    at: InContainer,
    /// The bytes that each request leaves behind.
    bytes_per_request: u64,
}

impl Fault for MemoryLeak {
    const NAME: &'static str = "memory-leak";
    const MECHANISM: &'static str = "memory-leak";
    const BY: Option<&'static str> = None;

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.container(&self.at)?;
        let world = hand.cluster.world_mut();
        set_parameter(
            world,
            &self.at.processes(),
            Parameter::LeakBytesPerRequest,
            self.bytes_per_request,
        );
        Ok(())
    }
}
