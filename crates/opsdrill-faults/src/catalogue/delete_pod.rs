//! Somebody, or something, deletes a pod.

use opsdrill_engine::Cluster;
use opsdrill_engine::api::{Identity, Request};
use opsdrill_objects::Kind;
use serde::Deserialize;

use crate::Fault;

/// Deletes the first pod (in order of name) that carries a label.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeletePod {
    /// `namespace/key=value`.
    pods: String,
}

impl Fault for DeletePod {
    const NAME: &'static str = "delete-pod";
    const SUMMARY: &'static str = "Deletes one pod of a workload.";

    fn inject(&self, cluster: &mut Cluster) -> Result<(), String> {
        let parts = self
            .pods
            .split_once('/')
            .and_then(|(namespace, label)| Some((namespace, label.split_once('=')?)));
        let (namespace, (key, value)) = parts.ok_or("write the pods as namespace/key=value")?;
        let labels = [(key.to_owned(), value.to_owned())];
        let pods = cluster.view().with_labels(
            Kind::Pod,
            namespace,
            labels.iter().map(|(key, value)| (key, value)),
        );
        let name = pods
            .first()
            .map(|it| it.meta.name.to_string())
            .ok_or_else(|| format!("no pod is {}", self.pods))?;
        let request = Request::delete(Kind::Pod, namespace, &name);
        cluster
            .handle(&Identity::admin("system:node-maintenance"), request)
            .object()
            .map(drop)
            .map_err(|it| it.message)
    }
}
