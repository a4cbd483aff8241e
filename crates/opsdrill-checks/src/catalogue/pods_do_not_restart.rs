//! The containers of a workload's pods have not been restarted for a while.

use opsdrill_objects::Kind;
use opsdrill_objects::pod::Pod;
use serde::Deserialize;

use crate::{Check, Evidence, Finding};

/// Wants pods with these labels, all of them running, none restarted within the window.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PodsDoNotRestart {
    namespace: String,
    labels: std::collections::BTreeMap<String, String>,
}

impl Check for PodsDoNotRestart {
    const NAME: &'static str = "pods-do-not-restart";
    const SUMMARY: &'static str =
        "The containers of a workload's pods have not been restarted for a while.";

    fn judge(&self, evidence: Evidence<'_>) -> Finding {
        let pods = evidence.cluster.view().with_labels(Kind::Pod, &self.namespace, &self.labels);
        let since = evidence.cluster.unix_now() - evidence.window.as_seconds() as i64;
        let restarted = pods
            .iter()
            .filter(|it| it.pod().is_some_and(|pod| restarted_since(pod, since)))
            .count();
        let running =
            pods.iter().filter(|it| it.pod().is_some_and(|pod| pod.phase() == "Running")).count();
        let window = evidence.window.as_seconds();
        Finding::new(
            running > 0 && restarted == 0,
            format!("{running} pods run, {restarted} had a container restarted within {window} s"),
            format!(
                "{running} pods tournent, {restarted} ont redémarré un conteneur en {window} s"
            ),
        )
    }
}

/// Whether a container of the pod has ended and come back, or is waiting to, since a time (Unix seconds).
fn restarted_since(pod: &Pod, since: i64) -> bool {
    let statuses = pod.status.container_statuses.iter().flatten();
    statuses.filter(|it| it.restart_count > 0).any(|it| {
        let ended = it
            .last_state
            .as_ref()
            .and_then(|it| it.terminated.as_ref())
            .and_then(|it| it.finished_at.as_ref());
        ended.is_some_and(|it| it.0.as_second() >= since)
    })
}
