//! A container may use less memory than it needs.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InContainer, quantity};

/// A container may use less memory than it needs: it is killed again and again (`OOMKilled`, exit code 137), at its
/// start or under load.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MemoryLimit {
    #[serde(flatten)]
    at: InContainer,
    /// The limit; a request above it is lowered, too.
    #[serde(default = "little")]
    memory: String,
}

impl Fault for MemoryLimit {
    const NAME: &'static str = "memory-limit";
    const MECHANISM: &'static str = "memory-limit";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let limit = quantity(&self.memory)?;
        hand.edit_container(&self.at, |container| {
            let resources = &mut container["resources"];
            resources["limits"]["memory"] = json!(self.memory);
            let requested =
                resources["requests"]["memory"].as_str().and_then(|it| quantity(it).ok());
            if requested.is_some_and(|it| it > limit) {
                resources["requests"]["memory"] = json!(self.memory);
            }
            Ok(())
        })
    }
}

fn little() -> String {
    "16Mi".to_owned()
}
