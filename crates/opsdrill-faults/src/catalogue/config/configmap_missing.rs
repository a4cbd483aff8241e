//! A ConfigMap is gone.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::{Hand, Source};

/// A ConfigMap is deleted, or was never there under this name: new containers that need it wait in
/// `CreateContainerConfigError`, or in `ContainerCreating` where it is a volume (`FailedMount`). The workloads that
/// read it are restarted, so that they notice.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigmapMissing {
    /// Its namespace.
    namespace: String,
    /// The ConfigMap.
    config_map: String,
}

impl Fault for ConfigmapMissing {
    const NAME: &'static str = "configmap-missing";
    const MECHANISM: &'static str = "missing-config";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.delete(Kind::ConfigMap, &self.namespace, &self.config_map)?;
        hand.restart_readers(Source::ConfigMap, &self.namespace, &self.config_map)
    }
}
