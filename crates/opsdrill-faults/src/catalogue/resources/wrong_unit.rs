//! The unit of a resource is missing or another one.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InContainer};

/// The unit of a resource is missing or another one: `300` cores in the place of `300m`, which no node has; `128m`
/// bytes in the place of `128Mi`, with which no container can run.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WrongUnit {
    #[serde(flatten)]
    at: InContainer,
    /// Whose unit.
    resource: Resource,
}

impl Fault for WrongUnit {
    const NAME: &'static str = "wrong-unit";
    const MECHANISM: &'static str = "wrong-setting";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_container(&self.at, |container| {
            let resources = &mut container["resources"];
            let mut changed = false;
            for list in ["requests", "limits"] {
                let name = if self.resource == Resource::Cpu { "cpu" } else { "memory" };
                let Some(amount) = resources[list][name].as_str() else { continue };
                let wrong = match self.resource {
                    Resource::Cpu => amount.strip_suffix('m').map(str::to_owned),
                    Resource::Memory => amount.strip_suffix("Mi").map(|it| format!("{it}m")),
                };
                // The limit must not stay below the request.
                let Some(wrong) = wrong else { continue };
                resources[list][name] = json!(wrong);
                changed = true;
            }
            if changed {
                Ok(())
            } else {
                Err("the container has no amount in that unit (`m` for CPU, `Mi` for memory)"
                    .to_owned())
            }
        })
    }
}

/// A resource whose unit can be mistaken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Resource {
    /// `300m` becomes `300`.
    Cpu,
    /// `128Mi` becomes `128m`.
    Memory,
}
