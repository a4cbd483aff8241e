//! The tag of an image does not exist.

use opsdrill_engine::physical::application::catalogue::split;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InContainer};

/// The tag of a container's image does not exist: the new pod waits in `ErrImagePull` and `ImagePullBackOff`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ImageMissing {
    #[serde(flatten)]
    at: InContainer,
    /// The tag; without it the one that is there, with a slip of the finger at its end.
    #[serde(default)]
    tag: Option<String>,
    /// The repository; without it the one that is there.
    #[serde(default)]
    repository: Option<String>,
}

impl Fault for ImageMissing {
    const NAME: &'static str = "image-missing";
    const MECHANISM: &'static str = "image-missing";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_container(&self.at, |container| {
            let image = container["image"].as_str().unwrap_or_default().to_owned();
            let (repository, tag) = split(&image);
            let repository = self.repository.as_deref().unwrap_or(repository);
            let tag = self.tag.clone().unwrap_or_else(|| format!("{tag}x"));
            container["image"] = json!(format!("{repository}:{tag}"));
            Ok(())
        })
    }
}
