//! A rollout does not go on, and counts as failed.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InContainer, named, with_tag};

/// A rollout does not go on: its new pods never get ready because of their probe, and after the deadline the
/// Deployment says so (`ProgressDeadlineExceeded`). The old pods serve on.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RolloutStuck {
    #[serde(flatten)]
    at: InContainer,
    /// The new tag of the image; without it the image stays.
    #[serde(default)]
    tag: Option<String>,
    /// The path that the new readiness probe asks for, which does not exist.
    #[serde(default = "nowhere")]
    probe_path: String,
    /// Seconds until the rollout counts as failed.
    #[serde(default = "soon")]
    progress_deadline_seconds: u32,
}

impl Fault for RolloutStuck {
    const NAME: &'static str = "rollout-stuck";
    const MECHANISM: &'static str = "rollout";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let InContainer { namespace, workload, container } = &self.at;
        hand.edit(workload.kind, namespace, &workload.name, |object| {
            object["spec"]["progressDeadlineSeconds"] = json!(self.progress_deadline_seconds);
            let containers = &mut object["spec"]["template"]["spec"]["containers"];
            let container = named(containers, container.as_deref())?;
            if let Some(tag) = &self.tag {
                container["image"] =
                    json!(with_tag(container["image"].as_str().unwrap_or_default(), tag));
            }
            let asked = container["readinessProbe"].pointer_mut("/httpGet/path");
            *asked.ok_or("the container has no readiness probe that asks for a path")? =
                json!(self.probe_path);
            Ok(())
        })
    }
}

fn nowhere() -> String {
    "/ready/v2".to_owned()
}

fn soon() -> u32 {
    120
}
