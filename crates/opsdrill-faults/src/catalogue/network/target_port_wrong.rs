//! A Service sends to a port on which nobody listens.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Fault;
use crate::hand::{Hand, named};

/// A Service sends to a port on which nobody listens: its endpoints are there and ready, and every connection is
/// refused.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetPortWrong {
    /// Its namespace.
    namespace: String,
    /// The Service.
    service: String,
    /// The port's name; without it the first.
    #[serde(default)]
    port: Option<String>,
    /// The new `targetPort`, a number or a name; without it the one that is there and one more.
    #[serde(default)]
    target_port: Option<Value>,
}

impl Fault for TargetPortWrong {
    const NAME: &'static str = "target-port-wrong";
    const MECHANISM: &'static str = "bad-port";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let target = match &self.target_port {
            Some(target) => target.clone(),
            None => json!(self.endpoint_port(hand)? + 1),
        };
        hand.edit(Kind::Service, &self.namespace, &self.service, |object| {
            named(&mut object["spec"]["ports"], self.port.as_deref())?["targetPort"] = target;
            Ok(())
        })
    }
}

impl TargetPortWrong {
    /// The port to which the Service sends now.
    fn endpoint_port(&self, hand: &Hand<'_>) -> Result<u64, String> {
        let mut endpoints = hand.read(Kind::Endpoints, &self.namespace, &self.service)?;
        let ports = &mut endpoints["subsets"][0]["ports"];
        let port = named(ports, self.port.as_deref())?["port"].as_u64();
        port.ok_or_else(|| format!("{} has no endpoints; say the `target_port`", self.service))
    }
}
