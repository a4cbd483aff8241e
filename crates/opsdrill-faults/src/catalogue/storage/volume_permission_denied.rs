//! A program may not write to its volume.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// A program that is not root may not write to its volume, because nothing makes the volume its group's: `fsGroup`
/// is taken away. The log says `Permission denied`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VolumePermissionDenied {
    #[serde(flatten)]
    at: InWorkload,
}

impl Fault for VolumePermissionDenied {
    const NAME: &'static str = "volume-permission-denied";
    const MECHANISM: &'static str = "storage";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_template(&self.at, |template| {
            let context = &mut template["spec"]["securityContext"];
            let removed = context.as_object_mut().and_then(|it| it.remove("fsGroup"));
            removed.map(drop).ok_or_else(|| "the pods have no fsGroup".to_owned())
        })
    }
}
