//! A Service is deleted.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::Hand;

/// A Service is deleted: its name does not resolve any more.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceDeleted {
    /// Its namespace.
    namespace: String,
    /// The Service.
    service: String,
}

impl Fault for ServiceDeleted {
    const NAME: &'static str = "service-deleted";
    const MECHANISM: &'static str = "missing-object";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.delete(Kind::Service, &self.namespace, &self.service)
    }
}
