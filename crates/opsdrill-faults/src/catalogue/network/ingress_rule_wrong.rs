//! An Ingress has the wrong host or path.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::Hand;

/// An Ingress has the wrong host or path: whoever asks for the right one gets the page 404 of the ingress
/// controller.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IngressRuleWrong {
    /// Its namespace.
    namespace: String,
    /// The Ingress.
    ingress: String,
    /// The host of its first rule.
    #[serde(default)]
    host: Option<String>,
    /// The first path of that rule.
    #[serde(default)]
    path: Option<String>,
    /// How that path is compared.
    #[serde(default)]
    path_type: Option<String>,
}

impl Fault for IngressRuleWrong {
    const NAME: &'static str = "ingress-rule-wrong";
    const MECHANISM: &'static str = "ingress";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit(Kind::Ingress, &self.namespace, &self.ingress, |object| {
            let rule = object["spec"]["rules"].get_mut(0).ok_or("the Ingress has no rule")?;
            if let Some(host) = &self.host {
                rule["host"] = json!(host);
            }
            let path = rule["http"]["paths"].get_mut(0).ok_or("its first rule has no path")?;
            for (key, value) in [("path", &self.path), ("pathType", &self.path_type)] {
                if let Some(value) = value {
                    path[key] = json!(value);
                }
            }
            Ok(())
        })
    }
}
