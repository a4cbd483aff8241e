//! A small cluster with one workload of each sort.

use opsdrill_engine::api::{Identity, PatchType, Payload, Reply, Request, Target, Verb};
use opsdrill_engine::kubelet::{self, NodeSpec};
use opsdrill_engine::{Cluster, ClusterConfig, SimDuration, View};
use opsdrill_objects::Kind;
use serde_json::{Value, json};

pub(crate) const NODES: [&str; 3] = ["worker-0", "worker-1", "worker-2"];
/// Thousandths of a core on each node.
pub(crate) const NODE_CPU: u64 = 2000;
pub(crate) const SPACE: &str = "demo";

pub(crate) struct Stage {
    pub(crate) cluster: Cluster,
}

impl Stage {
    pub(crate) fn new(seed: u64) -> Self {
        let mut cluster = Cluster::new(ClusterConfig { seed, ..ClusterConfig::default() });
        cluster.bootstrap();
        for name in NODES {
            let node =
                NodeSpec { cpu_millis: NODE_CPU, memory_bytes: 1 << 30, ..NodeSpec::named(name) };
            kubelet::register_node(cluster.world_mut(), &node).unwrap();
        }
        let mut stage = Self { cluster };
        stage.apply_all();
        stage.pass(180_000);
        stage
    }

    pub(crate) fn view(&self) -> View<'_> {
        self.cluster.view()
    }

    pub(crate) fn pass(&mut self, milliseconds: u64) {
        let until = self.cluster.now() + SimDuration(milliseconds);
        self.cluster.advance(until);
    }

    pub(crate) fn request(&mut self, request: Request) -> Reply {
        self.cluster.handle(&Identity::admin("trainee"), request)
    }

    /// Whether it was done.
    pub(crate) fn ask(&mut self, verb: Verb, target: Target) -> bool {
        self.request(Request::new(verb, target)).result.is_ok()
    }

    pub(crate) fn create(&mut self, kind: Kind, namespace: &str, document: Value) -> bool {
        self.ask(Verb::Create(Payload::Document(document)), Target::one(kind, namespace, ""))
    }

    pub(crate) fn patch(&mut self, kind: Kind, namespace: &str, name: &str, patch: Value) -> bool {
        self.ask(Verb::Patch(PatchType::Merge, patch), Target::one(kind, namespace, name))
    }

    /// Makes everything anew that is missing, and sets right what was changed.
    pub(crate) fn apply_all(&mut self) {
        for (kind, namespace, document) in manifests() {
            let name = document["metadata"]["name"].as_str().unwrap().to_owned();
            let leaving = |stage: &Self| {
                stage.view().get(kind, namespace, &name).map(|it| it.meta.is_terminating())
            };
            if leaving(self) == Some(true) {
                self.pass(60_000);
            }
            let target = Target::one(kind, namespace, &name);
            let request = if leaving(self).is_none() {
                Request::new(
                    Verb::Create(Payload::Document(document.clone())),
                    Target::one(kind, namespace, ""),
                )
            } else if matches!(kind, Kind::Job | Kind::StorageClass) {
                continue;
            } else {
                Request::new(Verb::Patch(PatchType::Merge, document.clone()), target)
            };
            let refused = self.request(request).result.err();
            assert!(refused.is_none(), "{refused:?}: {document:#}");
        }
    }
}

fn pod(app: &str, image: &str, more: &Value) -> Value {
    let mut container = json!({
        "name": "main", "image": image,
        "resources": { "requests": { "cpu": "100m", "memory": "32Mi" } },
    });
    container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({
        "metadata": { "labels": { "app": app } },
        "spec": { "containers": [container], "terminationGracePeriodSeconds": 5 },
    })
}

fn service(app: &str, port: u16, address: Option<&str>) -> Value {
    let mut spec = json!({ "selector": { "app": app }, "ports": [{ "port": port }] });
    if let Some(address) = address {
        spec["clusterIP"] = address.into();
    }
    json!({ "metadata": { "name": app }, "spec": spec })
}

fn budget(app: &str, least: u32) -> Value {
    let selector = json!({ "matchLabels": { "app": app } });
    json!({ "metadata": { "name": app }, "spec": { "minAvailable": least, "selector": selector } })
}

pub(crate) fn job() -> Value {
    let mut template = pod("batch", "busybox:1.36", &json!({ "command": ["sleep", "20"] }));
    template["spec"]["restartPolicy"] = "OnFailure".into();
    let spec = json!({ "completions": 4, "parallelism": 2, "template": template });
    json!({ "metadata": { "name": "batch" }, "spec": spec })
}

/// What the stage consists of, in the order in which it is made.
pub(crate) fn manifests() -> Vec<(Kind, &'static str, Value)> {
    let probe = json!({ "readinessProbe": { "tcpSocket": { "port": 80 }, "periodSeconds": 5 } });
    let mount = json!({ "volumeMounts": [{ "name": "data", "mountPath": "/data" }] });
    let labels = |app: &str| json!({ "matchLabels": { "app": app } });
    let claim = json!({
        "metadata": { "name": "data" },
        "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } },
    });
    let mut tick = pod("tick", "busybox:1.36", &json!({ "command": ["sleep", "3"] }));
    tick["spec"]["restartPolicy"] = "Never".into();
    let default = json!({ "storageclass.kubernetes.io/is-default-class": "true" });
    let web = json!({ "selector": labels("web"), "replicas": 3, "template": pod("web", "nginx:1.27", &probe) });
    let db = json!({
        "selector": labels("db"), "serviceName": "db", "replicas": 3,
        "template": pod("db", "redis:7.4", &mount), "volumeClaimTemplates": [claim],
    });
    let agent =
        json!({ "selector": labels("agent"), "template": pod("agent", "nginx:1.27", &json!({})) });
    let scaler = json!({
        "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" },
        "minReplicas": 2, "maxReplicas": 5,
        "metrics": [{ "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 80 } } }],
    });
    let meta = |name: &str| json!({ "name": name });
    vec![
        (Kind::Namespace, "", json!({ "metadata": meta(SPACE) })),
        (Kind::PriorityClass, "", json!({ "metadata": meta("high"), "value": 1000 })),
        (
            Kind::StorageClass,
            "",
            json!({
                "metadata": { "name": "local", "annotations": default }, "provisioner": "rancher.io/local-path",
                "volumeBindingMode": "WaitForFirstConsumer", "reclaimPolicy": "Delete",
            }),
        ),
        (
            Kind::ResourceQuota,
            SPACE,
            json!({ "metadata": meta("all"), "spec": { "hard": { "pods": "24", "requests.cpu": "5" } } }),
        ),
        (
            Kind::ConfigMap,
            SPACE,
            json!({ "metadata": meta("settings"), "data": { "level": "info" } }),
        ),
        (Kind::Service, SPACE, service("web", 80, None)),
        (Kind::Service, SPACE, service("db", 6379, Some("None"))),
        (Kind::Deployment, SPACE, json!({ "metadata": meta("web"), "spec": web })),
        (Kind::StatefulSet, SPACE, json!({ "metadata": meta("db"), "spec": db })),
        (Kind::DaemonSet, SPACE, json!({ "metadata": meta("agent"), "spec": agent })),
        (Kind::Job, SPACE, job()),
        (
            Kind::CronJob,
            SPACE,
            json!({
                "metadata": meta("tick"),
                "spec": {
                    "schedule": "*/3 * * * *", "suspend": false, "concurrencyPolicy": "Forbid",
                    "jobTemplate": { "spec": { "template": tick, "backoffLimit": 2 } },
                },
            }),
        ),
        (Kind::PodDisruptionBudget, SPACE, budget("web", 1)),
        (Kind::PodDisruptionBudget, SPACE, budget("db", 2)),
        (Kind::HorizontalPodAutoscaler, SPACE, json!({ "metadata": meta("web"), "spec": scaler })),
    ]
}
