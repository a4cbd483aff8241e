//! The server asks a webhook that does not answer.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::Fault;
use crate::hand::{Hand, InWorkload, Workload};

/// A ValidatingWebhookConfiguration with `failurePolicy: Fail` names a Service behind which nobody answers:
/// whatever it is about can be neither made nor changed (`failed calling webhook`). A workload is restarted, so
/// that it shows.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookDown {
    /// The name of the configuration.
    #[serde(default = "usual")]
    webhook: String,
    /// The namespace of its Service, and the one whose pods it is about.
    namespace: String,
    /// Its Service.
    #[serde(default = "policy")]
    service: String,
    /// The workload that is restarted.
    #[schemars(with = "String")]
    workload: Workload,
}

impl Fault for WebhookDown {
    const NAME: &'static str = "webhook-down";
    const MECHANISM: &'static str = "admission";
    const BY: Option<&'static str> = Some("kubernetes-admin");

    fn inject(&self, hand: &mut Hand<'_>) -> Result<(), String> {
        hand.create(json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
            "metadata": { "name": self.webhook },
            "webhooks": [{
                "name": format!("validate.{}.company.com", self.webhook),
                "admissionReviewVersions": ["v1"], "sideEffects": "None", "failurePolicy": "Fail",
                "clientConfig": { "service": { "namespace": self.namespace, "name": self.service, "path": "/validate" } },
                "rules": [{ "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["pods"] }],
                "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": self.namespace } },
            }],
        }))?;
        hand.restart(&InWorkload {
            namespace: self.namespace.clone(),
            workload: self.workload.clone(),
        })
    }
}

fn usual() -> String {
    "policy-engine".to_owned()
}

fn policy() -> String {
    "policy-webhook".to_owned()
}
