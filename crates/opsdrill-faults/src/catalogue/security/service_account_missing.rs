//! Pods name a service account that does not exist.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// The pods of a workload name a ServiceAccount that does not exist: no new one can be made (`FailedCreate …
/// serviceaccount "…" not found`).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceAccountMissing {
    #[serde(flatten)]
    at: InWorkload,
    /// The service account; without it the workload's name with `-runner`.
    #[serde(default)]
    service_account: Option<String>,
}

impl Fault for ServiceAccountMissing {
    const NAME: &'static str = "service-account-missing";
    const MECHANISM: &'static str = "missing-object";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let name = self
            .service_account
            .clone()
            .unwrap_or_else(|| format!("{}-runner", self.at.workload.name));
        hand.edit_template(&self.at, |template| {
            template["spec"]["serviceAccountName"] = json!(name);
            template["spec"]["serviceAccount"].take();
            Ok(())
        })
    }
}
