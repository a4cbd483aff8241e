//! A container is told to start a program that its image does not have.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InContainer};

/// A container is told to start a program that its image does not have, or one that ends at once: the new pod never
/// runs (`StartError`, then `CrashLoopBackOff`).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BadCommand {
    #[serde(flatten)]
    at: InContainer,
    /// What it is told to start, in the place of the image's entrypoint.
    #[serde(default = "misspelt")]
    command: Vec<String>,
    /// Its arguments.
    #[serde(default)]
    args: Vec<String>,
}

impl Fault for BadCommand {
    const NAME: &'static str = "bad-command";
    const MECHANISM: &'static str = "bad-command";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_container(&self.at, |container| {
            container["command"] = json!(self.command);
            if !self.args.is_empty() {
                container["args"] = json!(self.args);
            }
            Ok(())
        })
    }
}

fn misspelt() -> Vec<String> {
    vec!["/usr/local/bin/serve".to_owned()]
}
