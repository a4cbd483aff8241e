//! Nodes that run short of memory or disk, and pods that write more than they may.

use opsdrill_engine::api::{Identity, Payload, Request, Target, Verb};
use opsdrill_engine::kubelet::{self, NodeSpec};
use opsdrill_engine::physical::{self, Parameter, ProcessSelector};
use opsdrill_engine::{Cluster, ClusterConfig, SimTime};
use opsdrill_objects::Kind;
use serde_json::{Value, json};

const GIB: u64 = 1 << 30;

struct Stage(Cluster);

impl Stage {
    /// Two nodes with 1 GiB each.
    fn new() -> Self {
        let mut stage = Self(Cluster::new(ClusterConfig::default()));
        stage.0.bootstrap();
        stage.wait(1);
        for name in ["worker-0", "worker-1"] {
            let node = NodeSpec { memory_bytes: GIB, ..NodeSpec::named(name) };
            kubelet::register_node(stage.0.world_mut(), &node).expect("a new name");
        }
        stage
    }

    fn create(&mut self, kind: Kind, namespace: &str, document: Value) {
        let target = Target::one(kind, namespace, "");
        let request = Request::new(Verb::Create(Payload::Document(document)), target);
        let reply = self.0.handle(&Identity::admin("trainee"), request);
        reply.object().expect("the test's objects are valid");
    }

    fn wait(&mut self, seconds: u64) {
        let until = SimTime(self.0.now().0 + seconds * 1000);
        self.0.advance(until);
    }

    /// A pod on the first node, with these resources and more of its specification.
    fn pod(&mut self, name: &str, resources: &Value, more: &Value) {
        let container = json!({ "name": "app", "image": "nginx:1.27", "resources": resources });
        let mut spec = json!({
            "containers": [container],
            "nodeSelector": { "kubernetes.io/hostname": "worker-0" },
        });
        spec.as_object_mut()
            .expect("made as one")
            .extend(more.as_object().expect("fields").clone());
        self.create(Kind::Pod, "default", json!({ "metadata": { "name": name }, "spec": spec }));
        self.wait(20);
    }

    fn uses(&mut self, pod: &str, bytes: u64) {
        let selector = ProcessSelector { pod: Some(pod.into()), ..ProcessSelector::default() };
        physical::set_parameter(self.0.world_mut(), &selector, Parameter::MemoryBytes, bytes);
    }

    fn status(&self, pod: &str) -> Value {
        let object = self.0.view().get(Kind::Pod, "default", pod).expect("it is there");
        object.to_value()["status"].clone()
    }

    fn evicted(&self, pods: &[&str]) -> Vec<String> {
        let gone = |it: &&&str| self.status(it)["reason"] == "Evicted";
        pods.iter().filter(gone).map(|it| (*it).to_owned()).collect()
    }

    fn condition(&self, name: &str) -> (String, String) {
        let node = self.0.view().get(Kind::Node, "", "worker-0").expect("it is there").to_value();
        let conditions = node["status"]["conditions"].as_array().expect("conditions").clone();
        let found = conditions.into_iter().find(|it| it["type"] == name).expect("the condition");
        let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        (text("status"), text("reason"))
    }

    fn taints(&self) -> Vec<String> {
        let node = self.0.view().get(Kind::Node, "", "worker-0").expect("it is there").to_value();
        let taints = node["spec"]["taints"].as_array().cloned().unwrap_or_default();
        taints.iter().map(|it| it["key"].as_str().unwrap_or_default().to_owned()).collect()
    }

    fn events(&self, name: &str) -> Vec<String> {
        let events = self.0.view().list(Kind::Event, "default").filter_map(|it| it.event());
        let about = events.filter(|it| &*it.involved.name == name);
        about.map(|it| format!("{} {}", it.reason, it.message)).collect()
    }

    fn write(&mut self, pod: &str, path: &str, bytes: usize) {
        let handle = self.0.container("default", pod, None).expect("it runs");
        handle.write_file(self.0.world_mut(), path, vec![b'x'; bytes]).expect("there is room");
    }
}

#[test]
fn a_node_short_of_memory_lets_the_greediest_go() {
    let mut stage = Stage::new();
    stage.pod("asked", &json!({ "requests": { "memory": "600Mi" } }), &json!({}));
    stage.pod("greedy", &json!({}), &json!({}));
    stage.pod("modest", &json!({}), &json!({}));
    stage.uses("asked", 500 << 20);
    stage.uses("greedy", (400 << 20) + 12_345);
    stage.uses("modest", 20 << 20);
    stage.wait(3600);
    assert_eq!(stage.evicted(&["asked", "greedy", "modest"]), ["greedy"]);
    let status = stage.status("greedy");
    assert_eq!((&status["phase"], &status["reason"]), (&json!("Failed"), &json!("Evicted")));
    let message = status["message"].as_str().expect("a message");
    let start = "The node was low on resource: memory. Threshold quantity: 100Mi, available: ";
    assert!(message.starts_with(start), "{message}");
    assert!(message.contains("Ki. Container app was using "), "{message}");
    assert!(message.ends_with("Ki, request is 0, has larger consumption of memory. "), "{message}");
    let conditions = status["conditions"].as_array().expect("conditions");
    let target = conditions.iter().find(|it| it["type"] == "DisruptionTarget").expect("told");
    assert_eq!(target["reason"], "TerminationByKubelet");
    let ended = &status["containerStatuses"][0]["state"]["terminated"];
    assert!(ended["exitCode"].is_i64(), "{status:#}");
    let told = stage.events("worker-0");
    for text in [
        "EvictionThresholdMet Attempting to reclaim memory",
        "NodeHasInsufficientMemory Node worker-0 status is now: NodeHasInsufficientMemory",
    ] {
        assert!(told.iter().any(|it| it == text), "{told:#?}");
    }
    assert!(stage.events("greedy").iter().any(|it| it.starts_with("Evicted The node was low")));
}

#[test]
fn pressure_holds_for_five_minutes_and_keeps_others_away() {
    let mut stage = Stage::new();
    stage.pod("greedy", &json!({}), &json!({}));
    stage.uses("greedy", 1000 << 20);
    while stage.evicted(&["greedy"]).is_empty() {
        stage.wait(1);
    }
    assert_eq!(
        stage.condition("MemoryPressure"),
        ("True".into(), "KubeletHasInsufficientMemory".into())
    );
    stage.wait(1);
    assert_eq!(stage.taints(), ["node.kubernetes.io/memory-pressure"]);
    stage.pod("other", &json!({}), &json!({}));
    assert_eq!(stage.status("other")["phase"], "Pending", "nothing without requests comes here");
    let bound = json!({ "nodeName": "worker-0" });
    stage.pod("bound", &json!({}), &bound);
    let status = stage.status("bound");
    assert_eq!(status["reason"], "Evicted");
    assert_eq!(status["message"], "Pod was rejected: The node had condition: [MemoryPressure]. ");
    stage.wait(330);
    assert_eq!(
        stage.condition("MemoryPressure"),
        ("False".into(), "KubeletHasSufficientMemory".into())
    );
    assert!(stage.taints().is_empty());
    assert_eq!(stage.status("other")["phase"], "Running");
}

#[test]
fn priority_counts_among_those_who_use_more_than_they_asked_for() {
    let mut stage = Stage::new();
    stage.create(Kind::PriorityClass, "", json!({ "metadata": { "name": "high" }, "value": 1000 }));
    stage.pod("high", &json!({}), &json!({ "priorityClassName": "high" }));
    stage.pod("low", &json!({}), &json!({}));
    let critical = json!({ "priorityClassName": "system-node-critical" });
    stage.pod("critical", &json!({}), &critical);
    stage.uses("critical", 500 << 20);
    stage.uses("high", 450 << 20);
    stage.uses("low", 30 << 20);
    stage.wait(3600);
    assert_eq!(stage.evicted(&["critical", "high", "low"]), ["high", "low"]);
}

#[test]
fn a_full_disk_lets_unused_images_go_then_pods() {
    let mut stage = Stage::new();
    stage.pod("web", &json!({}), &json!({}));
    stage.write("web", "/tmp/large", 500_000);
    kubelet::fill_disk(stage.0.world_mut(), "worker-0", 95 * 1024 * 1024 * 1024);
    stage.wait(30);
    assert_eq!(stage.condition("DiskPressure"), ("True".into(), "KubeletHasDiskPressure".into()));
    let message = stage.status("web")["message"].clone();
    let message = message.as_str().expect("a message");
    let start = "The node was low on resource: ephemeral-storage. Threshold quantity: 15763231948, available: ";
    assert!(message.starts_with(start), "{message}");
    kubelet::fill_disk(stage.0.world_mut(), "worker-0", 0);
    stage.wait(330);
    assert_eq!(
        stage.condition("DiskPressure"),
        ("False".into(), "KubeletHasNoDiskPressure".into())
    );
}

#[test]
fn who_writes_more_than_allowed_is_evicted() {
    let limited = json!({ "limits": { "ephemeral-storage": "100Ki" } });
    let cache = |size: &str| json!({ "name": "cache", "emptyDir": { "sizeLimit": size } });
    let mount = json!([{ "name": "cache", "mountPath": "/cache" }]);
    let container = |resources: &Value| json!({ "name": "app", "image": "nginx:1.27", "resources": resources, "volumeMounts": mount });
    let cases = [
        (
            "pod",
            json!({ "containers": [container(&limited)], "volumes": [cache("1Mi")] }),
            "/tmp/file",
            "Pod ephemeral local storage usage exceeds the total limit of containers 100Ki. ",
        ),
        (
            "volume",
            json!({ "containers": [container(&json!({}))], "volumes": [cache("50Ki")] }),
            "/cache/file",
            "Usage of EmptyDir volume \"cache\" exceeds the limit \"50Ki\". ",
        ),
        (
            "container",
            json!({ "containers": [container(&limited), { "name": "other", "image": "nginx:1.27" }], "volumes": [cache("1Mi")] }),
            "/tmp/file",
            "Container app exceeded its local ephemeral storage limit \"100Ki\". ",
        ),
    ];
    for (name, spec, path, message) in cases {
        let mut stage = Stage::new();
        stage.create(Kind::Pod, "default", json!({ "metadata": { "name": name }, "spec": spec }));
        stage.wait(30);
        let handle = stage.0.container("default", name, Some("app")).expect("it runs");
        handle.write_file(stage.0.world_mut(), path, vec![b'x'; 30_000]).expect("there is room");
        stage.wait(15);
        assert!(stage.evicted(&[name]).is_empty(), "{name} is within its limit");
        handle.write_file(stage.0.world_mut(), path, vec![b'x'; 150_000]).expect("there is room");
        stage.wait(15);
        let status = stage.status(name);
        assert_eq!((&status["reason"], &status["message"]), (&json!("Evicted"), &json!(message)));
        assert_eq!(status["phase"], "Failed");
    }
}
