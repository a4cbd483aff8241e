//! Cells of the kinds beyond pods and services: against what `kubectl get -o wide` printed, where it was recorded.

use opsdrill_objects::decode::decode_object;
use opsdrill_objects::kinds::KINDS;
use opsdrill_objects::{Kind, Meta, Object};
use serde_json::{Value, json};

/// 2026-11-22T21:26:48Z.
const NOW: i64 = 1_795_382_808;
/// When the recorded objects were made.
const CREATED: &str = "2026-11-22T21:26:10Z";

/// The cells of an object made 38 seconds ago.
fn cells(api_version: &str, kind: &str, name: &str, mut document: Value) -> Vec<String> {
    let kind = Kind::by_name(api_version, kind).expect("a known kind");
    document["apiVersion"] = api_version.into();
    if document["metadata"].is_null() {
        document["metadata"] = json!({});
    }
    document["metadata"]["name"] = name.into();
    document["metadata"]["creationTimestamp"] = CREATED.into();
    let decoded = decode_object(kind, document).expect("a good document");
    assert_eq!(decoded.unknown, Vec::<String>::new());
    let cells = (kind.info().cells)(&decoded.value, NOW);
    assert_eq!(cells.len(), kind.info().columns.len());
    cells
}

/// A recorded line cut into cells; `~` stands for an empty cell.
fn line(text: &str) -> Vec<String> {
    let cells = text.split("  ").map(str::trim).filter(|it| !it.is_empty());
    cells.map(|it| if it == "~" { String::new() } else { it.to_owned() }).collect()
}

fn template(container: &str, image: &str) -> Value {
    json!({ "spec": { "containers": [{ "name": container, "image": image }] } })
}

#[test]
fn every_kind_shows_an_empty_object() {
    // An event must be about something.
    for row in KINDS.iter().filter(|it| it.kind != Kind::Event) {
        let decoded = (row.decode)(&json!({})).expect("nothing is a document of every kind");
        assert_eq!(decoded.value.kind(), row.kind);
        let mut object = Object::new(Meta::default(), decoded.value);
        (row.default)(&mut object);
        (row.validate)(&object);
        assert_eq!((row.cells)(&object, NOW).len(), row.columns.len(), "{}", row.name);
        let again = decode_object(row.kind, object.to_value()).expect("it can be read again").value;
        assert_eq!(again.to_value(), object.to_value(), "{}", row.name);
    }
}

/// Recording 028.
#[test]
fn stateful_set() {
    let spec = json!({ "replicas": 2, "selector": {}, "serviceName": "db", "template": template("pg", "postgres:16") });
    let document = json!({ "spec": spec, "status": { "replicas": 2, "readyReplicas": 2 } });
    assert_eq!(
        cells("apps/v1", "StatefulSet", "db", document),
        line("db  2/2  38s  pg  postgres:16")
    );
}

/// The rules of `printDaemonSet`, on the status of recording 107.
#[test]
fn daemon_set() {
    let spec = json!({ "selector": { "matchLabels": { "app": "agent" } }, "template": template("agent", "fluent/fluent-bit:3") });
    let status = json!({ "currentNumberScheduled": 3, "desiredNumberScheduled": 3, "numberAvailable": 3,
        "numberMisscheduled": 0, "numberReady": 3, "updatedNumberScheduled": 3 });
    assert_eq!(
        cells("apps/v1", "DaemonSet", "agent", json!({ "spec": spec, "status": status })),
        line("agent  3  3  3  3  3  <none>  38s  agent  fluent/fluent-bit:3  app=agent")
    );
}

/// Recording 031.
#[test]
fn jobs() {
    let shown = |name: &str, status: Value| {
        let spec = json!({ "completions": 1, "parallelism": 1, "template": template("m", "busybox:1.36"),
            "selector": { "matchLabels": { "a": "b" } } });
        let cells = cells("batch/v1", "Job", name, json!({ "spec": spec, "status": status }));
        assert_eq!(cells[5..], line("m  busybox:1.36  a=b"));
        cells[..5].to_vec()
    };
    let failed = json!({ "startTime": "2026-11-22T21:26:11Z", "conditions": [{ "type": "Failed", "status": "True" }] });
    assert_eq!(shown("badjob", failed), line("badjob  Failed  0/1  37s  38s"));
    let complete = json!({ "startTime": "2026-11-22T21:26:10Z", "completionTime": "2026-11-22T21:26:15Z",
        "succeeded": 1, "conditions": [{ "type": "Complete", "status": "True" }] });
    assert_eq!(shown("migrate", complete), line("migrate  Complete  1/1  5s  38s"));
    assert_eq!(shown("new", json!({})), line("new  Running  0/1  ~  38s"));
}

/// Recording 034.
#[test]
fn cron_job() {
    let spec = json!({ "schedule": "*/1 * * * *", "suspend": false,
        "jobTemplate": { "spec": { "template": template("nn", "busybox:1.36") } } });
    assert_eq!(
        cells("batch/v1", "CronJob", "nightly", json!({ "spec": spec })),
        line("nightly  */1 * * * *  <none>  False  0  <none>  38s  nn  busybox:1.36  <none>")
    );
}

/// Recording 036; the other metrics follow `formatHPAMetrics`.
#[test]
fn horizontal_pod_autoscaler() {
    let reference = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" });
    let cpu = json!({ "type": "Resource", "resource": { "name": "cpu",
        "target": { "type": "Utilization", "averageUtilization": 80 } } });
    let spec = json!({ "scaleTargetRef": reference, "minReplicas": 2, "maxReplicas": 5, "metrics": [cpu] });
    let status =
        json!({ "currentReplicas": 3, "desiredReplicas": 0, "currentMetrics": [{ "type": "" }] });
    let document = json!({ "spec": spec, "status": status });
    assert_eq!(
        cells("autoscaling/v2", "HorizontalPodAutoscaler", "web", document.clone()),
        line("web  Deployment/web  cpu: <unknown>/80%  2  5  3  38s")
    );
    let first = json!({ "spec": { "scaleTargetRef": reference, "minReplicas": 2, "maxReplicas": 5,
        "targetCPUUtilizationPercentage": 80 }, "status": { "currentReplicas": 3, "desiredReplicas": 0 } });
    assert_eq!(
        cells("autoscaling/v1", "HorizontalPodAutoscaler", "web", first),
        line("web  Deployment/web  cpu: <unknown>/80%  2  5  3  38s")
    );
}

/// The same object in both versions, by `pkg/apis/autoscaling/v1/conversion.go`.
#[test]
fn the_first_version_of_an_autoscaler() {
    let memory = json!({ "type": "Resource", "resource": { "name": "memory",
        "target": { "type": "AverageValue", "averageValue": "1Gi" } } });
    let cpu = json!({ "type": "Resource", "resource": { "name": "cpu",
        "target": { "type": "Utilization", "averageUtilization": 80 } } });
    let spec = json!({ "scaleTargetRef": { "kind": "Deployment", "name": "web" }, "minReplicas": 1,
        "maxReplicas": 5, "metrics": [cpu, memory.clone()] });
    let document =
        json!({ "metadata": { "name": "web" }, "spec": spec, "status": { "desiredReplicas": 2 } });
    let object = decode_object(Kind::HorizontalPodAutoscaler, document).expect("good").value;
    let shown = object.to_value_in("autoscaling/v1");
    assert_eq!(shown["apiVersion"], "autoscaling/v1");
    assert_eq!(
        shown["spec"],
        json!({ "scaleTargetRef": { "kind": "Deployment", "name": "web" }, "minReplicas": 1, "maxReplicas": 5,
            "targetCPUUtilizationPercentage": 80 })
    );
    assert_eq!(shown["status"], json!({ "currentReplicas": 0, "desiredReplicas": 2 }));
    let kept = shown["metadata"]["annotations"]["autoscaling.alpha.kubernetes.io/metrics"].as_str();
    let kept: Value = serde_json::from_str(kept.expect("a text")).expect("JSON");
    assert_eq!(kept, json!([memory]));
}

/// Recording 038.
#[test]
fn pod_disruption_budget() {
    let status = json!({ "disruptionsAllowed": 1, "currentHealthy": 3, "desiredHealthy": 2, "expectedPods": 3 });
    let document = json!({ "spec": { "minAvailable": 2 }, "status": status });
    assert_eq!(
        cells("policy/v1", "PodDisruptionBudget", "web", document),
        line("web  2  N/A  1  38s")
    );
}

/// Recordings 040, 042, 050 and 052.
#[test]
fn policies_claims_and_bindings() {
    let document = json!({ "spec": { "podSelector": {} } });
    let group = "networking.k8s.io/v1";
    assert_eq!(cells(group, "NetworkPolicy", "deny-all", document), line("deny-all  <none>  38s"));
    let spec = json!({ "accessModes": ["ReadWriteOnce"], "storageClassName": "manual",
        "volumeMode": "Filesystem", "volumeName": "pv1" });
    let status = json!({ "phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": { "storage": "2Gi" } });
    assert_eq!(
        cells("v1", "PersistentVolumeClaim", "data", json!({ "spec": spec, "status": status })),
        line("data  Bound  pv1  2Gi  RWO  manual  <unset>  38s  Filesystem")
    );
    let spec = json!({ "accessModes": ["ReadWriteOnce"], "storageClassName": "fast", "volumeMode": "Filesystem" });
    let document = json!({ "spec": spec, "status": { "phase": "Pending" } });
    assert_eq!(
        cells("v1", "PersistentVolumeClaim", "nostorage", document),
        line("nostorage  Pending  ~  ~  ~  fast  <unset>  38s  Filesystem")
    );
    let group = "rbac.authorization.k8s.io/v1";
    assert_eq!(
        cells(group, "Role", "pod-reader", json!({})),
        line("pod-reader  2026-11-22T21:26:10Z")
    );
    let document = json!({ "roleRef": { "kind": "Role", "name": "pod-reader", "apiGroup": "rbac.authorization.k8s.io" },
        "subjects": [{ "kind": "User", "name": "jane" }, { "kind": "ServiceAccount", "name": "app", "namespace": "demo" }] });
    assert_eq!(
        cells(group, "RoleBinding", "jane-reads", document),
        line("jane-reads  Role/pod-reader  38s  jane  ~  demo/app")
    );
}

/// Recordings 055, 069, 071 and 075.
#[test]
fn revisions_volumes_priorities_and_services() {
    let owner = json!({ "apiVersion": "apps/v1", "kind": "DaemonSet", "name": "agent", "controller": true,
        "uid": "b9cf6c03-87cb-4f11-ad2f-088c54177be5" });
    let document = json!({ "metadata": { "ownerReferences": [owner] }, "revision": 1, "data": { "spec": {} } });
    assert_eq!(
        cells("apps/v1", "ControllerRevision", "agent-5545659789", document),
        line("agent-5545659789  daemonset.apps/agent  1  38s")
    );
    let spec = json!({ "capacity": { "storage": "2Gi" }, "accessModes": ["ReadWriteOnce"], "storageClassName": "manual",
        "persistentVolumeReclaimPolicy": "Retain", "volumeMode": "Filesystem", "hostPath": { "path": "/tmp/pv1" },
        "claimRef": { "namespace": "demo", "name": "data" } });
    assert_eq!(
        cells(
            "v1",
            "PersistentVolume",
            "pv1",
            json!({ "spec": spec, "status": { "phase": "Bound" } })
        ),
        line("pv1  2Gi  RWO  Retain  Bound  demo/data  manual  <unset>  ~  38s  Filesystem")
    );
    let document = json!({ "value": 2_000_000_000, "preemptionPolicy": "PreemptLowerPriority" });
    assert_eq!(
        cells("scheduling.k8s.io/v1", "PriorityClass", "system-cluster-critical", document),
        line("system-cluster-critical  2000000000  false  38s  PreemptLowerPriority")
    );
    let document = json!({ "spec": { "version": "v1", "groupPriorityMinimum": 1, "versionPriority": 1 },
        "status": { "conditions": [{ "type": "Available", "status": "True" }] } });
    assert_eq!(
        cells("apiregistration.k8s.io/v1", "APIService", "v1.", document),
        line("v1.  Local  True  38s")
    );
}

/// Recordings 084, 085 and 086.
#[test]
fn flow_control_and_components() {
    let group = "flowcontrol.apiserver.k8s.io/v1";
    let spec = json!({ "priorityLevelConfiguration": { "name": "leader-election" }, "matchingPrecedence": 100,
        "distinguisherMethod": { "type": "ByUser" } });
    let status = json!({ "conditions": [{ "type": "Dangling", "status": "False" }] });
    assert_eq!(
        cells(
            group,
            "FlowSchema",
            "system-leader-election",
            json!({ "spec": spec, "status": status })
        ),
        line("system-leader-election  leader-election  100  ByUser  38s  False")
    );
    let queuing = json!({ "queues": 16, "handSize": 4, "queueLengthLimit": 50 });
    let limited = json!({ "nominalConcurrencyShares": 10, "limitResponse": { "type": "Queue", "queuing": queuing } });
    assert_eq!(
        cells(
            group,
            "PriorityLevelConfiguration",
            "leader-election",
            json!({ "spec": { "type": "Limited", "limited": limited } })
        ),
        line("leader-election  Limited  10  16  4  50  38s")
    );
    assert_eq!(
        cells(
            group,
            "PriorityLevelConfiguration",
            "exempt",
            json!({ "spec": { "type": "Exempt", "exempt": {} } })
        ),
        line("exempt  Exempt  <none>  <none>  <none>  <none>  38s")
    );
    let condition = json!({ "type": "Healthy", "status": "True", "message": "ok" });
    assert_eq!(
        cells("v1", "ComponentStatus", "etcd-0", json!({ "conditions": [condition] })),
        line("etcd-0  Healthy  ok  ~")
    );
}

/// The rules of `printIngress`, `printResourceQuota` and `printCertificateSigningRequest`.
#[test]
fn what_was_not_recorded() {
    let rule = json!({ "host": "web.example.com" });
    let spec = json!({ "ingressClassName": "nginx", "rules": [rule], "tls": [{ "secretName": "web-tls" }] });
    assert_eq!(
        cells("networking.k8s.io/v1", "Ingress", "web", json!({ "spec": spec })),
        line("web  nginx  web.example.com  ~  80, 443  38s")
    );
    let hard = json!({ "configmaps": "3", "limits.cpu": "2", "pods": "2" });
    let used = json!({ "configmaps": "1", "pods": "2" });
    assert_eq!(
        cells("v1", "ResourceQuota", "rq", json!({ "status": { "hard": hard, "used": used } })),
        ["rq", "38s", "configmaps: 1/3, pods: 2/2", "limits.cpu: 0/2"]
    );
    let spec = json!({ "request": "", "signerName": "kubernetes.io/kube-apiserver-client", "username": "jane",
        "expirationSeconds": 86400 });
    let status =
        json!({ "conditions": [{ "type": "Approved", "status": "True" }], "certificate": "YQ==" });
    assert_eq!(
        cells(
            "certificates.k8s.io/v1",
            "CertificateSigningRequest",
            "jane",
            json!({ "spec": spec, "status": status })
        ),
        line("jane  38s  kubernetes.io/kube-apiserver-client  jane  24h  Approved,Issued")
    );
}

#[test]
fn the_page_on_fidelity_lists_what_is_only_stored() {
    let page = include_str!("../../../docs/fidelity.md");
    let start = page.find("## Kinds that are stored").expect("the section is there");
    let section = page[start..].split("\n## ").next().expect("it has an end");
    let told: Vec<&str> = section.lines().filter(|it| it.starts_with("- ")).collect();
    let stored = KINDS.iter().filter(|it| !it.not_simulated.is_empty());
    let mut expected: Vec<String> =
        stored.map(|it| format!("- **{}**: {}.", it.name, it.not_simulated)).collect();
    expected.sort_by_key(|it| it.to_lowercase());
    assert_eq!(told, expected);
}
