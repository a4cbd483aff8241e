//! Somebody makes an object by hand.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::Fault;
use crate::hand::Hand;

/// Somebody makes an object by hand: one that no source knows.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateObject {
    /// The whole object; its namespace stands in its metadata.
    object: Value,
}

impl Fault for CreateObject {
    const NAME: &'static str = "create-object";
    const MECHANISM: &'static str = "";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.create(self.object.clone())
    }
}
