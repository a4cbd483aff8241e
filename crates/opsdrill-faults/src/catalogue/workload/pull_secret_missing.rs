//! A pod pulls from a private registry without the registry's credentials.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// A pod pulls from a private registry without the registry's credentials: with a Secret that does not exist, or
/// without any. Nodes that have the image already do not notice, so that the image is pulled anew each time.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PullSecretMissing {
    #[serde(flatten)]
    at: InWorkload,
    /// The Secret that does not exist; without it none is named.
    #[serde(default)]
    secret: Option<String>,
}

impl Fault for PullSecretMissing {
    const NAME: &'static str = "pull-secret-missing";
    const MECHANISM: &'static str = "credentials";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_template(&self.at, |template| {
            let spec = &mut template["spec"];
            spec["imagePullSecrets"] = match &self.secret {
                None => Value::Null,
                Some(name) => json!([{ "name": name }]),
            };
            for container in spec["containers"].as_array_mut().into_iter().flatten() {
                container["imagePullPolicy"] = json!("Always");
            }
            Ok(())
        })
    }
}
