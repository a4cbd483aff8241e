//! The selector of a Service matches pods of others, too.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

use crate::Fault;
use crate::hand::Hand;

/// The selector of a Service matches pods of others, too (a canary, another application): a part of the requests
/// goes to pods that do not know them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SelectorTooBroad {
    /// Its namespace.
    namespace: String,
    /// The Service.
    service: String,
    /// The whole new selector: fewer labels than before, such as only what all pods of the shop have.
    selector: BTreeMap<String, String>,
}

impl Fault for SelectorTooBroad {
    const NAME: &'static str = "selector-too-broad";
    const MECHANISM: &'static str = "bad-selector";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let pods = |hand: &Hand<'_>, wanted: &BTreeMap<String, String>| {
            hand.cluster.view().with_labels(Kind::Pod, &self.namespace, wanted).len()
        };
        let old =
            hand.read(Kind::Service, &self.namespace, &self.service)?["spec"]["selector"].clone();
        let old: BTreeMap<String, String> = serde_json::from_value(old).unwrap_or_default();
        if pods(hand, &self.selector) <= pods(hand, &old) {
            return Err(format!(
                "{:?} matches no more pods than the Service's own selector",
                self.selector
            ));
        }
        hand.edit(Kind::Service, &self.namespace, &self.service, |object| {
            object["spec"]["selector"] = json!(self.selector);
            Ok(())
        })
    }
}
