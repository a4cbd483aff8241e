//! A container asks for more than any node has.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InContainer, quantity};

/// A container asks for more CPU or memory than any node has: the new pod stays Pending (`Insufficient cpu`).
/// Without parameters it asks for one core more than the largest node can give.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestTooLarge {
    #[serde(flatten)]
    at: InContainer,
    /// The CPU that it asks for.
    #[serde(default)]
    cpu: Option<String>,
    /// The memory that it asks for.
    #[serde(default)]
    memory: Option<String>,
}

impl Fault for RequestTooLarge {
    const NAME: &'static str = "request-too-large";
    const MECHANISM: &'static str = "scheduling";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let most = hand.most_allocatable("cpu");
        let cpu = match (&self.cpu, &self.memory) {
            (None, None) => Some((most.value() + 1).to_string()),
            (cpu, _) => cpu.clone(),
        };
        hand.edit_container(&self.at, |container| {
            for (name, wanted) in [("cpu", &cpu), ("memory", &self.memory)] {
                let Some(wanted) = wanted else { continue };
                let amount = quantity(wanted)?;
                let resources = &mut container["resources"];
                resources["requests"][name] = json!(wanted);
                let limit = resources["limits"][name].as_str().and_then(|it| quantity(it).ok());
                if limit.is_some_and(|it| it < amount) {
                    resources["limits"][name] = json!(wanted);
                }
            }
            Ok(())
        })
    }
}
