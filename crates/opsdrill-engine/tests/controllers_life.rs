//! Controllers on a whole cluster whose pods are made ready by the test instead of kubelets.

use opsdrill_engine::api::{
    Identity, Options, Payload, Propagation, Request, Subresource, Target, Verb,
};
use opsdrill_engine::{Cluster, ClusterConfig, SimDuration, View};
use opsdrill_objects::k8s_openapi::api::core::v1::PodCondition;
use opsdrill_objects::k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use opsdrill_objects::k8s_openapi::jiff::Timestamp;
use opsdrill_objects::{Kind, Object};
use serde_json::{Value, json};

/// A cluster with a namespace `demo`.
struct Stage {
    cluster: Cluster,
    /// Pods whose image has this tag never become ready.
    broken: &'static str,
}

impl Stage {
    fn new() -> Self {
        let mut cluster = Cluster::new(ClusterConfig::default());
        cluster.bootstrap();
        let mut stage = Self { cluster, broken: "broken" };
        stage.create(Kind::Namespace, json!({ "metadata": { "name": "demo" } }));
        stage
    }

    fn view(&self) -> View<'_> {
        self.cluster.view()
    }

    fn create(&mut self, kind: Kind, document: Value) {
        let namespace = if kind.info().namespaced { "demo" } else { "" };
        let verb = Verb::Create(Payload::Document(document));
        self.ask(Request::new(verb, Target::one(kind, namespace, "")));
    }

    fn ask(&mut self, request: Request) {
        self.cluster.handle(&Identity::admin("trainee"), request).result.unwrap();
    }

    fn patch(&mut self, name: &str, patch: Value) {
        let mut document = self.view().get(Kind::Deployment, "demo", name).unwrap().to_value();
        merge(&mut document, patch);
        let target = Target::one(Kind::Deployment, "demo", name);
        self.ask(Request::new(Verb::Update(Payload::Document(document)), target));
    }

    fn delete(&mut self, kind: Kind, name: &str, propagation: Propagation) {
        let options = Options { propagation: Some(propagation), ..Options::default() };
        let namespace = if kind.info().namespaced { "demo" } else { "" };
        self.ask(Request { options, ..Request::delete(kind, namespace, name) });
    }

    fn deployment(&mut self, replicas: i32, strategy: Value) {
        let spec = json!({
            "replicas": replicas,
            "selector": { "matchLabels": { "app": "web" } },
            "strategy": strategy,
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "web", "image": "nginx:1" }] },
            },
        });
        self.create(Kind::Deployment, json!({ "metadata": { "name": "web" }, "spec": spec }));
    }

    /// Lets a tenth of a second pass, then does what kubelets would: new pods run and are ready, deleted ones are gone.
    fn tick(&mut self) {
        let next = self.cluster.now() + SimDuration(100);
        self.cluster.advance(next);
        let pods: Vec<Object> = self.view().list(Kind::Pod, "").map(|it| (**it).clone()).collect();
        for pod in pods {
            let target = Target::of(&pod);
            if pod.meta.is_terminating() {
                let options = Options { grace_period_seconds: Some(0), ..Options::default() };
                self.ask(Request { options, ..Request::new(Verb::Delete, target) });
            } else if pod.pod().unwrap().node_name.is_none() {
                let binding = json!({ "target": { "name": "stage" } });
                let verb = Verb::Create(Payload::Document(binding));
                self.ask(Request::new(verb, target.with(Subresource::Binding)));
            } else if !pod.pod().unwrap().is_ready() && !self.is_broken(&pod) {
                self.make_ready(pod);
            }
        }
    }

    fn is_broken(&self, pod: &Object) -> bool {
        let image = pod.pod().unwrap().spec.containers[0].image.as_deref().unwrap();
        image.ends_with(self.broken)
    }

    fn make_ready(&mut self, mut pod: Object) {
        let now = Time(Timestamp::from_second(self.cluster.unix_now()).unwrap());
        let status = &mut pod.pod_mut().unwrap().status;
        status.phase = Some("Running".into());
        status.conditions.get_or_insert_default().retain(|it| it.type_ != "Ready");
        status.conditions.get_or_insert_default().push(PodCondition {
            type_: "Ready".into(),
            status: "True".into(),
            last_transition_time: Some(now),
            ..PodCondition::default()
        });
        self.ask(Request::update_status(pod));
    }

    fn ticks(&mut self, count: usize) {
        for _ in 0..count {
            self.tick();
        }
    }

    fn active(&self) -> Vec<&Object> {
        let pods = self.view().list(Kind::Pod, "demo").map(|it| &**it);
        pods.filter(|it| !it.meta.is_terminating()).collect()
    }

    fn images(&self) -> Vec<String> {
        let pods = self.active().into_iter().map(|it| &it.pod().unwrap().spec.containers[0].image);
        pods.map(|it| it.clone().unwrap()).collect()
    }

    fn status(&self) -> Value {
        let object = self.view().get(Kind::Deployment, "demo", "web").unwrap();
        object.to_value()["status"].clone()
    }

    fn condition(&self, type_: &str) -> String {
        let status = self.status();
        let conditions = status["conditions"].as_array().unwrap();
        let found = conditions.iter().find(|it| it["type"] == type_).unwrap();
        format!("{} {}", found["status"].as_str().unwrap(), found["reason"].as_str().unwrap())
    }

    /// Events as `reason message`, in order of their first time.
    fn events(&self, kind: Kind) -> Vec<String> {
        let mut events: Vec<_> =
            self.view().list(Kind::Event, "demo").filter_map(|it| it.event()).collect();
        events.retain(|it| it.involved.kind == kind);
        events.sort_by_key(|it| it.first);
        events.iter().map(|it| format!("{} {}", it.reason, it.message)).collect()
    }

    fn sets(&self) -> Vec<String> {
        let describe = |it: &std::sync::Arc<Object>| {
            let set = it.replica_set().unwrap();
            let revision = it.meta.annotation("deployment.kubernetes.io/revision").unwrap_or("-");
            let history = it.meta.annotation("deployment.kubernetes.io/revision-history");
            let replicas = set.spec.as_ref().unwrap().replicas.unwrap();
            format!("{revision}({}) {replicas}", history.unwrap_or_default())
        };
        let mut sets: Vec<_> = self.view().list(Kind::ReplicaSet, "demo").map(describe).collect();
        sets.sort();
        sets
    }
}

/// RFC 7386, as far as the tests need it.
fn merge(document: &mut Value, patch: Value) {
    match patch {
        Value::Object(fields) => {
            for (key, value) in fields {
                merge(&mut document[key], value);
            }
        }
        value => *document = value,
    }
}

fn image(image: &str) -> Value {
    json!({ "spec": { "template": { "spec": { "containers": [{ "name": "web", "image": image }] } } } })
}

#[test]
fn a_new_deployment_gets_its_pods_and_tells_so() {
    let mut stage = Stage::new();
    stage.deployment(3, json!({}));
    stage.ticks(10);
    assert_eq!(stage.images(), ["nginx:1", "nginx:1", "nginx:1"]);
    let status = stage.status();
    assert_eq!(status["observedGeneration"], 1);
    for count in ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"] {
        assert_eq!(status[count], 3, "{count}");
    }
    assert_eq!(status["unavailableReplicas"], Value::Null);
    assert_eq!(stage.condition("Available"), "True MinimumReplicasAvailable");
    assert_eq!(stage.condition("Progressing"), "True NewReplicaSetAvailable");
    let events = stage.events(Kind::Deployment);
    assert_eq!(events.len(), 1);
    assert!(events[0].starts_with("ScalingReplicaSet Scaled up replica set web-"), "{events:?}");
    assert!(events[0].ends_with(" from 0 to 3"), "{events:?}");
    let created = stage.events(Kind::ReplicaSet);
    assert_eq!(created.len(), 3);
    assert!(created[0].starts_with("SuccessfulCreate Created pod: web-"), "{created:?}");
    assert_eq!(stage.sets(), ["1() 3"]);
}

#[test]
fn a_rollback_takes_up_the_old_replica_set_under_a_new_number() {
    let mut stage = Stage::new();
    stage.deployment(2, json!({}));
    stage.ticks(10);
    stage.patch("web", image("nginx:2"));
    stage.ticks(40);
    assert_eq!(stage.images(), ["nginx:2", "nginx:2"]);
    assert_eq!(stage.sets(), ["1() 0", "2() 2"]);
    stage.patch("web", image("nginx:1"));
    stage.ticks(40);
    assert_eq!(stage.images(), ["nginx:1", "nginx:1"]);
    assert_eq!(stage.sets(), ["2() 0", "3(1) 2"]);
    let deployment = stage.view().get(Kind::Deployment, "demo", "web").unwrap();
    assert_eq!(deployment.meta.annotation("deployment.kubernetes.io/revision"), Some("3"));
}

#[test]
fn a_broken_image_leaves_the_old_pods_and_runs_into_the_deadline() {
    let mut stage = Stage::new();
    stage.deployment(3, json!({}));
    stage.ticks(10);
    stage.patch("web", image("nginx:broken"));
    stage.ticks(10);
    assert_eq!(stage.images().iter().filter(|it| *it == "nginx:1").count(), 3);
    assert_eq!(stage.condition("Progressing"), "True ReplicaSetUpdated");
    assert_eq!(stage.status()["unavailableReplicas"], 1);
    let deadline = stage.cluster.now() + SimDuration::seconds(598);
    stage.cluster.advance(deadline);
    assert_eq!(stage.condition("Progressing"), "True ReplicaSetUpdated");
    stage.cluster.advance(deadline + SimDuration::seconds(4));
    assert_eq!(stage.condition("Progressing"), "False ProgressDeadlineExceeded");
    assert_eq!(stage.condition("Available"), "True MinimumReplicasAvailable");
}

#[test]
fn recreate_waits_for_the_end_of_the_old_pods() {
    let mut stage = Stage::new();
    stage.deployment(3, json!({ "type": "Recreate" }));
    stage.ticks(10);
    stage.patch("web", image("nginx:2"));
    for _ in 0..20 {
        stage.tick();
        let images = stage.images();
        assert!(images.windows(2).all(|it| it[0] == it[1]), "both versions run: {images:?}");
    }
    assert_eq!(stage.images(), ["nginx:2", "nginx:2", "nginx:2"]);
    assert_eq!(stage.condition("Progressing"), "True NewReplicaSetAvailable");
}

#[test]
fn min_ready_seconds_hold_availability_back() {
    let mut stage = Stage::new();
    stage.deployment(1, json!({}));
    stage.patch("web", json!({ "spec": { "minReadySeconds": 10 } }));
    stage.ticks(20);
    assert_eq!(stage.status()["readyReplicas"], 1);
    assert_eq!(stage.condition("Available"), "False MinimumReplicasUnavailable");
    stage.ticks(100);
    assert_eq!(stage.condition("Available"), "True MinimumReplicasAvailable");
    assert_eq!(stage.condition("Progressing"), "True NewReplicaSetAvailable");
}

#[test]
fn a_pause_stops_the_rollout_but_not_scaling() {
    let mut stage = Stage::new();
    stage.deployment(2, json!({}));
    stage.ticks(10);
    stage.patch("web", json!({ "spec": { "paused": true } }));
    stage.patch("web", image("nginx:2"));
    stage.patch("web", json!({ "spec": { "replicas": 4 } }));
    stage.ticks(10);
    assert_eq!(stage.images(), ["nginx:1"; 4]);
    assert_eq!(stage.condition("Progressing"), "Unknown DeploymentPaused");
    stage.patch("web", json!({ "spec": { "paused": false } }));
    stage.ticks(60);
    assert_eq!(stage.images(), ["nginx:2"; 4]);
    assert_eq!(stage.condition("Progressing"), "True NewReplicaSetAvailable");
}

#[test]
fn only_so_many_old_replica_sets_are_kept() {
    let mut stage = Stage::new();
    stage.deployment(1, json!({}));
    stage.patch("web", json!({ "spec": { "revisionHistoryLimit": 1 } }));
    for tag in 2..6 {
        stage.patch("web", image(&format!("nginx:{tag}")));
        stage.ticks(40);
    }
    assert_eq!(stage.sets(), ["3() 0", "4() 1"]);
}
