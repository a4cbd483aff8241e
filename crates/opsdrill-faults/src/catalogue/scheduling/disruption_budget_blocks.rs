//! A disruption budget allows no disruption.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload};

/// A PodDisruptionBudget demands as many pods as there are: a node cannot be drained (`Cannot evict pod as it would
/// violate the pod's disruption budget`).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DisruptionBudgetBlocks {
    #[serde(flatten)]
    at: InWorkload,
    /// The name of the budget; without it the workload's. One of that name is changed.
    #[serde(default)]
    budget: Option<String>,
}

impl Fault for DisruptionBudgetBlocks {
    const NAME: &'static str = "disruption-budget-blocks";
    const MECHANISM: &'static str = "disruption-budget";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let InWorkload { namespace, workload } = &self.at;
        let object = hand.read(workload.kind, namespace, &workload.name)?;
        let name = self.budget.as_deref().unwrap_or(&workload.name);
        let spec = json!({ "minAvailable": object["spec"]["replicas"], "selector": { "matchLabels": hand.labels_of_pods(&self.at)? } });
        if hand.read(Kind::PodDisruptionBudget, namespace, name).is_ok() {
            return hand.edit(Kind::PodDisruptionBudget, namespace, name, |object| {
                object["spec"] = spec;
                Ok(())
            });
        }
        hand.create(json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
            "metadata": { "name": name, "namespace": namespace }, "spec": spec,
        }))
    }
}
