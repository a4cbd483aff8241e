//! Somebody changes an object for the worse.

use opsdrill_engine::api::{PatchType, Request, Target, Verb};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::Fault;
use crate::hand::Hand;

/// Somebody changes an object for the worse.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PatchObject {
    /// Its kind as kubectl knows it, such as `configmap`.
    kind: String,
    /// Its namespace, if its kind has them.
    #[serde(default)]
    namespace: String,
    /// Its name.
    name: String,
    /// A strategic merge patch.
    patch: Value,
}

impl Fault for PatchObject {
    const NAME: &'static str = "patch-object";
    const MECHANISM: &'static str = "";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let target = Target::one(hand.kind_named(&self.kind)?, &self.namespace, &self.name);
        hand.ask(Request::new(Verb::Patch(PatchType::Strategic, self.patch.clone()), target))
    }
}
