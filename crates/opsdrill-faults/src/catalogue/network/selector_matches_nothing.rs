//! The selector of a Service matches no pods.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, entry};

/// The selector of a Service matches no pods: it has no endpoints, and whoever calls it is refused.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SelectorMatchesNothing {
    /// Its namespace.
    namespace: String,
    /// The Service.
    service: String,
    /// The label whose value is changed; without it the first.
    #[serde(default)]
    label: Option<String>,
    /// Its new value; without it the old one with `-v2`.
    #[serde(default)]
    value: Option<String>,
}

impl Fault for SelectorMatchesNothing {
    const NAME: &'static str = "selector-matches-nothing";
    const MECHANISM: &'static str = "bad-selector";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit(Kind::Service, &self.namespace, &self.service, |object| {
            let selector = &mut object["spec"]["selector"];
            let first = selector.as_object().and_then(|it| it.keys().next().cloned());
            let label = self.label.clone().or(first).ok_or("the Service has no selector")?;
            let old = entry(selector, &label)?;
            let new = self
                .value
                .clone()
                .unwrap_or_else(|| format!("{}-v2", old.as_str().unwrap_or_default()));
            *old = json!(new);
            Ok(())
        })
    }
}
