//! A NetworkPolicy allows the wrong label, namespace or port.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Fault;
use crate::hand::Hand;

/// A NetworkPolicy that is there and was right allows the wrong label, namespace or port: those whom it should let
/// in time out. The first rule for ingress is changed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NetworkPolicyWrong {
    /// Its namespace.
    namespace: String,
    /// The policy.
    policy: String,
    /// The port that it allows now.
    #[serde(default)]
    port: Option<Value>,
    /// The label of pods or namespaces that it asks for now, as `key=value`.
    #[serde(default)]
    from: Option<String>,
}

impl Fault for NetworkPolicyWrong {
    const NAME: &'static str = "network-policy-wrong";
    const MECHANISM: &'static str = "network-policy";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let from = match self
            .from
            .as_deref()
            .map(|it| it.split_once('=').ok_or("write `from` as key=value"))
        {
            Some(parts) => Some(parts?),
            None => None,
        };
        hand.edit(Kind::NetworkPolicy, &self.namespace, &self.policy, |object| {
            let rule =
                object["spec"]["ingress"].get_mut(0).ok_or("the policy has no rule for ingress")?;
            if let Some(port) = &self.port {
                rule["ports"].get_mut(0).ok_or("its first rule names no port")?["port"] =
                    port.clone();
            }
            if let Some((key, value)) = from {
                let peer = rule["from"].get_mut(0).ok_or("its first rule names nobody")?;
                let which = if peer["namespaceSelector"].is_object() {
                    "namespaceSelector"
                } else {
                    "podSelector"
                };
                peer[which] = json!({ "matchLabels": { key: value } });
            }
            Ok(())
        })
    }
}
