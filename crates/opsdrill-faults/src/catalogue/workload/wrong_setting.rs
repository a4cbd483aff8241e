//! A variable of a container gets a wrong value: an address, a port, a mode.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::{Hand, InContainer, set_variable};

/// A variable of a container gets a wrong value: an address, a port, a mode. What happens is up to the program: it
/// ends, is not ready, or fails its requests.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WrongSetting {
    #[serde(flatten)]
    at: InContainer,
    /// The variable; it may come from a ConfigMap or Secret, which the container's own entry then hides.
    variable: String,
    /// Its new value.
    value: String,
}

impl Fault for WrongSetting {
    const NAME: &'static str = "wrong-setting";
    const MECHANISM: &'static str = "wrong-setting";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_container(&self.at, |container| {
            set_variable(container, &self.variable, &self.value);
            Ok(())
        })
    }
}
