//! An init container waits for something that never comes.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload, named};

/// An init container waits for a name that never resolves: the new pod stays in `Init:0/1`, without restarts.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InitContainerWaits {
    #[serde(flatten)]
    at: InWorkload,
    /// The init container; without it the first. One is added where there is none.
    #[serde(default)]
    init_container: Option<String>,
    /// The name for which it waits.
    waits_for: String,
}

impl Fault for InitContainerWaits {
    const NAME: &'static str = "init-container-waits";
    const MECHANISM: &'static str = "wrong-setting";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let script =
            format!("until nslookup {0}; do echo waiting for {0}; sleep 2; done", self.waits_for);
        hand.edit_template(&self.at, |template| {
            let list = &mut template["spec"]["initContainers"];
            if !list.is_array() {
                *list = json!([{ "name": "wait", "image": "busybox:1.36" }]);
            }
            named(list, self.init_container.as_deref())?["command"] = json!(["sh", "-c", script]);
            Ok(())
        })
    }
}
