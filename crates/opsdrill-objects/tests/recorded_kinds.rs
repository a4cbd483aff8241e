//! What the server filled in for the kinds beyond pods and services, as recorded: the request of `kubectl apply`
//! and the server's answer, without metadata.

use opsdrill_objects::decode::decode_object;
use opsdrill_objects::{Kind, Uid};
use serde_json::{Value, json};

/// The UID and the moment of creation in the recordings.
const UID: &str = "101ec964-351a-4d74-9385-078065dca6fc";
const CREATED: i64 = 1_795_382_771;

/// The object as the server answers its creation, without metadata.
fn answer(document: Value) -> Value {
    let text = |key: &str| document[key].as_str().expect("a text").to_owned();
    let kind = Kind::by_name(&text("apiVersion"), &text("kind")).expect("a known kind");
    let decoded = decode_object(kind, document).expect("a good document");
    assert_eq!(decoded.unknown, Vec::<String>::new());
    let mut object = decoded.value;
    object.meta.uid = Uid::parse(UID).expect("a UID");
    object.meta.created = CREATED;
    object.body.clear_status();
    (kind.info().default)(&mut object);
    let mut again = object.clone();
    (kind.info().default)(&mut again);
    assert_eq!(again, object, "filling in twice changes nothing");
    assert_eq!((kind.info().validate)(&object), []);
    let mut value = object.to_value();
    let shown = decode_object(kind, value.clone()).expect("what is shown can be read");
    assert_eq!(shown.value.body, object.body, "what is shown is all there is");
    value.as_object_mut().expect("an object").remove("metadata");
    value
}

/// Recording 009.
#[test]
fn ingress() {
    let request = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web",
        "namespace": "demo"}, "spec": {"ingressClassName": "nginx", "rules": [{"host": "web.example.com",
        "http": {"paths": [{"backend": {"service": {"name": "web", "port": {"number": 80}}}, "path": "/",
        "pathType": "Prefix"}]}}], "tls": [{"hosts": ["web.example.com"], "secretName": "web-tls"}]}});
    let expected = json!({"kind": "Ingress", "apiVersion": "networking.k8s.io/v1", "spec": {"ingressClassName": "nginx",
        "tls": [{"hosts": ["web.example.com"], "secretName": "web-tls"}], "rules": [{"host": "web.example.com",
        "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web",
        "port": {"number": 80}}}}]}}]}, "status": {"loadBalancer": {}}});
    assert_eq!(answer(request), expected);
}

/// Recording 009.
#[test]
fn stateful_set() {
    let request = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "namespace": "demo"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "db"}}, "serviceName": "db",
        "template": {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"image": "postgres:16",
        "name": "pg", "ports": [{"containerPort": 5432}]}]}}}});
    let expected = json!({"kind": "StatefulSet", "apiVersion": "apps/v1", "spec": {"replicas": 2,
        "selector": {"matchLabels": {"app": "db"}}, "template": {"metadata": {"creationTimestamp": null,
        "labels": {"app": "db"}}, "spec": {"containers": [{"name": "pg", "image": "postgres:16",
        "ports": [{"containerPort": 5432, "protocol": "TCP"}], "resources": {},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent"}], "restartPolicy": "Always", "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst", "securityContext": {}, "schedulerName": "default-scheduler"}},
        "serviceName": "db", "podManagementPolicy": "OrderedReady", "updateStrategy": {"type": "RollingUpdate",
        "rollingUpdate": {"partition": 0}}, "revisionHistoryLimit": 10,
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"}},
        "status": {"replicas": 0, "availableReplicas": 0}});
    assert_eq!(answer(request), expected);
}

/// Recording 009.
#[test]
fn daemon_set() {
    let request = json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent", "namespace": "demo"},
        "spec": {"selector": {"matchLabels": {"app": "agent"}},
        "template": {"metadata": {"labels": {"app": "agent"}},
        "spec": {"containers": [{"image": "fluent/fluent-bit:3", "name": "agent"}]}}}});
    let expected = json!({"kind": "DaemonSet", "apiVersion": "apps/v1", "spec": {"selector": {"matchLabels": {"app": "agent"}},
        "template": {"metadata": {"creationTimestamp": null, "labels": {"app": "agent"}},
        "spec": {"containers": [{"name": "agent", "image": "fluent/fluent-bit:3", "resources": {},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent"}], "restartPolicy": "Always", "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst", "securityContext": {}, "schedulerName": "default-scheduler"}},
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}},
        "revisionHistoryLimit": 10}, "status": {"currentNumberScheduled": 0, "numberMisscheduled": 0,
        "desiredNumberScheduled": 0, "numberReady": 0}});
    assert_eq!(answer(request), expected);
}

/// Recording 009.
#[test]
fn job() {
    let request = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate", "namespace": "demo"},
        "spec": {"backoffLimit": 2, "template": {"spec": {"containers": [{"command": ["sh", "-c", "echo hi"],
        "env": [{"name": "SIM_EXIT_CODE", "value": "0"}, {"name": "SIM_EXIT_AFTER_MS", "value": "800"}],
        "image": "busybox:1.36", "name": "m"}], "restartPolicy": "Never"}}}});
    let expected = json!({"kind": "Job", "apiVersion": "batch/v1", "spec": {"parallelism": 1, "completions": 1,
        "backoffLimit": 2,
        "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "101ec964-351a-4d74-9385-078065dca6fc"}},
        "manualSelector": false, "template": {"metadata": {"creationTimestamp": null,
        "labels": {"batch.kubernetes.io/controller-uid": "101ec964-351a-4d74-9385-078065dca6fc",
        "batch.kubernetes.io/job-name": "migrate", "controller-uid": "101ec964-351a-4d74-9385-078065dca6fc",
        "job-name": "migrate"}}, "spec": {"containers": [{"name": "m", "image": "busybox:1.36",
        "command": ["sh", "-c", "echo hi"], "env": [{"name": "SIM_EXIT_CODE", "value": "0"},
        {"name": "SIM_EXIT_AFTER_MS", "value": "800"}], "resources": {},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent"}], "restartPolicy": "Never", "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst", "securityContext": {}, "schedulerName": "default-scheduler"}},
        "completionMode": "NonIndexed", "suspend": false, "podReplacementPolicy": "TerminatingOrFailed"},
        "status": {}});
    assert_eq!(answer(request), expected);
}

/// Recording 009.
#[test]
fn cron_job() {
    let request = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly", "namespace": "demo"},
        "spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"env": [{"name": "SIM_EXIT_CODE",
        "value": "0"}, {"name": "SIM_EXIT_AFTER_MS", "value": "500"}], "image": "busybox:1.36", "name": "nn"}],
        "restartPolicy": "OnFailure"}}}}, "schedule": "*/1 * * * *"}});
    let expected = json!({"kind": "CronJob", "apiVersion": "batch/v1", "spec": {"schedule": "*/1 * * * *",
        "concurrencyPolicy": "Allow", "suspend": false, "jobTemplate": {"metadata": {"creationTimestamp": null},
        "spec": {"template": {"metadata": {"creationTimestamp": null}, "spec": {"containers": [{"name": "nn",
        "image": "busybox:1.36", "env": [{"name": "SIM_EXIT_CODE", "value": "0"}, {"name": "SIM_EXIT_AFTER_MS",
        "value": "500"}], "resources": {}, "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent"}], "restartPolicy": "OnFailure",
        "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "securityContext": {},
        "schedulerName": "default-scheduler"}}}}, "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1},
        "status": {}});
    assert_eq!(answer(request), expected);
}

/// Recording 009.
#[test]
fn horizontal_pod_autoscaler() {
    let request = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web",
        "namespace": "demo"}, "spec": {"maxReplicas": 5, "metrics": [{"resource": {"name": "cpu",
        "target": {"averageUtilization": 80, "type": "Utilization"}}, "type": "Resource"}], "minReplicas": 2,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}});
    let expected = json!({"kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v2",
        "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web", "apiVersion": "apps/v1"},
        "minReplicas": 2, "maxReplicas": 5, "metrics": [{"type": "Resource", "resource": {"name": "cpu",
        "target": {"type": "Utilization", "averageUtilization": 80}}}]}, "status": {"desiredReplicas": 0,
        "currentMetrics": null}});
    assert_eq!(answer(request), expected);
}

/// Recording 009.
#[test]
fn pod_disruption_budget() {
    let request = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web",
        "namespace": "demo"}, "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}}});
    let expected = json!({"kind": "PodDisruptionBudget", "apiVersion": "policy/v1", "spec": {"minAvailable": 2,
        "selector": {"matchLabels": {"app": "web"}}}, "status": {"disruptionsAllowed": 0, "currentHealthy": 0,
        "desiredHealthy": 0, "expectedPods": 0}});
    assert_eq!(answer(request), expected);
}

/// Recording 009.
#[test]
fn network_policy() {
    let request = json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "deny-all",
        "namespace": "demo"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}});
    let expected = json!({"kind": "NetworkPolicy", "apiVersion": "networking.k8s.io/v1", "spec": {"podSelector": {},
        "policyTypes": ["Ingress"]}});
    assert_eq!(answer(request), expected);
}

/// Recording 009.
#[test]
fn persistent_volume_claim() {
    let request = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "demo"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
        "storageClassName": "manual"}});
    let expected = json!({"kind": "PersistentVolumeClaim", "apiVersion": "v1", "spec": {"accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "manual",
        "volumeMode": "Filesystem"}, "status": {"phase": "Pending"}});
    assert_eq!(answer(request), expected);
}

/// Recording 009.
#[test]
fn persistent_volume() {
    let request = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv1"},
        "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "2Gi"},
        "hostPath": {"path": "/tmp/pv1"}, "storageClassName": "manual"}});
    let expected = json!({"kind": "PersistentVolume", "apiVersion": "v1", "spec": {"capacity": {"storage": "2Gi"},
        "hostPath": {"path": "/tmp/pv1", "type": ""}, "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain", "storageClassName": "manual", "volumeMode": "Filesystem"},
        "status": {"phase": "Pending", "lastPhaseTransitionTime": "2026-11-22T21:26:11Z"}});
    assert_eq!(answer(request), expected);
}

/// Recording 009.
#[test]
fn role() {
    let request = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "pod-reader",
        "namespace": "demo"}, "rules": [{"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get",
        "list", "watch"]}]});
    let expected = json!({"kind": "Role", "apiVersion": "rbac.authorization.k8s.io/v1", "rules": [{"verbs": ["get", "list",
        "watch"], "apiGroups": [""], "resources": ["pods", "pods/log"]}]});
    assert_eq!(answer(request), expected);
}

/// Recording 009.
#[test]
fn role_binding() {
    let request = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "jane-reads",
        "namespace": "demo"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role",
        "name": "pod-reader"}, "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User",
        "name": "jane"}]});
    let expected = json!({"kind": "RoleBinding", "apiVersion": "rbac.authorization.k8s.io/v1", "subjects": [{"kind": "User",
        "apiGroup": "rbac.authorization.k8s.io", "name": "jane"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "pod-reader"}});
    assert_eq!(answer(request), expected);
}

/// Recording 293.
#[test]
fn resource_quota() {
    let request = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "rq", "namespace": "q"},
        "spec": {"hard": {"configmaps": "3", "pods": "2", "requests.cpu": "1"}}});
    let expected = json!({"kind": "ResourceQuota", "apiVersion": "v1", "spec": {"hard": {"configmaps": "3", "pods": "2",
        "requests.cpu": "1"}}, "status": {}});
    assert_eq!(answer(request), expected);
}

/// Recording 293.
#[test]
fn limit_range() {
    let request = json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "lr", "namespace": "q"},
        "spec": {"limits": [{"default": {"cpu": "200m"}, "defaultRequest": {"cpu": "100m"},
        "max": {"cpu": "500m"}, "type": "Container"}]}});
    let expected = json!({"kind": "LimitRange", "apiVersion": "v1", "spec": {"limits": [{"type": "Container",
        "max": {"cpu": "500m"}, "default": {"cpu": "200m"}, "defaultRequest": {"cpu": "100m"}}]}});
    assert_eq!(answer(request), expected);
}

/// Recording 378.
#[test]
fn custom_resource_definition() {
    let request = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"}, "spec": {"group": "example.com",
        "names": {"kind": "Widget", "plural": "widgets", "shortNames": ["wd"], "singular": "widget"},
        "scope": "Namespaced", "versions": [{"additionalPrinterColumns": [{"jsonPath": ".spec.size",
        "name": "Size", "type": "integer"}], "name": "v1",
        "schema": {"openAPIV3Schema": {"properties": {"spec": {"properties": {"color": {"enum": ["red", "blue"],
        "type": "string"}, "size": {"default": 3, "minimum": 1, "type": "integer"}}, "required": ["size"],
        "type": "object"}, "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
        "type": "object"}}, "served": true, "storage": true, "subresources": {"status": {}}}]}});
    let expected = json!({"kind": "CustomResourceDefinition", "apiVersion": "apiextensions.k8s.io/v1",
        "spec": {"group": "example.com", "names": {"plural": "widgets", "singular": "widget",
        "shortNames": ["wd"], "kind": "Widget", "listKind": "WidgetList"}, "scope": "Namespaced",
        "versions": [{"name": "v1", "served": true, "storage": true,
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object",
        "required": ["size"], "properties": {"color": {"type": "string", "enum": ["red", "blue"]},
        "size": {"type": "integer", "default": 3, "minimum": 1}}}, "status": {"type": "object",
        "x-kubernetes-preserve-unknown-fields": true}}}}, "subresources": {"status": {}},
        "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}]}],
        "conversion": {"strategy": "None"}}, "status": {"conditions": null, "acceptedNames": {"plural": "",
        "kind": ""}, "storedVersions": ["v1"]}});
    assert_eq!(answer(request), expected);
}
