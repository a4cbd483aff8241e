//! A key of a Secret has another name than those who read it expect.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::{Hand, Source, entry};

/// A key of a Secret has another name than those who read it expect: a variable that is made of it is an error
/// (`CreateContainerConfigError`), one of many by `envFrom` is not set. The workloads that read it are restarted,
/// so that they notice.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretKeyWrong {
    /// Its namespace.
    namespace: String,
    /// The Secret.
    secret: String,
    /// The key.
    key: String,
    /// Its new name; without it the old one in small letters, with dashes.
    #[serde(default)]
    renamed: Option<String>,
}

impl Fault for SecretKeyWrong {
    const NAME: &'static str = "secret-key-wrong";
    const MECHANISM: &'static str = "missing-config";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let renamed =
            self.renamed.clone().unwrap_or_else(|| self.key.to_lowercase().replace('_', "-"));
        hand.edit_entries(Source::Secret, &self.namespace, &self.secret, |entries| {
            let value = entry(entries, &self.key)?.take();
            entries.as_object_mut().map(|it| it.remove(&self.key));
            entries[&renamed] = value;
            Ok(())
        })?;
        hand.restart_readers(Source::Secret, &self.namespace, &self.secret)
    }
}
