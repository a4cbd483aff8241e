//! The clients of a server give their connections back.

use opsdrill_engine::physical::{connections, process};
use opsdrill_objects::Kind;
use serde::Deserialize;

use crate::{Check, Evidence, Finding};

/// Wants a server (a redis, a postgres) to run, and few of its connections to be ones that nobody will use again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectionsGivenBack {
    namespace: String,
    /// The deployment whose pods are the server.
    deployment: String,
    /// The most connections that may have been forgotten by their clients.
    forgotten_max: u64,
}

impl Check for ConnectionsGivenBack {
    const NAME: &'static str = "connections-given-back";
    const SUMMARY: &'static str = "The clients of a server give their connections back.";

    fn judge(&self, evidence: Evidence<'_>) -> Finding {
        let (view, world) = (evidence.cluster.view(), evidence.cluster.world());
        let name = format!("{}/{}", self.namespace, self.deployment);
        let spec = match evidence.deployment(&self.namespace, &self.deployment) {
            Ok(spec) => spec,
            Err(finding) => return finding,
        };
        let labels = spec.selector.match_labels.iter().flatten();
        let pods = view.with_labels(Kind::Pod, &self.namespace, labels);
        let servers: Vec<_> = pods
            .iter()
            .flat_map(|it| process::of_pod(world, it.meta.uid))
            .map(|it| it.id)
            .collect();
        if servers.is_empty() {
            return Finding::new(
                false,
                format!("deployment {name} has no running process"),
                format!("le déploiement {name} n'a aucun processus qui tourne"),
            );
        }
        let now = evidence.cluster.now();
        let clients = servers.iter().flat_map(|it| connections::clients(world, *it, now));
        let forgotten: u64 = clients.map(|(_, _, leaked)| leaked).sum();
        Finding::new(
            forgotten <= self.forgotten_max,
            format!("{forgotten} connections to {name} are open that no client uses any more"),
            format!(
                "{forgotten} connexions à {name} sont ouvertes et plus aucun client ne s'en sert"
            ),
        )
    }
}
