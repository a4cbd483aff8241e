//! A key of a ConfigMap is gone.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::{Hand, Source, entry};

/// A key of a ConfigMap is gone: a variable that is made of it is an error (`CreateContainerConfigError`), one of
/// many by `envFrom` is not set, a file is not there. The workloads that read it are restarted, so that they
/// notice.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigmapKeyMissing {
    /// Its namespace.
    namespace: String,
    /// The ConfigMap.
    config_map: String,
    /// The key.
    key: String,
}

impl Fault for ConfigmapKeyMissing {
    const NAME: &'static str = "configmap-key-missing";
    const MECHANISM: &'static str = "missing-config";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_entries(Source::ConfigMap, &self.namespace, &self.config_map, |entries| {
            entry(entries, &self.key)?;
            entries.as_object_mut().map(|it| it.remove(&self.key));
            Ok(())
        })?;
        hand.restart_readers(Source::ConfigMap, &self.namespace, &self.config_map)
    }
}
