//! A NetworkPolicy does not let in those who need it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// A NetworkPolicy for a workload's pods lets in only some pods, and not those who call it: their connections time
/// out.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NetworkPolicyBlocksIngress {
    #[serde(flatten)]
    at: InWorkload,
    /// The name of the policy.
    #[serde(default = "usual")]
    policy: String,
    /// The value of the label `app` of those who are let in.
    #[serde(default = "somebody")]
    from_app: String,
}

impl Fault for NetworkPolicyBlocksIngress {
    const NAME: &'static str = "network-policy-blocks-ingress";
    const MECHANISM: &'static str = "network-policy";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let labels = hand.labels_of_pods(&self.at)?;
        hand.create(json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": { "name": self.policy, "namespace": self.at.namespace },
            "spec": {
                "podSelector": { "matchLabels": labels },
                "policyTypes": ["Ingress"],
                "ingress": [{ "from": [{ "podSelector": { "matchLabels": { "app": self.from_app } } }] }],
            },
        }))
    }
}

fn usual() -> String {
    "restrict-ingress".to_owned()
}

fn somebody() -> String {
    "monitoring".to_owned()
}
