//! An Ingress is of a class that nobody serves.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::Hand;

/// An Ingress is of a class that nobody serves, or of none: it gets no address (one that has one keeps it), and the
/// ingress controller does not know its hosts (404).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IngressClassWrong {
    /// Its namespace.
    namespace: String,
    /// The Ingress.
    ingress: String,
    /// The class; without it none.
    #[serde(default)]
    class: Option<String>,
}

impl Fault for IngressClassWrong {
    const NAME: &'static str = "ingress-class-wrong";
    const MECHANISM: &'static str = "ingress";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit(Kind::Ingress, &self.namespace, &self.ingress, |object| {
            object["spec"]["ingressClassName"] = json!(self.class);
            Ok(())
        })
    }
}
