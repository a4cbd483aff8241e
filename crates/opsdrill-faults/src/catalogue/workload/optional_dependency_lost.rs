//! A program calls something that it can do without at an address where nothing is.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::{Hand, InContainer, set_variable};

/// A program calls something that it can do without at an address where nothing is: pods are Running and Ready,
/// users are served with less, and only the log complains.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OptionalDependencyLost {
    #[serde(flatten)]
    at: InContainer,
    /// The variable that holds the address of the dependency.
    variable: String,
    /// The address that does not exist.
    #[serde(default = "gone")]
    value: String,
}

impl Fault for OptionalDependencyLost {
    const NAME: &'static str = "optional-dependency-lost";
    const MECHANISM: &'static str = "wrong-setting";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_container(&self.at, |container| {
            set_variable(container, &self.variable, &self.value);
            Ok(())
        })
    }
}

fn gone() -> String {
    "legacy.internal".to_owned()
}
