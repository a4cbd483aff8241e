//! A claim names a StorageClass that does not exist.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// A workload moves to a new claim whose StorageClass does not exist: the claim stays Pending
/// (`storageclass.storage.k8s.io "…" not found`), and the new pod with it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StorageClassMissing {
    #[serde(flatten)]
    at: InWorkload,
    /// The volume in its pods; without it the first of a claim.
    #[serde(default)]
    volume: Option<String>,
    /// The new claim; without it the old one's name with `-v2`.
    #[serde(default)]
    claim: Option<String>,
    /// The class.
    #[serde(default = "usual")]
    storage_class: String,
}

impl Fault for StorageClassMissing {
    const NAME: &'static str = "storage-class-missing";
    const MECHANISM: &'static str = "storage";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let volume = hand.claim_volume(&self.at, self.volume.as_deref())?;
        let old =
            volume["persistentVolumeClaim"]["claimName"].as_str().unwrap_or_default().to_owned();
        let before = hand.read(Kind::PersistentVolumeClaim, &self.at.namespace, &old)?;
        let mut spec = json!({ "accessModes": before["spec"]["accessModes"], "resources": before["spec"]["resources"], "storageClassName": before["spec"]["storageClassName"] });
        spec["storageClassName"] = json!(self.storage_class);
        let new = self.claim.clone().unwrap_or_else(|| format!("{old}-v2"));
        hand.create(json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": { "name": new, "namespace": self.at.namespace }, "spec": spec,
        }))?;
        hand.mount_claim(&self.at, &volume, &new)
    }
}

fn usual() -> String {
    "fast-ssd".to_owned()
}
