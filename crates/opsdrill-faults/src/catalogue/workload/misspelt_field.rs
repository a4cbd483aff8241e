//! A field of a manifest is misspelt, and what is deployed lacks it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

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
            let mut applied = object.clone();
            applied["status"].take();
            applied["metadata"] = json!({ "name": workload.name, "namespace": namespace, "labels": object["metadata"]["labels"] });
            for document in [&mut applied, &mut *object] {
                let containers = &mut document["spec"]["template"]["spec"]["containers"];
                let container = named(containers, container.as_deref())?;
                let meant = entry(container, &self.field)?.take();
                container[&written] = meant;
            }
            let applied = applied.to_string() + "\n";
            object["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = json!(applied);
            Ok(())
        })
    }
}

fn readiness() -> String {
    "readinessProbe".to_owned()
}
