//! A namespace enforces a Pod Security level that its pods do not meet.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload, Workload};

/// A namespace enforces a Pod Security level that its pods do not meet: what runs goes on, and nothing that ends is
/// made again (`FailedCreate … violates PodSecurity`). A workload is restarted, so that it shows.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PodSecurityEnforced {
    /// The namespace.
    namespace: String,
    /// The level: `baseline` or `restricted`.
    #[serde(default = "restricted")]
    level: String,
    /// The workload that is restarted.
    #[schemars(with = "String")]
    workload: Workload,
}

impl Fault for PodSecurityEnforced {
    const NAME: &'static str = "pod-security-enforced";
    const MECHANISM: &'static str = "admission";
    const BY: Option<&'static str> = Some("kubernetes-admin");

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit(Kind::Namespace, "", &self.namespace, |object| {
            object["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = json!(self.level);
            Ok(())
        })?;
        hand.restart(&InWorkload {
            namespace: self.namespace.clone(),
            workload: self.workload.clone(),
        })
    }
}

fn restricted() -> String {
    "restricted".to_owned()
}
