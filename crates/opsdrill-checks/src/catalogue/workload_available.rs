//! A deployment runs with enough ready pods of its newest template.

use opsdrill_objects::Kind;
use serde::Deserialize;

use crate::{Check, Evidence, Finding};

/// Wants a deployment whose pods are updated, ready and enough.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkloadAvailable {
    namespace: String,
    deployment: String,
    /// The fewest ready pods.
    replicas_min: i32,
}

impl Check for WorkloadAvailable {
    const NAME: &'static str = "workload-available";
    const SUMMARY: &'static str =
        "A deployment runs with enough ready pods of its newest template.";

    fn judge(&self, evidence: Evidence<'_>) -> Finding {
        let name = format!("{}/{}", self.namespace, self.deployment);
        let view = evidence.cluster.view();
        let Some(object) = view.get(Kind::Deployment, &self.namespace, &self.deployment) else {
            return Finding::no_deployment(&self.namespace, &self.deployment);
        };
        let deployment = object.deployment().expect("found as a deployment");
        let wanted = deployment.spec.as_ref().and_then(|it| it.replicas).unwrap_or(1);
        let status = deployment.status.clone().unwrap_or_default();
        let observed = status.observed_generation.unwrap_or_default() >= object.meta.generation;
        let (updated, available) = (
            status.updated_replicas.unwrap_or_default(),
            status.available_replicas.unwrap_or_default(),
        );
        let enough = available >= self.replicas_min && updated >= wanted.max(self.replicas_min);
        Finding::new(
            observed && enough,
            format!(
                "deployment {name} has {available} available and {updated} updated of {wanted} wanted pods"
            ),
            format!(
                "le déploiement {name} a {available} pods disponibles et {updated} à jour sur {wanted} voulus"
            ),
        )
    }
}
