//! A value of a Secret was encoded wrongly.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, Source, entry};

/// A value of a Secret was encoded wrongly: twice, or with the newline of `echo`. It looks right, and whoever it is
/// shown to refuses it. The workloads that read it are restarted, so that they notice.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretEncoding {
    /// Its namespace.
    namespace: String,
    /// The Secret.
    secret: String,
    /// The key.
    key: String,
    /// What was done to it.
    #[serde(default)]
    how: Mistake,
}

impl Fault for SecretEncoding {
    const NAME: &'static str = "secret-encoding";
    const MECHANISM: &'static str = "credentials";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_entries(Source::Secret, &self.namespace, &self.secret, |entries| {
            let value = entry(entries, &self.key)?;
            let text = value.as_str().unwrap_or_default();
            *value = json!(match self.how {
                Mistake::Newline => format!("{text}\n"),
                Mistake::Twice => STANDARD.encode(text),
            });
            Ok(())
        })?;
        hand.restart_readers(Source::Secret, &self.namespace, &self.secret)
    }
}

/// How a value is encoded wrongly.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mistake {
    /// With a newline at its end.
    #[default]
    Newline,
    /// Twice.
    Twice,
}
