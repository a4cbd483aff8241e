//! An init container ends with an error.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload, named};

/// An init container ends with an error: the new pod stays in `Init:Error` and `Init:CrashLoopBackOff`, and its
/// containers are never started.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InitContainerCrashes {
    #[serde(flatten)]
    at: InWorkload,
    /// The init container; without it the first.
    #[serde(default)]
    init_container: Option<String>,
    /// What it runs.
    #[serde(default = "fails")]
    command: Vec<String>,
}

impl Fault for InitContainerCrashes {
    const NAME: &'static str = "init-container-crashes";
    const MECHANISM: &'static str = "bad-command";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_template(&self.at, |template| {
            let init =
                named(&mut template["spec"]["initContainers"], self.init_container.as_deref())?;
            init["command"] = json!(self.command);
            Ok(())
        })
    }
}

fn fails() -> Vec<String> {
    ["sh", "-c", "migrate --to latest"].map(str::to_owned).into()
}
