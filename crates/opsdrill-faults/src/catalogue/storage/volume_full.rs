//! The volume of a claim is full.

use opsdrill_engine::physical::container::fill_volume;
use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::{Hand, quantity};

/// The volume of a claim is full: whatever writes to it gets `No space left on device`. Old files take the space,
/// which nobody sees in Kubernetes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VolumeFull {
    /// Its namespace.
    namespace: String,
    /// The claim.
    claim: String,
    /// The file in the volume that takes the space.
    #[serde(default = "backup")]
    file: String,
}

impl Fault for VolumeFull {
    const NAME: &'static str = "volume-full";
    const MECHANISM: &'static str = "storage";
    const BY: Option<&'static str> = None;

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let claim = hand.read(Kind::PersistentVolumeClaim, &self.namespace, &self.claim)?;
        let capacity =
            claim["status"]["capacity"]["storage"].as_str().ok_or("the claim has no volume")?;
        let bytes = quantity(capacity)?.value().unsigned_abs();
        fill_volume(hand.cluster.world_mut(), &self.namespace, &self.claim, &self.file, bytes);
        Ok(())
    }
}

fn backup() -> String {
    "backup-2025.tar".to_owned()
}
