//! Somebody adds the policy that forbids everything, without those that allow what is needed.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::Hand;

/// Somebody adds the NetworkPolicy that forbids all traffic to the pods of a namespace, without those that allow
/// what is needed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DefaultDeny {
    /// Its namespace.
    namespace: String,
    /// The name of the policy.
    #[serde(default = "usual")]
    policy: String,
    /// What is forbidden.
    #[serde(default = "both")]
    policy_types: Vec<String>,
}

impl Fault for DefaultDeny {
    const NAME: &'static str = "default-deny";
    const MECHANISM: &'static str = "network-policy";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.create(json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": { "name": self.policy, "namespace": self.namespace },
            "spec": { "podSelector": {}, "policyTypes": self.policy_types },
        }))
    }
}

fn usual() -> String {
    "default-deny-all".to_owned()
}

fn both() -> Vec<String> {
    ["Ingress", "Egress"].map(str::to_owned).into()
}
