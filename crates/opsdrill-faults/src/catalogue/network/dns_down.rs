//! Nobody answers for names.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::Hand;

/// Nobody answers for names: CoreDNS is scaled to nothing. Whoever looks a name up waits in vain. The world must
/// have `kube_system`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DnsDown {
    /// How many of its pods remain.
    #[serde(default)]
    replicas: u32,
}

impl Fault for DnsDown {
    const NAME: &'static str = "dns-down";
    const MECHANISM: &'static str = "dns";
    const BY: Option<&'static str> = Some("kubernetes-admin");

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit(Kind::Deployment, "kube-system", "coredns", |object| {
            object["spec"]["replicas"] = json!(self.replicas);
            Ok(())
        })
    }
}
