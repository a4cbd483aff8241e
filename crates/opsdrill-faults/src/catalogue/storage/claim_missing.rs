//! A pod names a claim that does not exist.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// The pods of a workload name a claim that does not exist: new ones stay Pending (`persistentvolumeclaim "…" not
/// found`).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClaimMissing {
    #[serde(flatten)]
    at: InWorkload,
    /// The volume in its pods; without it the first of a claim.
    #[serde(default)]
    volume: Option<String>,
    /// The claim; without it the name of the one that is there, without its last letter.
    #[serde(default)]
    claim: Option<String>,
}

impl Fault for ClaimMissing {
    const NAME: &'static str = "claim-missing";
    const MECHANISM: &'static str = "storage";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let volume = hand.claim_volume(&self.at, self.volume.as_deref())?;
        let old = volume["persistentVolumeClaim"]["claimName"].as_str().unwrap_or_default();
        let new =
            self.claim.clone().unwrap_or_else(|| old[..old.len().saturating_sub(1)].to_owned());
        hand.mount_claim(&self.at, &volume, &new)
    }
}
