//! A variable that a program needs to start is not set any more.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::{Hand, InContainer, remove_variable};

/// A variable that a program needs to start is not set any more: the container ends with a complaint in its log
/// (`CrashLoopBackOff`).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MissingSetting {
    #[serde(flatten)]
    at: InContainer,
    /// The variable; one of the container's own list, not of a whole ConfigMap or Secret.
    variable: String,
}

impl Fault for MissingSetting {
    const NAME: &'static str = "missing-setting";
    const MECHANISM: &'static str = "missing-setting";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let of_sources = hand.container(&self.at)?["envFrom"].is_array();
        hand.edit_container(&self.at, |container| {
            if remove_variable(container, &self.variable) {
                return Ok(());
            }
            let hint = if of_sources {
                "; keys of its ConfigMaps and Secrets are taken away by configmap-key-missing"
            } else {
                ""
            };
            Err(format!("the container sets no variable {:?} itself{hint}", self.variable))
        })
    }
}
