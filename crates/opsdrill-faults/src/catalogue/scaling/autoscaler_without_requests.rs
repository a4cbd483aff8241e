//! An autoscaler's target asks for no CPU.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// The containers of an autoscaler's target ask for no CPU: utilization cannot be computed (`missing request for
/// cpu`), the HorizontalPodAutoscaler shows `<unknown>` and does nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AutoscalerWithoutRequests {
    #[serde(flatten)]
    at: InWorkload,
    /// The resource that is not asked for any more.
    #[serde(default = "cpu")]
    resource: String,
}

impl Fault for AutoscalerWithoutRequests {
    const NAME: &'static str = "autoscaler-without-requests";
    const MECHANISM: &'static str = "autoscaling";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_template(&self.at, |template| {
            for container in template["spec"]["containers"].as_array_mut().into_iter().flatten() {
                // A limit would stand for the request that is missing.
                for list in ["requests", "limits"] {
                    container["resources"][list]
                        .as_object_mut()
                        .map(|it| it.remove(&self.resource));
                }
            }
            Ok(())
        })
    }
}

fn cpu() -> String {
    "cpu".to_owned()
}
