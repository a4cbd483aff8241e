//! DaemonSets and StatefulSets on a whole cluster whose pods are bound and made ready by the test instead of scheduler and kubelets.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]

use opsdrill_engine::api::{
    Identity, Options, PatchType, Payload, Request, Subresource, Target, Verb,
};
use opsdrill_engine::{Cluster, ClusterConfig, SimDuration};
use opsdrill_objects::{Kind, timestamp};
use serde_json::{Value, json};

struct Stage {
    cluster: Cluster,
    /// Pods with this image do not become ready.
    broken: &'static str,
}

impl Stage {
    fn new(nodes: &[&str]) -> Self {
        let mut cluster = Cluster::new(ClusterConfig::default());
        cluster.bootstrap();
        let mut stage = Self { cluster, broken: "agent:broken" };
        for node in nodes {
            stage.node(node, &json!({}));
        }
        stage
    }

    fn ask(&mut self, verb: Verb, target: Target) {
        let asked = self.cluster.handle(&Identity::admin("trainee"), Request::new(verb, target));
        asked.result.unwrap();
    }

    fn node(&mut self, name: &str, spec: &Value) {
        let labels = json!({ "disk": if name.ends_with('a') { "ssd" } else { "hdd" } });
        let node = json!({ "metadata": { "name": name, "labels": labels }, "spec": spec });
        self.ask(Verb::Create(Payload::Document(node)), Target::one(Kind::Node, "", ""));
    }

    fn daemon_set(&mut self, pod: &Value, strategy: &Value) {
        let mut spec = json!({ "containers": [{ "name": "agent", "image": "agent:1" }] });
        spec.as_object_mut().unwrap().extend(pod.as_object().unwrap().clone());
        let set = json!({
            "metadata": { "name": "agent" },
            "spec": {
                "selector": { "matchLabels": { "app": "agent" } },
                "template": { "metadata": { "labels": { "app": "agent" } }, "spec": spec },
                "updateStrategy": strategy,
            },
        });
        self.ask(Verb::Create(Payload::Document(set)), Target::one(Kind::DaemonSet, "default", ""));
        self.ticks(8);
    }

    fn patch(&mut self, kind: Kind, namespace: &str, name: &str, patch: Value) {
        self.ask(Verb::Patch(PatchType::Merge, patch), Target::one(kind, namespace, name));
    }

    fn image(&mut self, image: &str) {
        let containers = json!([{ "name": "agent", "image": image }]);
        let patch = json!({ "spec": { "template": { "spec": { "containers": containers } } } });
        self.patch(Kind::DaemonSet, "default", "agent", patch);
    }

    /// Lets a fifth of a second pass, then binds new pods, lets those run that can, and removes those that leave.
    fn tick(&mut self) {
        let next = self.cluster.now() + SimDuration(200);
        self.cluster.advance(next);
        let pods: Vec<_> = self.cluster.view().list(Kind::Pod, "").cloned().collect();
        for pod in pods {
            let (target, body) = (Target::of(&pod), pod.pod().unwrap());
            if pod.meta.is_terminating() {
                let options = Options { grace_period_seconds: Some(0), ..Options::default() };
                let request = Request { options, ..Request::new(Verb::Delete, target) };
                self.cluster.handle(&Identity::admin("kubelet"), request).result.unwrap();
            } else if body.node_name.is_none() {
                let document = pod.to_value();
                let at = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchFields/0/values/0";
                let node = document.pointer(at).and_then(Value::as_str).unwrap_or("node-a");
                let binding = json!({ "target": { "name": node } });
                self.ask(
                    Verb::Create(Payload::Document(binding)),
                    target.with(Subresource::Binding),
                );
            } else if body.spec.containers[0].image.as_deref() != Some(self.broken)
                && !body.is_ready()
                && !body.is_finished()
            {
                self.report(target, pod.to_value(), "Running", "True");
            }
        }
    }

    fn report(&mut self, target: Target, mut pod: Value, phase: &str, ready: &str) {
        let date = timestamp::format(self.cluster.unix_now());
        pod["status"] = json!({
            "phase": phase,
            "conditions": [{ "type": "Ready", "status": ready, "lastTransitionTime": date }],
        });
        self.ask(Verb::Update(Payload::Document(pod)), target.with(Subresource::Status));
    }

    fn ticks(&mut self, count: usize) {
        for _ in 0..count {
            self.tick();
        }
    }

    /// `node image` of the pods that stay.
    fn pods(&self) -> Vec<String> {
        let pods =
            self.cluster.view().list(Kind::Pod, "default").filter(|it| !it.meta.is_terminating());
        let mut shown: Vec<_> = pods
            .map(|it| {
                let pod = it.pod().unwrap();
                format!(
                    "{} {}",
                    pod.node_name.as_deref().unwrap_or("-"),
                    pod.spec.containers[0].image.as_deref().unwrap()
                )
            })
            .collect();
        shown.sort();
        shown
    }

    fn status(&self) -> Value {
        self.cluster.view().get(Kind::DaemonSet, "default", "agent").unwrap().to_value()["status"]
            .clone()
    }
}

#[test]
fn each_node_that_fits_has_one_pod() {
    let mut stage = Stage::new(&["node-a", "node-b"]);
    let taint = |effect: &str| json!([{ "key": "team", "value": "x", "effect": effect }]);
    stage.node("node-c", &json!({ "taints": taint("NoSchedule") }));
    stage.daemon_set(&json!({}), &json!({}));
    assert_eq!(stage.pods(), ["node-a agent:1", "node-b agent:1"]);
    let status = stage.status();
    let counts = [
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "numberAvailable",
        "updatedNumberScheduled",
    ];
    assert!(counts.iter().all(|it| status[it] == 2), "{status}");
    // A cordoned node gets one all the same.
    stage.node("node-d", &json!({ "unschedulable": true, "taints": [{ "key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule" }] }));
    stage.ticks(5);
    assert!(stage.pods().contains(&"node-d agent:1".to_owned()));
    stage.patch(Kind::Node, "", "node-a", json!({ "spec": { "taints": taint("NoExecute") } }));
    stage.ticks(5);
    assert_eq!(stage.pods(), ["node-b agent:1", "node-d agent:1"]);
    let pod = stage.cluster.view().list(Kind::Pod, "default").next().unwrap().to_value();
    assert_eq!(pod["metadata"]["labels"]["pod-template-generation"], "1");
    assert_eq!(pod["spec"]["tolerations"].as_array().unwrap().len(), 6);
}

#[test]
fn a_node_selector_chooses_nodes_and_what_does_not_fit_goes() {
    let mut stage = Stage::new(&["node-a", "node-b"]);
    stage.daemon_set(&json!({ "nodeSelector": { "disk": "ssd" } }), &json!({}));
    assert_eq!(stage.pods(), ["node-a agent:1"]);
    stage.patch(Kind::Node, "", "node-b", json!({ "metadata": { "labels": { "disk": "ssd" } } }));
    stage.ticks(5);
    assert_eq!(stage.pods().len(), 2);
    stage.patch(Kind::Node, "", "node-a", json!({ "metadata": { "labels": { "disk": "old" } } }));
    stage.ticks(5);
    assert_eq!(stage.pods(), ["node-b agent:1"]);
}

#[test]
fn an_update_takes_one_node_after_the_other_and_stops_at_what_is_broken() {
    let mut stage = Stage::new(&["node-a", "node-b", "node-c"]);
    stage.daemon_set(&json!({}), &json!({}));
    stage.image("agent:2");
    for _ in 0..40 {
        stage.tick();
        assert!(stage.pods().len() >= 2, "{:?}", stage.pods());
    }
    let pod = stage.cluster.view().list(Kind::Pod, "default").next().unwrap();
    assert_eq!(pod.meta.labels["pod-template-generation"], "2");
    assert_eq!(stage.pods(), ["node-a agent:2", "node-b agent:2", "node-c agent:2"]);
    assert_eq!(stage.status()["updatedNumberScheduled"], 3);
    let revisions = |stage: &Stage| -> Vec<i64> {
        let all = stage.cluster.view().list(Kind::ControllerRevision, "default");
        let mut numbers: Vec<_> =
            all.map(|it| it.controller_revision().unwrap().revision).collect();
        numbers.sort_unstable();
        numbers
    };
    assert_eq!(revisions(&stage), [1, 2]);
    stage.image("agent:broken");
    stage.ticks(40);
    let old = stage.pods().iter().filter(|it| it.ends_with("agent:2")).count();
    assert_eq!(old, 2, "{:?}", stage.pods());
    assert_eq!(stage.status()["numberUnavailable"], 1);
    // Back to what was: the revision is the newest again, and the broken pod goes at once.
    stage.image("agent:2");
    stage.ticks(20);
    assert_eq!(stage.pods(), ["node-a agent:2", "node-b agent:2", "node-c agent:2"]);
    assert_eq!(revisions(&stage), [1, 3, 4]);
}

#[test]
fn a_surge_starts_the_new_pod_before_the_old_one_goes() {
    let mut stage = Stage::new(&["node-a", "node-b"]);
    let update = json!({ "rollingUpdate": { "maxSurge": 1, "maxUnavailable": 0 } });
    stage.daemon_set(&json!({}), &update);
    stage.image("agent:2");
    let mut most = 0;
    for _ in 0..40 {
        stage.tick();
        let pods = stage.pods();
        most = most.max(pods.len());
        for node in ["node-a", "node-b"] {
            assert!(pods.iter().any(|it| it.starts_with(node)), "{pods:?}");
        }
    }
    assert_eq!(most, 3);
    assert_eq!(stage.pods(), ["node-a agent:2", "node-b agent:2"]);
}

#[test]
fn on_delete_waits_for_somebody_to_delete_and_failed_pods_are_replaced() {
    let mut stage = Stage::new(&["node-a"]);
    stage.daemon_set(&json!({}), &json!({ "type": "OnDelete" }));
    stage.image("agent:2");
    stage.ticks(10);
    assert_eq!(stage.pods(), ["node-a agent:1"]);
    let pod = stage.cluster.view().list(Kind::Pod, "default").next().unwrap().clone();
    stage.report(Target::of(&pod), pod.to_value(), "Failed", "False");
    stage.ticks(10);
    assert_eq!(stage.pods(), ["node-a agent:2"]);
    let events: Vec<_> =
        stage.cluster.view().list(Kind::Event, "default").map(|it| it.to_value()).collect();
    let message = format!(
        "Found failed daemon pod default/{} on node node-a, will try to kill it",
        pod.meta.name
    );
    assert!(
        events
            .iter()
            .any(|it| it["reason"] == "FailedDaemonPod" && it["message"] == message.as_str())
    );
}

/// A StatefulSet `db` of three pods with a claim each, unless `spec` says otherwise.
fn stateful_set(stage: &mut Stage, spec: Value) {
    let mut all = json!({
        "serviceName": "db", "replicas": 3,
        "selector": { "matchLabels": { "app": "db" } },
        "template": {
            "metadata": { "labels": { "app": "db" } },
            "spec": { "containers": [{ "name": "db", "image": "db:1" }] },
        },
        "volumeClaimTemplates": [{
            "metadata": { "name": "data" },
            "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } },
        }],
    });
    all.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    let set = json!({ "metadata": { "name": "db" }, "spec": all });
    stage.ask(Verb::Create(Payload::Document(set)), Target::one(Kind::StatefulSet, "default", ""));
}

impl Stage {
    fn change_set(&mut self, spec: Value) {
        self.patch(Kind::StatefulSet, "default", "db", json!({ "spec": spec }));
    }

    fn set_image(&mut self, image: &str) {
        let containers = json!([{ "name": "db", "image": image }]);
        self.change_set(json!({ "template": { "spec": { "containers": containers } } }));
    }

    /// `name image` of all pods.
    fn set_pods(&self) -> Vec<String> {
        let pods = self.cluster.view().list(Kind::Pod, "default");
        let shown = |it: &opsdrill_objects::Object| {
            format!(
                "{} {}",
                it.meta.name,
                it.pod().unwrap().spec.containers[0].image.as_deref().unwrap()
            )
        };
        pods.map(|it| shown(it)).collect()
    }

    fn set_status(&self) -> Value {
        self.cluster.view().get(Kind::StatefulSet, "default", "db").unwrap().to_value()["status"]
            .clone()
    }

    fn claims(&self) -> Vec<String> {
        let claims = self.cluster.view().list(Kind::PersistentVolumeClaim, "default");
        claims.map(|it| it.meta.name.to_string()).collect()
    }

    fn told(&self, reason: &str) -> Vec<String> {
        let events = self.cluster.view().list(Kind::Event, "default").map(|it| it.to_value());
        let about = events
            .filter(|it| it["reason"] == reason && it["involvedObject"]["kind"] == "StatefulSet");
        let mut messages: Vec<_> =
            about.map(|it| it["message"].as_str().unwrap().to_owned()).collect();
        messages.sort();
        messages
    }
}

#[test]
fn pods_of_a_stateful_set_come_one_after_the_other_with_their_claims() {
    let mut stage = Stage::new(&["node-a"]);
    stateful_set(&mut stage, json!({}));
    stage.tick();
    assert_eq!(stage.set_pods(), ["db-0 db:1"]);
    stage.ticks(20);
    assert_eq!(stage.set_pods(), ["db-0 db:1", "db-1 db:1", "db-2 db:1"]);
    assert_eq!(stage.claims(), ["data-db-0", "data-db-1", "data-db-2"]);
    let pod = stage.cluster.view().get(Kind::Pod, "default", "db-1").unwrap().to_value();
    assert_eq!(
        (&pod["spec"]["hostname"], &pod["spec"]["subdomain"]),
        (&json!("db-1"), &json!("db"))
    );
    assert_eq!(pod["metadata"]["labels"]["apps.kubernetes.io/pod-index"], "1");
    assert_eq!(pod["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"], "data-db-1");
    let status = stage.set_status();
    let counts =
        ["replicas", "readyReplicas", "availableReplicas", "currentReplicas", "updatedReplicas"];
    assert!(counts.iter().all(|it| status[it] == 3), "{status}");
    assert_eq!(status["currentRevision"], status["updateRevision"]);
    assert_eq!(pod["metadata"]["labels"]["controller-revision-hash"], status["currentRevision"]);
    assert_eq!(
        stage.told("SuccessfulCreate"),
        [
            "create Claim data-db-0 Pod db-0 in StatefulSet db success",
            "create Claim data-db-1 Pod db-1 in StatefulSet db success",
            "create Claim data-db-2 Pod db-2 in StatefulSet db success",
            "create Pod db-0 in StatefulSet db successful",
            "create Pod db-1 in StatefulSet db successful",
            "create Pod db-2 in StatefulSet db successful",
        ]
    );
}

#[test]
fn a_stateful_set_shrinks_from_its_end_and_keeps_its_claims() {
    let mut stage = Stage::new(&["node-a"]);
    stateful_set(&mut stage, json!({}));
    stage.ticks(20);
    stage.change_set(json!({ "replicas": 1 }));
    stage.ticks(20);
    assert_eq!(stage.set_pods(), ["db-0 db:1"]);
    assert_eq!(stage.claims().len(), 3);
    let messages = [
        "delete Pod db-1 in StatefulSet db successful",
        "delete Pod db-2 in StatefulSet db successful",
    ];
    assert_eq!(stage.told("SuccessfulDelete"), messages);
}

#[test]
fn claims_go_with_the_pods_that_are_too_many_if_they_should() {
    let mut stage = Stage::new(&["node-a"]);
    let policy = json!({ "whenScaled": "Delete", "whenDeleted": "Delete" });
    stateful_set(&mut stage, json!({ "persistentVolumeClaimRetentionPolicy": policy }));
    stage.ticks(20);
    stage.change_set(json!({ "replicas": 2 }));
    stage.ticks(20);
    assert_eq!(stage.claims(), ["data-db-0", "data-db-1"]);
}

#[test]
fn an_update_goes_from_the_last_pod_to_the_partition_and_stops_at_what_is_broken() {
    let mut stage = Stage::new(&["node-a"]);
    stage.broken = "db:broken";
    stateful_set(&mut stage, json!({ "updateStrategy": { "rollingUpdate": { "partition": 1 } } }));
    stage.ticks(20);
    stage.set_image("db:2");
    stage.ticks(40);
    assert_eq!(stage.set_pods(), ["db-0 db:1", "db-1 db:2", "db-2 db:2"]);
    let status = stage.set_status();
    assert_eq!((&status["currentReplicas"], &status["updatedReplicas"]), (&json!(1), &json!(2)));
    assert_ne!(status["currentRevision"], status["updateRevision"]);
    // What is lost below the partition comes back as it was.
    stage.ask(Verb::Delete, Target::one(Kind::Pod, "default", "db-0"));
    stage.ticks(20);
    assert_eq!(stage.set_pods()[0], "db-0 db:1");
    stage.change_set(json!({ "updateStrategy": { "rollingUpdate": { "partition": 0 } } }));
    stage.ticks(40);
    let status = stage.set_status();
    assert_eq!(status["currentRevision"], status["updateRevision"]);
    stage.set_image("db:broken");
    stage.ticks(40);
    assert_eq!(stage.set_pods(), ["db-0 db:2", "db-1 db:2", "db-2 db:broken"]);
    // The well-known trap: a right image does not mend it, since everything waits for the broken pod.
    stage.set_image("db:3");
    stage.ticks(40);
    assert_eq!(stage.set_pods(), ["db-0 db:2", "db-1 db:2", "db-2 db:broken"]);
    stage.ask(Verb::Delete, Target::one(Kind::Pod, "default", "db-2"));
    stage.ticks(40);
    assert_eq!(stage.set_pods(), ["db-0 db:3", "db-1 db:3", "db-2 db:3"]);
}

#[test]
fn parallel_pods_wait_for_nobody_and_ordinals_may_begin_later() {
    let mut stage = Stage::new(&["node-a"]);
    stage.broken = "db:1";
    stateful_set(
        &mut stage,
        json!({ "podManagementPolicy": "Parallel", "ordinals": { "start": 5 } }),
    );
    stage.tick();
    assert_eq!(stage.set_pods(), ["db-5 db:1", "db-6 db:1", "db-7 db:1"]);
    assert_eq!(stage.set_status()["availableReplicas"], 0);
}

#[test]
fn a_pod_that_has_failed_is_made_again_under_its_name() {
    let mut stage = Stage::new(&["node-a"]);
    stateful_set(&mut stage, json!({ "replicas": 1 }));
    stage.ticks(5);
    let pod = stage.cluster.view().get(Kind::Pod, "default", "db-0").unwrap().clone();
    stage.report(Target::of(&pod), pod.to_value(), "Failed", "False");
    stage.ticks(10);
    let again = stage.cluster.view().get(Kind::Pod, "default", "db-0").unwrap();
    assert!(again.pod().unwrap().is_ready() && again.meta.uid != pod.meta.uid);
    assert_eq!(
        stage.told("RecreatingFailedPod"),
        ["StatefulSet default/db is recreating failed Pod db-0"]
    );
}
