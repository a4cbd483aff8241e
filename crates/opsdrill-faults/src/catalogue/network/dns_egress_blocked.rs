//! A NetworkPolicy for egress forgets the DNS.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// A NetworkPolicy lets a workload's pods call the pods of their namespace and forgets the DNS: names do not
/// resolve any more (timeouts, not refusals), while addresses go on working.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DnsEgressBlocked {
    #[serde(flatten)]
    at: InWorkload,
    /// The name of the policy.
    #[serde(default = "usual")]
    policy: String,
}

impl Fault for DnsEgressBlocked {
    const NAME: &'static str = "dns-egress-blocked";
    const MECHANISM: &'static str = "network-policy";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let labels = hand.labels_of_pods(&self.at)?;
        hand.create(json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": { "name": self.policy, "namespace": self.at.namespace },
            "spec": {
                "podSelector": { "matchLabels": labels },
                "policyTypes": ["Egress"],
                "egress": [{ "to": [{ "podSelector": {} }] }],
            },
        }))
    }
}

fn usual() -> String {
    "restrict-egress".to_owned()
}
