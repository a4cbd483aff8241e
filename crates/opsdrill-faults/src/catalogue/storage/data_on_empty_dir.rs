//! Data that should last lies in a folder that ends with its pod.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload, named};

/// Data that should last lies in an `emptyDir`, in the place of a claim's volume: everything runs, and what was
/// written is lost with each pod.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DataOnEmptyDir {
    #[serde(flatten)]
    at: InWorkload,
    /// The volume in its pods; without it the first of a claim.
    #[serde(default)]
    volume: Option<String>,
}

impl Fault for DataOnEmptyDir {
    const NAME: &'static str = "data-on-empty-dir";
    const MECHANISM: &'static str = "storage";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let volume = hand.claim_volume(&self.at, self.volume.as_deref())?;
        hand.edit_template(&self.at, |template| {
            let name = volume["name"].as_str();
            *named(&mut template["spec"]["volumes"], name)? =
                json!({ "name": name, "emptyDir": {} });
            Ok(())
        })
    }
}
