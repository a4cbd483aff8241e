//! A claim asks for an access mode that its storage does not have.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// A workload moves to a new claim that asks for an access mode which its storage does not have: the volume is not
/// made (`ProvisioningFailed`, or no volume fits), and the new pod stays Pending.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AccessModeUnsupported {
    #[serde(flatten)]
    at: InWorkload,
    /// The volume in its pods; without it the first of a claim.
    #[serde(default)]
    volume: Option<String>,
    /// The new claim; without it the old one's name with `-v2`.
    #[serde(default)]
    claim: Option<String>,
    /// The access modes that it asks for.
    #[serde(default = "shared")]
    access_modes: Vec<String>,
    /// Its StorageClass; without it that of the old claim.
    #[serde(default)]
    storage_class: Option<String>,
}

impl Fault for AccessModeUnsupported {
    const NAME: &'static str = "access-mode-unsupported";
    const MECHANISM: &'static str = "storage";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let volume = hand.claim_volume(&self.at, self.volume.as_deref())?;
        let old =
            volume["persistentVolumeClaim"]["claimName"].as_str().unwrap_or_default().to_owned();
        let before = hand.read(Kind::PersistentVolumeClaim, &self.at.namespace, &old)?;
        let mut spec = json!({ "accessModes": before["spec"]["accessModes"], "resources": before["spec"]["resources"], "storageClassName": before["spec"]["storageClassName"] });
        spec["accessModes"] = json!(self.access_modes);
        if let Some(class) = &self.storage_class {
            spec["storageClassName"] = json!(class);
        }
        let new = self.claim.clone().unwrap_or_else(|| format!("{old}-v2"));
        hand.create(json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": { "name": new, "namespace": self.at.namespace }, "spec": spec,
        }))?;
        hand.mount_claim(&self.at, &volume, &new)
    }
}

fn shared() -> Vec<String> {
    vec!["ReadWriteMany".to_owned()]
}
