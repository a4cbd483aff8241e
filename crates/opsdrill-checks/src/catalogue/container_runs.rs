//! A deployment's container is of one image and has what was released with it.

use opsdrill_objects::Kind;
use serde::Deserialize;

use crate::{Check, Evidence, Finding};

/// Wants a deployment to run one image, with the variables of one ConfigMap.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContainerRuns {
    namespace: String,
    deployment: String,
    container: String,
    /// The image with its tag; several are written with `|` between them.
    image: String,
    /// The ConfigMap or Secret that `envFrom` must name and that must exist; any if empty.
    #[serde(default)]
    env_from: String,
}

impl Check for ContainerRuns {
    const NAME: &'static str = "container-runs";
    const SUMMARY: &'static str =
        "A deployment's container is of one image and has what was released with it.";

    fn judge(&self, evidence: Evidence<'_>) -> Finding {
        let view = evidence.cluster.view();
        let found = view.get(Kind::Deployment, &self.namespace, &self.deployment);
        let Some(spec) = found.and_then(|it| it.deployment()?.spec.as_ref()) else {
            return Finding::new(
                false,
                format!("deployment {}/{} does not exist", self.namespace, self.deployment),
            );
        };
        let containers = spec.template.spec.iter().flat_map(|it| &it.containers);
        let Some(container) = containers.into_iter().find(|it| it.name == self.container) else {
            return Finding::new(false, format!("container {} does not exist", self.container));
        };
        let image = container.image.as_deref().unwrap_or_default();
        if !self.image.split('|').any(|it| it == image) {
            return Finding::new(false, format!("container {} is of {image}", self.container));
        }
        let sources = container.env_from.iter().flatten();
        let mut named = sources.filter_map(|it| {
            let map = it.config_map_ref.as_ref().map(|it| (Kind::ConfigMap, &it.name));
            map.or_else(|| it.secret_ref.as_ref().map(|it| (Kind::Secret, &it.name)))
        });
        let wanted = &self.env_from;
        let there = wanted.is_empty()
            || named.any(|(kind, name)| {
                name == wanted && view.get(kind, &self.namespace, name).is_some()
            });
        if there {
            Finding::new(true, format!("container {} is of {image}", self.container))
        } else {
            Finding::new(false, format!("container {} does not get {wanted}", self.container))
        }
    }
}
