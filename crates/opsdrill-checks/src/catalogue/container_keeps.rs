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
    /// The lowest memory request that is allowed: the scheduler fills nodes by it.
    #[serde(default)]
    memory_request_min: Option<String>,
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
    /// The most replicas that the deployment may ask for: of what keeps state of its own, more are not one.
    #[serde(default)]
    replicas_max: Option<i32>,
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
        if let Some(most) = self.replicas_max.filter(|it| spec.replicas.unwrap_or(1) > *it) {
            missing.push(Seen::new(
                format!("at most {most} replica{}", if most == 1 { "" } else { "s" }),
                format!("au plus {most} réplica{}", if most == 1 { "" } else { "s" }),
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
        if let Some(least) = &self.memory_request_min
            && !asks_for(container, least)
        {
            missing.push(Seen::new(
                format!("a memory request of at least {least}"),
                format!("une demande de mémoire d'au moins {least}"),
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

fn asks_for(container: &Container, least: &str) -> bool {
    let resources = container.resources.as_ref();
    // A container with a limit and no request asks for its limit; the server has filled it in.
    let requests = resources.and_then(|it| it.requests.as_ref());
    let request = requests.and_then(|it| it.get("memory"));
    let request = request.and_then(|it| Quantity::parse(&it.0).ok());
    let least = Quantity::parse(least).ok();
    request.zip(least).is_some_and(|(request, least)| request >= least)
}

fn within(container: &Container, most: &str) -> bool {
    let limits = container.resources.as_ref().and_then(|it| it.limits.as_ref());
    let limit = limits.and_then(|it| it.get("memory")).and_then(|it| Quantity::parse(&it.0).ok());
    let most = Quantity::parse(most).ok();
    limit.zip(most).is_some_and(|(limit, most)| limit <= most)
}
