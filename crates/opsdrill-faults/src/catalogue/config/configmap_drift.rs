//! Somebody has changed a ConfigMap by hand.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, Source, entry};

/// Somebody has changed a value of a ConfigMap by hand, so that it is no longer what the source says. The workloads
/// that read it are restarted, so that they notice.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigmapDrift {
    /// Its namespace.
    namespace: String,
    /// The ConfigMap.
    config_map: String,
    /// The key.
    key: String,
    /// Its new value.
    value: String,
}

impl Fault for ConfigmapDrift {
    const NAME: &'static str = "configmap-drift";
    const MECHANISM: &'static str = "wrong-setting";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_entries(Source::ConfigMap, &self.namespace, &self.config_map, |entries| {
            *entry(entries, &self.key)? = json!(self.value);
            Ok(())
        })?;
        hand.restart_readers(Source::ConfigMap, &self.namespace, &self.config_map)
    }
}
