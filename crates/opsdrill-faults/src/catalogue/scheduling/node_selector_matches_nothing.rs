//! Pods want a node with a label that none has.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// The pods of a workload want a node with a label that none has (or a node by its name that is not there): new
/// ones stay Pending (`didn't match Pod's node affinity/selector`).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NodeSelectorMatchesNothing {
    #[serde(flatten)]
    at: InWorkload,
    /// The label.
    #[serde(default = "disk")]
    label: String,
    /// Its value.
    #[serde(default = "ssd")]
    value: String,
    /// A node's name, in the place of a label.
    #[serde(default)]
    node_name: Option<String>,
}

impl Fault for NodeSelectorMatchesNothing {
    const NAME: &'static str = "node-selector-matches-nothing";
    const MECHANISM: &'static str = "scheduling";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.edit_pods(&self.at, |spec| match &self.node_name {
            Some(name) => spec["nodeName"] = json!(name),
            None => spec["nodeSelector"][&self.label] = json!(self.value),
        })
    }
}

fn disk() -> String {
    "disktype".to_owned()
}

fn ssd() -> String {
    "ssd".to_owned()
}
