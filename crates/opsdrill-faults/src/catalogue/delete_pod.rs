//! Somebody, or something, deletes a pod.

use opsdrill_engine::api::Request;
use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::Fault;
use crate::hand::Hand;

/// Deletes the first pod (in order of name) that carries a label.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeletePod {
    /// `namespace/key=value`.
    pods: String,
}

impl Fault for DeletePod {
    const NAME: &'static str = "delete-pod";
    const MECHANISM: &'static str = "";
    const BY: Option<&'static str> = Some("system:node-maintenance");

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        let parts = self
            .pods
            .split_once('/')
            .and_then(|(namespace, label)| Some((namespace, label.split_once('=')?)));
        let (namespace, (key, value)) = parts.ok_or("write the pods as namespace/key=value")?;
        let labels = [(key.to_owned(), value.to_owned())];
        let pods = hand.cluster.view().with_labels(
            Kind::Pod,
            namespace,
            labels.iter().map(|(key, value)| (key, value)),
        );
        let name = pods
            .first()
            .map(|it| it.meta.name.to_string())
            .ok_or_else(|| format!("no pod is {}", self.pods))?;
        hand.ask(Request::delete(Kind::Pod, namespace, &name))
    }
}
