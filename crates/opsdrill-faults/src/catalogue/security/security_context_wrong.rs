//! A container may not run as its image wants to.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::Fault;
use crate::hand::{Hand, InContainer};

/// A container may not run as its image wants to: `runAsNonRoot` with an image of root
/// (`CreateContainerConfigError`), another user, or a file system that cannot be written.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SecurityContextWrong {
    #[serde(flatten)]
    at: InContainer,
    /// Whether it must not run as root.
    #[serde(default)]
    run_as_non_root: Option<bool>,
    /// The user as whom it runs.
    #[serde(default)]
    run_as_user: Option<u32>,
    /// Whether its own files cannot be written.
    #[serde(default)]
    read_only_root_filesystem: Option<bool>,
}

impl Fault for SecurityContextWrong {
    const NAME: &'static str = "security-context-wrong";
    const MECHANISM: &'static str = "security-context";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_container(&self.at, |container| {
            let asked = [
                ("runAsNonRoot", self.run_as_non_root.map(Value::from)),
                ("runAsUser", self.run_as_user.map(Value::from)),
                ("readOnlyRootFilesystem", self.read_only_root_filesystem.map(Value::from)),
            ];
            for (key, value) in asked {
                if let Some(value) = value {
                    container["securityContext"][key] = value;
                }
            }
            Ok(())
        })
    }
}
