//! Preemption through the door: who goes for whom, and what is told of it.

use opsdrill_engine::api::{Identity, Payload, Request, Target, Verb};
use opsdrill_engine::kubelet::{self, NodeSpec};
use opsdrill_engine::{Cluster, ClusterConfig, SimTime};
use opsdrill_objects::Kind;
use serde_json::{Value, json};

struct Stage(Cluster);

impl Stage {
    /// Nodes of one core each, and classes from `low` (100) to `high` (1000).
    fn new(nodes: &[&str]) -> Self {
        let mut stage = Self(Cluster::new(ClusterConfig::default()));
        stage.0.bootstrap();
        stage.wait(1);
        for name in nodes {
            let node = NodeSpec { cpu_millis: 1000, ..NodeSpec::named(name) };
            kubelet::register_node(stage.0.world_mut(), &node).expect("a new name");
        }
        for (name, value) in [("low", 100), ("middle", 500), ("high", 1000)] {
            stage.create(
                Kind::PriorityClass,
                "",
                json!({ "metadata": { "name": name }, "value": value }),
            );
        }
        let never =
            json!({ "metadata": { "name": "polite" }, "value": 1000, "preemptionPolicy": "Never" });
        stage.create(Kind::PriorityClass, "", never);
        stage
    }

    fn create(&mut self, kind: Kind, namespace: &str, document: Value) {
        let target = Target::one(kind, namespace, "");
        let request = Request::new(Verb::Create(Payload::Document(document)), target);
        self.0
            .handle(&Identity::admin("trainee"), request)
            .object()
            .expect("the test's objects are valid");
    }

    fn wait(&mut self, seconds: u64) {
        let until = SimTime(self.0.now().0 + seconds * 1000);
        self.0.advance(until);
    }

    /// A pod of a class that asks for some CPU, on any node or on a certain one; given time to come up.
    fn pod(&mut self, name: &str, class: &str, cpu: &str, node: Option<&str>) {
        let resources = json!({ "requests": { "cpu": cpu } });
        let container = json!({ "name": "c", "image": "nginx:1.27", "resources": resources });
        let selector = node.map_or_else(|| json!({}), |it| json!({ "kubernetes.io/hostname": it }));
        let spec = json!({ "priorityClassName": class, "containers": [container], "nodeSelector": selector });
        let meta = json!({ "name": name, "labels": { "app": name } });
        self.create(Kind::Pod, "default", json!({ "metadata": meta, "spec": spec }));
        self.wait(20);
    }

    fn budget(&mut self, app: &str, least: u32) {
        let spec = json!({ "minAvailable": least, "selector": { "matchLabels": { "app": app } } });
        let budget = json!({ "metadata": { "name": app }, "spec": spec });
        self.create(Kind::PodDisruptionBudget, "default", budget);
        self.wait(3);
    }

    fn get(&self, name: &str) -> Option<Value> {
        self.0.view().get(Kind::Pod, "default", name).map(|it| it.to_value())
    }

    fn node_of(&self, name: &str) -> Option<String> {
        self.get(name)?["spec"]["nodeName"].as_str().map(str::to_owned)
    }

    fn is_leaving(&self, name: &str) -> bool {
        self.get(name).is_none_or(|it| it["metadata"]["deletionTimestamp"].is_string())
    }

    /// The pods that have gone or are going.
    fn leaving<'a>(&self, names: &[&'a str]) -> Vec<&'a str> {
        names.iter().copied().filter(|it| self.is_leaving(it)).collect()
    }

    /// The newest message with a reason about a pod.
    fn told(&self, name: &str, reason: &str) -> Option<Value> {
        let all = self.0.view().list(Kind::Event, "default").map(|it| it.to_value());
        let about = |it: &Value| it["involvedObject"]["name"] == name && it["reason"] == reason;
        all.filter(about).max_by_key(|it| {
            let version = it["metadata"]["resourceVersion"].as_str().unwrap_or_default();
            version.parse::<u64>().unwrap_or_default()
        })
    }

    fn message(&self, name: &str, reason: &str) -> String {
        self.told(name, reason).expect("an event")["message"].as_str().unwrap_or_default().into()
    }
}

fn condition<'a>(pod: &'a Value, name: &str) -> &'a Value {
    let conditions = pod["status"]["conditions"].as_array().expect("conditions");
    conditions.iter().find(|it| it["type"] == name).expect("the condition")
}

#[test]
fn a_less_important_pod_makes_room() {
    let mut stage = Stage::new(&["worker-0"]);
    stage.pod("small", "low", "300m", None);
    stage.pod("large", "low", "600m", None);
    let resources = json!({ "requests": { "cpu": "600m" } });
    let container = json!({ "name": "c", "image": "nginx:1.27", "resources": resources });
    let spec = json!({ "priorityClassName": "high", "containers": [container] });
    stage.create(Kind::Pod, "default", json!({ "metadata": { "name": "urgent" }, "spec": spec }));
    stage.0.advance(SimTime(stage.0.now().0 + 100));
    let urgent = stage.get("urgent").expect("it waits");
    assert_eq!(urgent["status"]["nominatedNodeName"], "worker-0");
    let scheduled = condition(&urgent, "PodScheduled");
    assert_eq!(scheduled["message"], "0/1 nodes are available: 1 Insufficient cpu.");
    assert_eq!(
        stage.message("urgent", "FailedScheduling"),
        "0/1 nodes are available: 1 Insufficient cpu."
    );
    assert_eq!(stage.leaving(&["small", "large"]), ["large"], "no more than must");
    let victim = stage.get("large").expect("it ends gracefully");
    assert_eq!(victim["metadata"]["deletionGracePeriodSeconds"], 30);
    let disrupted = condition(&victim, "DisruptionTarget");
    assert_eq!(disrupted["reason"], "PreemptionByScheduler");
    assert_eq!(
        disrupted["message"],
        "default-scheduler: preempting to accommodate a higher priority pod"
    );
    let event = stage.told("large", "Preempted").expect("an event");
    let uid = urgent["metadata"]["uid"].as_str().expect("a uid");
    assert_eq!(event["message"], format!("Preempted by pod {uid} on node worker-0"));
    assert_eq!((&event["type"], &event["action"]), (&json!("Normal"), &json!("Preempting")));
    assert_eq!(event["related"]["name"], "urgent");
    stage.wait(40);
    assert_eq!(stage.node_of("urgent").as_deref(), Some("worker-0"));
    assert!(stage.get("large").is_none());
}

#[test]
fn nobody_takes_what_was_made_free_for_another() {
    let mut stage = Stage::new(&["worker-0"]);
    stage.pod("large", "low", "900m", None);
    let slow = json!({ "name": "c", "image": "nginx:1.27", "resources": { "requests": { "cpu": "900m" } } });
    for (name, class) in [("urgent", "high"), ("other", "middle")] {
        let spec = json!({ "priorityClassName": class, "containers": [slow] });
        stage.create(Kind::Pod, "default", json!({ "metadata": { "name": name }, "spec": spec }));
    }
    stage.wait(60);
    assert_eq!(stage.node_of("urgent").as_deref(), Some("worker-0"));
    assert_eq!(stage.node_of("other"), None);
    let message = stage.message("other", "FailedScheduling");
    assert!(message.starts_with("0/1 nodes are available: 1 Insufficient cpu."), "{message}");
}

#[test]
fn what_is_said_when_nobody_can_go() {
    let mut stage = Stage::new(&["worker-0", "worker-1"]);
    stage.pod("a", "high", "900m", Some("worker-0"));
    stage.pod("b", "low", "900m", Some("worker-1"));
    stage.pod("giant", "high", "1500m", None);
    assert_eq!(
        stage.message("giant", "FailedScheduling"),
        "0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 1 Insufficient cpu, 1 No preemption victims found for incoming pod."
    );
    stage.pod("polite", "polite", "900m", None);
    assert_eq!(
        stage.message("polite", "FailedScheduling"),
        "0/2 nodes are available: 2 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never."
    );
    assert!(stage.leaving(&["a", "b"]).is_empty());
}

#[test]
fn a_pod_waits_for_those_that_already_go() {
    let mut stage = Stage::new(&["worker-0"]);
    let stubborn = json!({
        "name": "c", "image": "busybox:1.36", "command": ["sleep", "100000"],
        "resources": { "requests": { "cpu": "700m" } },
    });
    let spec = json!({ "priorityClassName": "low", "containers": [stubborn] });
    stage.create(Kind::Pod, "default", json!({ "metadata": { "name": "stubborn" }, "spec": spec }));
    stage.pod("small", "low", "100m", None);
    let container = json!({ "name": "c", "image": "nginx:1.27", "resources": { "requests": { "cpu": "600m" } } });
    let spec = json!({ "priorityClassName": "high", "containers": [container] });
    stage.create(Kind::Pod, "default", json!({ "metadata": { "name": "urgent" }, "spec": spec }));
    stage.wait(3);
    let delete = Request::delete(Kind::Pod, "default", "small");
    stage.0.handle(&Identity::admin("trainee"), delete).object().expect("it is there");
    stage.wait(10);
    assert_eq!(
        stage.message("urgent", "FailedScheduling"),
        "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to a terminating pod on the nominated node."
    );
    let urgent = stage.get("urgent").expect("it waits");
    assert_eq!(urgent["status"]["nominatedNodeName"], "worker-0");
    stage.wait(60);
    assert_eq!(stage.node_of("urgent").as_deref(), Some("worker-0"));
}

#[test]
fn budgets_are_kept_if_another_node_will_do() {
    for guarded in ["a", "b"] {
        let mut stage = Stage::new(&["worker-0", "worker-1"]);
        stage.pod("a", "low", "800m", Some("worker-0"));
        stage.pod("b", "low", "800m", Some("worker-1"));
        stage.budget(guarded, 1);
        stage.pod("urgent", "high", "800m", None);
        let other = if guarded == "a" { "b" } else { "a" };
        assert_eq!(stage.leaving(&["a", "b"]), [other]);
    }
}

#[test]
fn budgets_do_not_keep_a_pod_for_ever() {
    let mut stage = Stage::new(&["worker-0"]);
    stage.pod("a", "low", "400m", None);
    stage.pod("b", "low", "400m", None);
    stage.budget("a", 1);
    stage.pod("urgent", "high", "500m", None);
    assert_eq!(stage.leaving(&["a", "b"]), ["b"], "the one without a budget");
    stage.pod("also-urgent", "high", "500m", None);
    assert_eq!(stage.leaving(&["a"]), ["a"], "nothing else is left");
}

#[test]
fn the_least_important_go_first() {
    // A lower priority beats fewer victims.
    let mut stage = Stage::new(&["worker-0", "worker-1"]);
    stage.pod("middle", "middle", "800m", Some("worker-0"));
    stage.pod("low-1", "low", "400m", Some("worker-1"));
    stage.pod("low-2", "low", "400m", Some("worker-1"));
    stage.pod("urgent", "high", "800m", None);
    assert_eq!(stage.leaving(&["middle", "low-1", "low-2"]), ["low-1", "low-2"]);

    // Of equal priorities fewer, then the youngest.
    let mut stage = Stage::new(&["worker-0", "worker-1", "worker-2"]);
    stage.pod("one", "low", "800m", Some("worker-0"));
    stage.pod("two", "low", "400m", Some("worker-1"));
    stage.pod("three", "low", "400m", Some("worker-1"));
    stage.pod("young", "low", "800m", Some("worker-2"));
    stage.pod("urgent", "high", "800m", None);
    assert_eq!(stage.leaving(&["one", "two", "three", "young"]), ["young"]);
}

#[test]
fn who_keeps_others_away_goes() {
    let mut stage = Stage::new(&["worker-0"]);
    let apart = json!({ "podAntiAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": [
        { "topologyKey": "kubernetes.io/hostname", "labelSelector": { "matchLabels": { "app": "guard" } } },
    ] } });
    let guard = json!({ "priorityClassName": "low", "containers": [{ "name": "c", "image": "nginx:1.27" }] });
    let meta = json!({ "name": "guard", "labels": { "app": "guard" } });
    stage.create(Kind::Pod, "default", json!({ "metadata": meta, "spec": guard }));
    stage.pod("bystander", "low", "100m", None);
    let spec = json!({
        "priorityClassName": "high", "affinity": apart,
        "containers": [{ "name": "c", "image": "nginx:1.27" }],
    });
    stage.create(Kind::Pod, "default", json!({ "metadata": { "name": "urgent" }, "spec": spec }));
    stage.wait(60);
    assert_eq!(stage.leaving(&["guard", "bystander"]), ["guard"]);
    assert_eq!(stage.node_of("urgent").as_deref(), Some("worker-0"));
}
