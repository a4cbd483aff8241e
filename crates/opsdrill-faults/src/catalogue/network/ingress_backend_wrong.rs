//! An Ingress sends to a Service or a port that is not there.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Fault;
use crate::hand::Hand;

/// An Ingress sends to a Service or a port that is not there: whoever asks gets the page 503 of the ingress
/// controller.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IngressBackendWrong {
    /// Its namespace.
    namespace: String,
    /// The Ingress.
    ingress: String,
    /// The Service of the first path of its first rule.
    #[serde(default)]
    backend: Option<String>,
    /// The port of that Service, a number or a name; without anything the one that is there and one more.
    #[serde(default)]
    port: Option<Value>,
}

impl Fault for IngressBackendWrong {
    const NAME: &'static str = "ingress-backend-wrong";
    const MECHANISM: &'static str = "ingress";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit(Kind::Ingress, &self.namespace, &self.ingress, |object| {
            let service = object.pointer_mut("/spec/rules/0/http/paths/0/backend/service");
            let service = service.ok_or("the first rule of the Ingress has no Service")?;
            if let Some(backend) = &self.backend {
                service["name"] = json!(backend);
            }
            match &self.port {
                Some(Value::String(name)) => service["port"] = json!({ "name": name }),
                Some(number) => service["port"] = json!({ "number": number }),
                None if self.backend.is_none() => {
                    let number = service["port"]["number"].as_u64().unwrap_or(80);
                    service["port"] = json!({ "number": number + 1 });
                }
                None => {}
            }
            Ok(())
        })
    }
}
