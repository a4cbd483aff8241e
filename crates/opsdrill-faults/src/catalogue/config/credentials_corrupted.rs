//! A password in a Secret is not the right one.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, Source, entry};

/// A value of a Secret, such as a password, is not the right one any more. The workloads that read it are
/// restarted, so that they notice.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CredentialsCorrupted {
    /// Its namespace.
    namespace: String,
    /// The Secret.
    secret: String,
    /// The key.
    key: String,
    /// Its new value.
    #[serde(default = "wrong")]
    value: String,
}

impl Fault for CredentialsCorrupted {
    const NAME: &'static str = "credentials-corrupted";
    const MECHANISM: &'static str = "credentials";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_entries(Source::Secret, &self.namespace, &self.secret, |entries| {
            *entry(entries, &self.key)? = json!(self.value);
            Ok(())
        })?;
        hand.restart_readers(Source::Secret, &self.namespace, &self.secret)
    }
}

fn wrong() -> String {
    "changeme".to_owned()
}
