//! Somebody deletes an object.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::Hand;

/// Somebody deletes an object.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteObject {
    /// Its kind as kubectl knows it, such as `configmap`.
    kind: String,
    /// Its namespace, if its kind has them.
    #[serde(default)]
    namespace: String,
    /// Its name.
    name: String,
}

impl Fault for DeleteObject {
    const NAME: &'static str = "delete-object";
    const MECHANISM: &'static str = "";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.delete(hand.kind_named(&self.kind)?, &self.namespace, &self.name)
    }
}
