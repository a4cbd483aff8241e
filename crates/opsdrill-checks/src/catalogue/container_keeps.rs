//! A container keeps what protects it and others: limits, probes, its image.

use k8s_openapi::api::core::v1::Container;
use opsdrill_objects::quantity::Quantity;
use serde::Deserialize;

use crate::{Check, Evidence, Finding, Seen};

/// Wants a deployment's container to keep what the team has agreed on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContainerKeeps {
    namespace: String,
    deployment: String,
    container: String,
    /// The highest memory limit that is allowed; a missing limit is higher than any.
    #[serde(default)]
    memory_limit_max: Option<String>,
    /// Whether a liveness probe must be there.
    #[serde(default)]
    liveness_probe: bool,
    /// Whether a readiness probe must be there.
    #[serde(default)]
    readiness_probe: bool,
    /// What the image's repository must be.
    #[serde(default)]
    repository: Option<String>,
    /// The fewest replicas that the deployment must ask for.
    #[serde(default)]
    replicas_min: i32,
}

impl Check for ContainerKeeps {
    const NAME: &'static str = "container-keeps";
    const SUMMARY: &'static str =
        "A container keeps what protects it and others: limits, probes, its image.";

    fn judge(&self, evidence: Evidence<'_>) -> Finding {
        let found = evidence.container(&self.namespace, &self.deployment, &self.container);
        let (spec, container) = match found {
            Ok(found) => found,
            Err(finding) => return finding,
        };
        let mut missing = self.missing(container);
        if spec.replicas.unwrap_or(1) < self.replicas_min {
            let least = self.replicas_min;
            missing.push(Seen::new(
                format!("at least {least} replicas"),
                format!("au moins {least} réplicas"),
            ));
        }
        let name = &self.container;
        if missing.is_empty() {
            return Finding::new(
                true,
                format!("container {name} keeps what it must"),
                format!("le conteneur {name} garde ce qu'il doit"),
            );
        }
        let en: Vec<&str> = missing.iter().map(|it| &*it.en).collect();
        let fr: Vec<&str> = missing.iter().map(|it| &*it.fr).collect();
        Finding::new(
            false,
            format!("container {name} lacks {}", en.join(", ")),
            format!("il manque au conteneur {name} : {}", fr.join(", ")),
        )
    }
}

impl ContainerKeeps {
    fn missing(&self, container: &Container) -> Vec<Seen> {
        let mut missing = Vec::new();
        if let Some(most) = &self.memory_limit_max
            && !within(container, most)
        {
            missing.push(Seen::new(
                format!("a memory limit of at most {most}"),
                format!("une limite de mémoire d'au plus {most}"),
            ));
        }
        if self.liveness_probe && container.liveness_probe.is_none() {
            missing.push(Seen::new("its liveness probe", "sa sonde liveness"));
        }
        if self.readiness_probe && container.readiness_probe.is_none() {
            missing.push(Seen::new("its readiness probe", "sa sonde readiness"));
        }
        if let Some(repository) = &self.repository
            && !container.image.as_deref().is_some_and(|it| {
                it.starts_with(&format!("{repository}:"))
                    || it.starts_with(&format!("{repository}@"))
            })
        {
            missing.push(Seen::new(
                format!("an image of {repository}"),
                format!("une image de {repository}"),
            ));
        }
        missing
    }
}

fn within(container: &Container, most: &str) -> bool {
    let limits = container.resources.as_ref().and_then(|it| it.limits.as_ref());
    let limit = limits.and_then(|it| it.get("memory")).and_then(|it| Quantity::parse(&it.0).ok());
    let most = Quantity::parse(most).ok();
    limit.zip(most).is_some_and(|(limit, most)| limit <= most)
}
