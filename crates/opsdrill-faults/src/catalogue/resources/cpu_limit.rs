//! A container may use less CPU than it needs.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InContainer, quantity};

/// A container may use less CPU than it needs: it is throttled, starts late, answers late, and its probes fail
/// although nothing is wrong with it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CpuLimit {
    #[serde(flatten)]
    at: InContainer,
    /// The limit; a request above it is lowered, too.
    #[serde(default = "little")]
    cpu: String,
}

impl Fault for CpuLimit {
    const NAME: &'static str = "cpu-limit";
    const MECHANISM: &'static str = "cpu-limit";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let limit = quantity(&self.cpu)?;
        hand.edit_container(&self.at, |container| {
            let resources = &mut container["resources"];
            resources["limits"]["cpu"] = json!(self.cpu);
            let requested = resources["requests"]["cpu"].as_str().and_then(|it| quantity(it).ok());
            if requested.is_some_and(|it| it > limit) {
                resources["requests"]["cpu"] = json!(self.cpu);
            }
            Ok(())
        })
    }
}

fn little() -> String {
    "10m".to_owned()
}
