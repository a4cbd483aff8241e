//! A field of a manifest is misspelt, and what is deployed lacks it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Fault;
use crate::hand::{Hand, InContainer, entry, named};

/// A manifest is deployed with a misspelt field of a container and without strict validation: the server drops it,
/// and the container lacks what it says (a probe, resources, …). The annotation `last-applied-configuration` tells
/// what was meant.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MisspeltField {
    #[serde(flatten)]
    at: InContainer,
    /// The field of the container.
    #[serde(default = "readiness")]
    field: String,
    /// How it is written; without it the field's name without its last letter.
    #[serde(default)]
    written: Option<String>,
}

impl Fault for MisspeltField {
    const NAME: &'static str = "misspelt-field";
    const MECHANISM: &'static str = "misspelt-field";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let written = self
            .written
            .clone()
            .unwrap_or_else(|| self.field[..self.field.len().saturating_sub(1)].to_owned());
        let InContainer { namespace, workload, container } = &self.at;
        hand.edit(workload.kind, namespace, &workload.name, |object| {
            let text = object["metadata"]["annotations"][LAST_APPLIED].as_str().unwrap_or_default();
            let mut applied: Value = serde_json::from_str(text)
                .map_err(|_| format!("nobody has applied {workload} with kubectl"))?;
            for document in [&mut applied, &mut *object] {
                let containers = &mut document["spec"]["template"]["spec"]["containers"];
                let container = named(containers, container.as_deref())?;
                let meant = entry(container, &self.field)?.take();
                container.as_object_mut().map(|it| it.remove(&self.field));
                container[&written] = meant;
            }
            object["metadata"]["annotations"][LAST_APPLIED] = json!(applied.to_string() + "\n");
            Ok(())
        })
    }
}

/// Where kubectl keeps what was applied.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn readiness() -> String {
    "readinessProbe".to_owned()
}
