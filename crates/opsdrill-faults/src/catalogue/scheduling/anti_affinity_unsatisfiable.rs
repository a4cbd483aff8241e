//! More pods must be on nodes of their own than there are nodes.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// The pods of a workload must each be on a node of their own, and there are more of them than nodes: the last stay
/// Pending (`didn't match pod anti-affinity rules`). Without a number there is one pod more than nodes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AntiAffinityUnsatisfiable {
    #[serde(flatten)]
    at: InWorkload,
    /// How many pods there are to be.
    #[serde(default)]
    replicas: Option<usize>,
}

impl Fault for AntiAffinityUnsatisfiable {
    const NAME: &'static str = "anti-affinity-unsatisfiable";
    const MECHANISM: &'static str = "scheduling";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let labels = hand.labels_of_pods(&self.at)?;
        let nodes = hand.cluster.view().list(Kind::Node, "").count();
        let InWorkload { namespace, workload } = &self.at;
        hand.edit(workload.kind, namespace, &workload.name, |object| {
            object["spec"]["replicas"] = json!(self.replicas.unwrap_or(nodes + 1));
            object["spec"]["template"]["spec"]["affinity"]["podAntiAffinity"] = json!({
                "requiredDuringSchedulingIgnoredDuringExecution": [{
                    "labelSelector": { "matchLabels": labels }, "topologyKey": "kubernetes.io/hostname",
                }],
            });
            Ok(())
        })
    }
}
