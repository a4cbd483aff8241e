//! What a kind's document holds before anybody has written anything: the fields that Go's types always write.
//!
//! Who creates an object is said to have added what differs from this, so these fields themselves belong to nobody.

use serde_json::{Value, json};

/// The document of an object in which nothing is set.
pub(super) fn of_kind(kind: &str) -> Value {
    let template =
        || json!({ "metadata": { "creationTimestamp": null }, "spec": { "containers": null } });
    let spec_and_status = match kind {
        "CronJob" => (
            json!({
                "schedule": "",
                "jobTemplate": { "metadata": { "creationTimestamp": null }, "spec": { "template": template() } }
            }),
            json!({}),
        ),
        "DaemonSet" => (
            json!({ "selector": null, "template": template(), "updateStrategy": {} }),
            json!({ "currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0 }),
        ),
        "Deployment" => {
            (json!({ "selector": null, "strategy": {}, "template": template() }), json!({}))
        }
        "HorizontalPodAutoscaler" => (
            json!({ "scaleTargetRef": { "kind": "", "name": "" }, "maxReplicas": 0 }),
            json!({ "desiredReplicas": 0, "currentMetrics": null }),
        ),
        "Ingress" | "Service" => (json!({}), json!({ "loadBalancer": {} })),
        "Job" => (json!({ "template": template() }), json!({})),
        "PersistentVolumeClaim" => (json!({ "resources": {} }), json!({})),
        "Pod" => (json!({ "containers": null }), json!({})),
        "PodDisruptionBudget" => (
            json!({}),
            json!({ "disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0 }),
        ),
        "ReplicaSet" => {
            (json!({ "selector": null, "template": template() }), json!({ "replicas": 0 }))
        }
        "StatefulSet" => (
            json!({ "selector": null, "serviceName": "", "template": template(), "updateStrategy": {} }),
            json!({ "replicas": 0, "availableReplicas": 0 }),
        ),
        "LimitRange" => (json!({ "limits": null }), Value::Null),
        "NetworkPolicy" => (json!({ "podSelector": {} }), Value::Null),
        _ => (json!({}), json!({})),
    };
    let metadata = json!({ "creationTimestamp": null });
    match kind {
        "ConfigMap" | "Endpoints" | "Secret" | "ServiceAccount" | "StorageClass" => {
            json!({ "metadata": metadata })
        }
        "EndpointSlice" => {
            json!({ "metadata": metadata, "addressType": "", "endpoints": null, "ports": null })
        }
        "ClusterRole" | "Role" => json!({ "metadata": metadata, "rules": null }),
        "ClusterRoleBinding" | "RoleBinding" => {
            json!({ "metadata": metadata, "roleRef": { "apiGroup": "", "kind": "", "name": "" } })
        }
        "PriorityClass" => json!({ "metadata": metadata, "value": 0 }),
        _ => {
            let (spec, status) = spec_and_status;
            let mut document = json!({ "metadata": metadata, "spec": spec });
            if !status.is_null() {
                document["status"] = status;
            }
            document
        }
    }
}
