//! What containers see of ConfigMaps, Secrets and labels that change after they were mounted.

use opsdrill_engine::api::{Identity, PatchType, Payload, Request, Target, Verb};
use opsdrill_engine::kubelet::{self, NodeSpec};
use opsdrill_engine::{Cluster, ClusterConfig, SimTime};
use opsdrill_objects::Kind;
use serde_json::{Value, json};

struct Stage(Cluster);

impl Stage {
    fn new() -> Self {
        let mut stage = Self(Cluster::new(ClusterConfig::default()));
        stage.0.bootstrap();
        stage.wait(1);
        kubelet::register_node(stage.0.world_mut(), &NodeSpec::named("worker-0")).expect("new");
        stage
    }

    fn ask(&mut self, verb: Verb, kind: Kind, name: &str) {
        let request = Request::new(verb, Target::one(kind, "default", name));
        self.0.handle(&Identity::admin("trainee"), request).result.expect("it is allowed");
    }

    fn create(&mut self, kind: Kind, document: Value) {
        self.ask(Verb::Create(Payload::Document(document)), kind, "");
    }

    fn patch(&mut self, kind: Kind, name: &str, patch: Value) {
        self.ask(Verb::Patch(PatchType::Merge, patch), kind, name);
    }

    fn wait(&mut self, seconds: u64) {
        let until = SimTime(self.0.now().0 + seconds * 1000);
        self.0.advance(until);
    }

    /// A pod with these volumes, each mounted under `/VOLUME`, and perhaps more mounts.
    fn pod(&mut self, name: &str, volumes: &Value, more: &[Value]) {
        let names = volumes.as_array().expect("a list").iter().map(|it| it["name"].clone());
        let path = |name: &Value| format!("/{}", name.as_str().unwrap_or_default());
        let mut mounts: Vec<Value> =
            names.map(|it| json!({ "mountPath": path(&it), "name": it })).collect();
        mounts.extend(more.iter().cloned());
        let env = json!([{ "name": "A", "valueFrom": { "configMapKeyRef": { "name": "cfg", "key": "a" } } }]);
        let container =
            json!({ "name": "c", "image": "nginx:1.27", "volumeMounts": mounts, "env": env });
        let spec = json!({ "containers": [container], "volumes": volumes });
        let meta = json!({ "name": name, "labels": { "tier": "one" } });
        self.create(Kind::Pod, json!({ "metadata": meta, "spec": spec }));
        self.wait(30);
    }

    fn read(&self, pod: &str, path: &str) -> Option<String> {
        let handle = self.0.container("default", pod, None).expect("it runs");
        let contents = handle.read_file(self.0.world(), path).ok()?;
        Some(String::from_utf8(contents).expect("a text"))
    }

    fn env(&self, pod: &str, name: &str) -> Option<String> {
        self.0.container("default", pod, None).expect("it runs").env().get(name).cloned()
    }

    fn events(&self, pod: &str) -> Vec<String> {
        let events = self.0.view().list(Kind::Event, "default").filter_map(|it| it.event());
        let about = events.filter(|it| &*it.involved.name == pod);
        about.map(|it| format!("{} {}", it.reason, it.message)).collect()
    }
}

#[test]
fn a_mounted_configuration_follows_within_a_minute_and_a_half() {
    let mut stage = Stage::new();
    stage.create(
        Kind::ConfigMap,
        json!({ "metadata": { "name": "cfg" }, "data": { "a": "1", "b": "1" } }),
    );
    let volumes = json!([{ "name": "v", "configMap": { "name": "cfg" } }]);
    let more = [json!({ "name": "v", "mountPath": "/one/a", "subPath": "a" })];
    stage.pod("web", &volumes, &more);
    stage.patch(Kind::ConfigMap, "cfg", json!({ "data": { "a": "2", "b": null, "c": "2" } }));
    stage.wait(1);
    assert_eq!(stage.read("web", "/v/a").as_deref(), Some("1"), "the kubelet has not looked yet");
    stage.wait(90);
    assert_eq!(stage.read("web", "/v/a").as_deref(), Some("2"));
    assert_eq!(stage.read("web", "/v/b"), None);
    assert_eq!(stage.read("web", "/v/c").as_deref(), Some("2"));
    assert_eq!(stage.read("web", "/one/a").as_deref(), Some("1"), "subPath mounts stay");
    assert_eq!(stage.env("web", "A").as_deref(), Some("1"), "and so does the environment");
}

#[test]
fn secrets_and_projections_follow_too() {
    let mut stage = Stage::new();
    stage.create(Kind::ConfigMap, json!({ "metadata": { "name": "cfg" }, "data": { "a": "1" } }));
    let secret = |text: &str| json!({ "metadata": { "name": "key" }, "stringData": { "k": text } });
    stage.create(Kind::Secret, secret("1"));
    let parts = json!([{ "secret": { "name": "key" } }, { "configMap": { "name": "later", "optional": true } }]);
    let volumes = json!([
        { "name": "s", "secret": { "secretName": "key" } },
        { "name": "p", "projected": { "sources": parts } },
    ]);
    stage.pod("web", &volumes, &[]);
    stage.patch(Kind::Secret, "key", json!({ "stringData": { "k": "2" } }));
    stage.create(Kind::ConfigMap, json!({ "metadata": { "name": "later" }, "data": { "l": "2" } }));
    stage.wait(91);
    assert_eq!(stage.read("web", "/s/k").as_deref(), Some("2"));
    assert_eq!(stage.read("web", "/p/k").as_deref(), Some("2"));
    assert_eq!(stage.read("web", "/p/l").as_deref(), Some("2"));
}

#[test]
fn what_cannot_be_mounted_any_more_stays_and_is_told() {
    let mut stage = Stage::new();
    stage.create(Kind::ConfigMap, json!({ "metadata": { "name": "cfg" }, "data": { "a": "1" } }));
    stage.pod("web", &json!([{ "name": "v", "configMap": { "name": "cfg" } }]), &[]);
    stage.ask(Verb::Delete, Kind::ConfigMap, "cfg");
    stage.wait(91);
    assert_eq!(stage.read("web", "/v/a").as_deref(), Some("1"));
    let message =
        "FailedMount MountVolume.SetUp failed for volume \"v\" : configmap \"cfg\" not found";
    assert!(stage.events("web").contains(&message.to_owned()), "{:#?}", stage.events("web"));
}

#[test]
fn what_was_immutable_is_not_looked_at_again() {
    let mut stage = Stage::new();
    let fixed = |text: &str| json!({ "metadata": { "name": "cfg" }, "data": { "a": text }, "immutable": true });
    stage.create(Kind::ConfigMap, fixed("1"));
    stage.pod("web", &json!([{ "name": "v", "configMap": { "name": "cfg" } }]), &[]);
    stage.ask(Verb::Delete, Kind::ConfigMap, "cfg");
    stage.wait(91);
    assert_eq!(stage.read("web", "/v/a").as_deref(), Some("1"));
    assert!(!stage.events("web").iter().any(|it| it.starts_with("FailedMount")));
}

#[test]
fn labels_are_seen_at_once() {
    let mut stage = Stage::new();
    stage.create(Kind::ConfigMap, json!({ "metadata": { "name": "cfg" }, "data": { "a": "1" } }));
    let items = json!([{ "path": "tier", "fieldRef": { "fieldPath": "metadata.labels['tier']" } }]);
    stage.pod("web", &json!([{ "name": "d", "downwardAPI": { "items": items } }]), &[]);
    stage.patch(Kind::Pod, "web", json!({ "metadata": { "labels": { "tier": "two" } } }));
    stage.wait(2);
    assert_eq!(stage.read("web", "/d/tier").as_deref(), Some("two"));
}

#[test]
fn a_kubelet_that_was_away_catches_up() {
    let mut stage = Stage::new();
    stage.create(Kind::ConfigMap, json!({ "metadata": { "name": "cfg" }, "data": { "a": "1" } }));
    stage.pod("web", &json!([{ "name": "v", "configMap": { "name": "cfg" } }]), &[]);
    kubelet::stop_kubelet(stage.0.world_mut(), "worker-0");
    stage.patch(Kind::ConfigMap, "cfg", json!({ "data": { "a": "2" } }));
    stage.wait(100);
    kubelet::start_kubelet(stage.0.world_mut(), "worker-0");
    stage.wait(2);
    assert_eq!(stage.read("web", "/v/a").as_deref(), Some("2"));
}
