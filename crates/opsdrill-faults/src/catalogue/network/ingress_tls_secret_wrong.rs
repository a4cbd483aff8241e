//! An Ingress names a certificate that does not exist or is not for its host.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::Hand;

/// An Ingress names a Secret with a certificate that does not exist, or one that is not for its host: the ingress
/// controller shows its own certificate, which nobody trusts.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IngressTlsSecretWrong {
    /// Its namespace.
    namespace: String,
    /// The Ingress.
    ingress: String,
    /// The Secret of its first host with TLS; without it the one that is there, misspelt.
    #[serde(default)]
    secret: Option<String>,
}

impl Fault for IngressTlsSecretWrong {
    const NAME: &'static str = "ingress-tls-secret-wrong";
    const MECHANISM: &'static str = "ingress";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit(Kind::Ingress, &self.namespace, &self.ingress, |object| {
            let tls = object.pointer_mut("/spec/tls/0").ok_or("the Ingress has no TLS")?;
            let old = tls["secretName"].as_str().unwrap_or_default().to_owned();
            tls["secretName"] = json!(self.secret.clone().unwrap_or_else(|| format!("{old}-new")));
            Ok(())
        })
    }
}
