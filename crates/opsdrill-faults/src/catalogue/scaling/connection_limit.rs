//! More clients come than a server has connections for.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// A workload is scaled out, and the connections of its pods together are more than its database or cache takes
/// (replicas × pool): the last pods are refused.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectionLimit {
    #[serde(flatten)]
    at: InWorkload,
    /// How many pods it gets.
    replicas: u32,
}

impl Fault for ConnectionLimit {
    const NAME: &'static str = "connection-limit";
    const MECHANISM: &'static str = "connection-limit";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let InWorkload { namespace, workload } = &self.at;
        hand.edit(workload.kind, namespace, &workload.name, |object| {
            object["spec"]["replicas"] = json!(self.replicas);
            Ok(())
        })
    }
}
