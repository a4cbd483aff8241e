//! A namespace may not have more than it has.

use opsdrill_objects::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload, Workload};

/// A ResourceQuota of a namespace is as large as what is used: no pod more can be made, not even the one that a
/// rollout needs (`FailedCreate … exceeded quota`). A workload is restarted, so that it shows.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Quota {
    /// Its namespace.
    namespace: String,
    /// The name of the ResourceQuota, which is made if it is not there.
    #[serde(default = "usual")]
    name: String,
    /// What it limits.
    #[serde(default = "pods")]
    resource: String,
    /// The limit; without it as many pods as there are.
    #[serde(default)]
    hard: Option<String>,
    /// The Deployment that is restarted.
    #[schemars(with = "String")]
    workload: Workload,
}

impl Fault for Quota {
    const NAME: &'static str = "quota";
    const MECHANISM: &'static str = "quota";

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        // Pods that have ended are not counted (`podUsageFunc`).
        let pods = hand.cluster.view().list(Kind::Pod, &self.namespace);
        let pods = pods.filter(|it| it.pod().is_some_and(|it| !it.is_finished())).count();
        let limit = match &self.hard {
            Some(given) => given.clone(),
            None if self.resource == "pods" => pods.to_string(),
            None => return Err("say with `hard` how much is allowed".to_owned()),
        };
        if hand.read(Kind::ResourceQuota, &self.namespace, &self.name).is_ok() {
            hand.edit(Kind::ResourceQuota, &self.namespace, &self.name, |object| {
                object["spec"]["hard"][&self.resource] = json!(limit);
                Ok(())
            })?;
        } else {
            hand.create(json!({
                "apiVersion": "v1", "kind": "ResourceQuota",
                "metadata": { "name": self.name, "namespace": self.namespace },
                "spec": { "hard": { (&self.resource): limit } },
            }))?;
        }
        hand.restart(&InWorkload {
            namespace: self.namespace.clone(),
            workload: self.workload.clone(),
        })
    }
}

fn usual() -> String {
    "compute".to_owned()
}

fn pods() -> String {
    "pods".to_owned()
}
