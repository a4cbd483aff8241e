//! A deployment's container is of one image and runs with the settings that were released with it.

use std::collections::BTreeMap;

use opsdrill_engine::physical::process;
use opsdrill_objects::Kind;
use serde::Deserialize;

use crate::{Check, Evidence, Finding, Seen};

/// Wants a deployment to declare one image, and its running processes to have some variables.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContainerRuns {
    namespace: String,
    deployment: String,
    container: String,
    /// The image with its tag; several are written with `|` between them.
    image: String,
    /// Variables that every running process of the container must have, wherever they come from.
    #[serde(default)]
    env: BTreeMap<String, String>,
}

impl Check for ContainerRuns {
    const NAME: &'static str = "container-runs";
    const SUMMARY: &'static str =
        "A deployment's container is of one image and runs with what was released with it.";

    fn judge(&self, evidence: Evidence<'_>) -> Finding {
        let found = evidence.container(&self.namespace, &self.deployment, &self.container);
        let (spec, container) = match found {
            Ok(found) => found,
            Err(finding) => return finding,
        };
        let image = container.image.as_deref().unwrap_or_default();
        let name = &self.container;
        let of_image = Seen::new(
            format!("container {name} is of {image}"),
            format!("le conteneur {name} est de {image}"),
        );
        if !self.image.split('|').any(|it| it == image) {
            return Finding::new(false, of_image.en, of_image.fr);
        }
        let labels = spec.selector.match_labels.iter().flatten();
        let pods = evidence.cluster.view().with_labels(Kind::Pod, &self.namespace, labels);
        let world = evidence.cluster.world();
        let processes = pods.iter().flat_map(|it| process::of_pod(world, it.meta.uid));
        let own: Vec<_> = processes.filter(|it| *it.spec.container == *self.container).collect();
        if own.is_empty() {
            return Finding::new(
                false,
                format!("no container {name} runs"),
                format!("aucun conteneur {name} ne tourne"),
            );
        }
        let missing = |name: &String, value: &String| {
            own.iter().filter(|it| it.spec.env.get(name) != Some(value)).count()
        };
        match self.env.iter().find(|(name, value)| missing(name, value) > 0) {
            None => Finding::new(true, of_image.en, of_image.fr),
            Some((variable, value)) => {
                let (lacking, all) = (missing(variable, value), own.len());
                Finding::new(
                    false,
                    format!(
                        "{lacking} of {all} running containers {name} do not have {variable}={value}"
                    ),
                    format!(
                        "{lacking} des {all} conteneurs {name} qui tournent n'ont pas {variable}={value}"
                    ),
                )
            }
        }
    }
}
