//! A ConfigMap is right, and those who read it have not been restarted.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, Source, entry};

/// A value of a ConfigMap is changed and nobody restarts those who have read it: what `kubectl get configmap` shows
/// is not what runs, until a pod is made anew for another reason.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigNotReloaded {
    /// Its namespace.
    namespace: String,
    /// The ConfigMap.
    config_map: String,
    /// The key.
    key: String,
    /// Its new value.
    value: String,
}

impl Fault for ConfigNotReloaded {
    const NAME: &'static str = "config-not-reloaded";
    const MECHANISM: &'static str = "stale-setting";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_entries(Source::ConfigMap, &self.namespace, &self.config_map, |entries| {
            *entry(entries, &self.key)? = json!(self.value);
            Ok(())
        })
    }
}
