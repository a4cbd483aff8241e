//! Controllers on a whole cluster whose pods are made ready by the test instead of kubelets.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]

use opsdrill_engine::api::{
    Identity, Options, Payload, Propagation, Request, Subresource, Target, Verb,
};
use opsdrill_engine::controllers::fall_silent;
use opsdrill_engine::{Cluster, ClusterConfig, SimDuration, View};
use opsdrill_objects::decode::decode_object;
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
    /// How many pods the last settled rollout asked for.
    most_asked: i64,
}

impl Stage {
    fn new() -> Self {
        let mut cluster = Cluster::new(ClusterConfig::default());
        cluster.bootstrap();
        let mut stage = Self { cluster, broken: "broken", most_asked: 6 };
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
        let number = pod.meta.resource_version;
        let now = Time(Timestamp::from_second(self.cluster.unix_now()).unwrap());
        let status = &mut pod.pod_mut().unwrap().status;
        status.phase = Some("Running".into());
        // Any address that differs from pod to pod.
        status.pod_ip = Some(format!("10.244.{}.{}", number / 250 % 250, number % 250 + 1));
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

    fn names(&self) -> Vec<String> {
        self.active().into_iter().map(|it| it.meta.name.to_string()).collect()
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

#[test]
fn a_deployments_end_in_the_background_takes_all_with_it() {
    let mut stage = Stage::new();
    stage.deployment(3, json!({}));
    stage.ticks(10);
    stage.delete(Kind::Deployment, "web", Propagation::Background);
    assert!(stage.view().get(Kind::Deployment, "demo", "web").is_none());
    stage.ticks(10);
    assert_eq!(stage.sets(), [""; 0]);
    assert_eq!(stage.images(), [""; 0]);
}

#[test]
fn a_deployments_end_in_the_foreground_waits_for_its_pods() {
    let mut stage = Stage::new();
    stage.deployment(3, json!({}));
    stage.ticks(10);
    stage.delete(Kind::Deployment, "web", Propagation::Foreground);
    let later = stage.cluster.now() + SimDuration::seconds(2);
    stage.cluster.advance(later);
    assert!(
        stage.view().get(Kind::Deployment, "demo", "web").is_some(),
        "its pods are still ending"
    );
    assert_eq!(stage.images(), [""; 0], "all pods were asked to end");
    assert_eq!(stage.view().list(Kind::Pod, "demo").count(), 3);
    stage.ticks(10);
    assert!(stage.view().get(Kind::Deployment, "demo", "web").is_none());
    assert_eq!(stage.view().list(Kind::Pod, "demo").count(), 0);
}

#[test]
fn orphans_are_adopted_by_a_new_deployment() {
    let mut stage = Stage::new();
    stage.deployment(3, json!({}));
    stage.ticks(10);
    let before = stage.names();
    stage.delete(Kind::Deployment, "web", Propagation::Orphan);
    stage.ticks(10);
    assert!(stage.view().get(Kind::Deployment, "demo", "web").is_none());
    assert_eq!(stage.names(), before);
    let orphan = stage.view().list(Kind::ReplicaSet, "demo").next().unwrap();
    assert!(orphan.meta.owners.is_empty());
    stage.deployment(3, json!({}));
    stage.ticks(10);
    assert_eq!(stage.names(), before);
    assert_eq!(stage.sets(), ["1() 3"]);
    assert_eq!(stage.condition("Progressing"), "True NewReplicaSetAvailable");
}

#[test]
fn a_pod_whose_label_changes_is_let_go_and_replaced() {
    let mut stage = Stage::new();
    stage.deployment(2, json!({}));
    stage.ticks(10);
    let mut pod = stage.active()[0].clone();
    pod.meta.set_label("app", Some("quarantine"));
    stage.ask(Request::update(pod.clone()));
    stage.ticks(5);
    let stored = stage.view().by_uid(pod.meta.uid).unwrap();
    assert!(stored.meta.owners.is_empty());
    assert_eq!(stage.active().len(), 3);
}

#[test]
fn a_namespace_is_emptied_and_goes() {
    let mut stage = Stage::new();
    stage.deployment(2, json!({}));
    stage.ticks(10);
    stage.delete(Kind::Namespace, "demo", Propagation::Background);
    stage.cluster.advance(stage.cluster.now() + SimDuration::seconds(6));
    let namespace = stage.view().get(Kind::Namespace, "", "demo").unwrap().to_value();
    let conditions = namespace["status"]["conditions"].as_array().unwrap();
    let messages: Vec<_> = conditions.iter().map(|it| it["message"].as_str().unwrap()).collect();
    assert_eq!(messages[3], "Some resources are remaining: pods. has 2 resource instances");
    stage.tick();
    // The status was written at the fifth second and is looked at again five seconds later.
    stage.cluster.advance(stage.cluster.now() + SimDuration::seconds(5));
    assert!(stage.view().get(Kind::Namespace, "", "demo").is_none());
    assert_eq!(stage.view().list(Kind::ConfigMap, "demo").count(), 0);
}

#[test]
fn every_namespace_has_an_account_and_the_root_ca_and_gets_them_back() {
    let mut stage = Stage::new();
    stage.tick();
    stage.delete(Kind::ServiceAccount, "default", Propagation::Background);
    stage.delete(Kind::ConfigMap, "kube-root-ca.crt", Propagation::Background);
    stage.tick();
    assert!(stage.view().get(Kind::ServiceAccount, "demo", "default").is_some());
    let bundle = stage.view().get(Kind::ConfigMap, "demo", "kube-root-ca.crt").unwrap();
    assert!(bundle.to_value()["data"]["ca.crt"].as_str().unwrap().starts_with("-----BEGIN"));
}

fn service(port: Value) -> Value {
    let spec = json!({ "selector": { "app": "web" }, "ports": [port] });
    json!({ "metadata": { "name": "web" }, "spec": spec })
}

#[test]
fn endpoints_follow_the_pods() {
    let mut stage = Stage::new();
    stage.create(Kind::Service, service(json!({ "port": 80, "targetPort": 8080 })));
    stage.tick();
    let slices = |stage: &Stage| -> Vec<Value> {
        stage.view().list(Kind::EndpointSlice, "demo").map(|it| it.to_value()).collect()
    };
    let empty = slices(&stage);
    assert_eq!(empty.len(), 1, "a service without pods has an empty slice");
    stage.deployment(2, json!({}));
    stage.ticks(10);
    let endpoints = stage.view().get(Kind::Endpoints, "demo", "web").unwrap().to_value();
    assert_eq!(endpoints["subsets"][0]["addresses"].as_array().unwrap().len(), 2);
    assert_eq!(endpoints["subsets"][0]["ports"], json!([{ "port": 8080, "protocol": "TCP" }]));
    let slice = slices(&stage).remove(0);
    assert_eq!(slice["metadata"]["name"], empty[0]["metadata"]["name"], "the slice is used again");
    assert_eq!(slice["endpoints"].as_array().unwrap().len(), 2);
    assert_eq!(slice["metadata"]["labels"]["kubernetes.io/service-name"], "web");
    let first = stage.active()[0].clone();
    stage.ask(Request::delete(Kind::Pod, "demo", &first.meta.name));
    stage.cluster.advance(stage.cluster.now() + SimDuration(200));
    let slice = slices(&stage).remove(0);
    let leaving = slice["endpoints"].as_array().unwrap().iter();
    let leaving: Vec<_> = leaving.filter(|it| it["conditions"]["terminating"] == true).collect();
    assert_eq!(leaving.len(), 1);
    assert_eq!(
        leaving[0]["conditions"],
        json!({ "ready": false, "serving": true, "terminating": true })
    );
    let endpoints = stage.view().get(Kind::Endpoints, "demo", "web").unwrap().to_value();
    assert_eq!(endpoints["subsets"][0]["addresses"].as_array().unwrap().len(), 1);
    stage.delete(Kind::Service, "web", Propagation::Background);
    stage.ticks(3);
    assert!(stage.view().get(Kind::Endpoints, "demo", "web").is_none());
    assert_eq!(slices(&stage).len(), 0, "slices go with their service");
}

#[test]
fn a_hundred_endpoints_fill_a_slice() {
    let mut stage = Stage::new();
    stage.create(Kind::Service, service(json!({ "port": 80 })));
    stage.deployment(230, json!({}));
    stage.ticks(10);
    let sizes = |stage: &Stage| {
        let slices = stage.view().list(Kind::EndpointSlice, "demo");
        let mut sizes: Vec<_> =
            slices.map(|it| it.endpoint_slice().unwrap().endpoints.len()).collect();
        sizes.sort_unstable();
        sizes
    };
    assert_eq!(sizes(&stage).iter().sum::<usize>(), 230);
    assert!(sizes(&stage).iter().all(|it| *it <= 100), "{:?}", sizes(&stage));
    stage.patch("web", json!({ "spec": { "replicas": 5 } }));
    stage.ticks(10);
    assert_eq!(sizes(&stage).iter().sum::<usize>(), 5);
}

fn node(name: &str) -> Value {
    let ready = json!({ "type": "Ready", "status": "True", "reason": "KubeletReady" });
    json!({ "metadata": { "name": name }, "status": { "conditions": [ready] } })
}

#[test]
fn pods_leave_a_silent_node_after_their_patience() {
    let mut stage = Stage::new();
    for name in ["stage", "other"] {
        stage.create(Kind::Node, node(name));
        let mut object = (**stage.view().get(Kind::Node, "", name).unwrap()).clone();
        let body: Object = decode_object(Kind::Node, node(name)).unwrap().value;
        object.body = body.body;
        stage.ask(Request::update_status(object));
    }
    stage.deployment(1, json!({}));
    stage.ticks(10);
    let pod = stage.active()[0].clone();
    fall_silent(stage.cluster.world_mut(), &pod.pod().unwrap().node_name.clone().unwrap());
    let fallen = stage.cluster.now();
    let status = |stage: &Stage| stage.view().by_uid(pod.meta.uid).map(|it| it.to_value());
    stage.cluster.advance(fallen + SimDuration::seconds(49));
    assert!(stage.active()[0].pod().unwrap().is_ready());
    stage.cluster.advance(fallen + SimDuration::seconds(51));
    assert!(!stage.active()[0].pod().unwrap().is_ready(), "{:?}", status(&stage));
    let name = pod.pod().unwrap().node_name.clone().unwrap();
    let silent = stage.view().get(Kind::Node, "", &name).unwrap().to_value();
    assert_eq!(
        silent["status"]["conditions"][0]["message"],
        "Kubelet stopped posting node status."
    );
    let taints = silent["spec"]["taints"].as_array().unwrap();
    let effects: Vec<_> = taints.iter().map(|it| it["effect"].as_str().unwrap()).collect();
    assert_eq!(effects, ["NoSchedule", "NoExecute"]);
    assert_eq!(taints[0]["key"], "node.kubernetes.io/unreachable");
    stage.cluster.advance(fallen + SimDuration::seconds(345));
    assert!(!stage.view().by_uid(pod.meta.uid).unwrap().meta.is_terminating());
    stage.cluster.advance(fallen + SimDuration::seconds(355));
    assert!(stage.view().by_uid(pod.meta.uid).unwrap().meta.is_terminating());
    let text = format!("TaintManagerEviction Marking for deletion Pod demo/{}", pod.meta.name);
    assert!(stage.events(Kind::Pod).contains(&text));
}

#[test]
fn a_cordoned_node_is_tainted_and_an_uncordoned_one_is_not() {
    let mut stage = Stage::new();
    stage.create(Kind::Node, node("a"));
    for (unschedulable, taints) in [(true, 1), (false, 0)] {
        let mut object = (**stage.view().get(Kind::Node, "", "a").unwrap()).clone();
        object.node_mut().unwrap().spec.get_or_insert_default().unschedulable = Some(unschedulable);
        stage.ask(Request::update(object));
        stage.tick();
        stage.tick();
        let stored = stage.view().get(Kind::Node, "", "a").unwrap().to_value();
        let found = stored["spec"]["taints"].as_array().map_or(0, Vec::len);
        assert_eq!(found, taints, "{stored}");
    }
}

/// Whatever is asked for and in whatever order, a rolling update keeps its promises and comes to an end.
#[test]
fn rollouts_stay_within_their_bounds_and_converge() {
    for seed in 0..12 {
        let mut stage = Stage::new();
        stage.deployment(6, json!({ "rollingUpdate": { "maxSurge": 2, "maxUnavailable": 1 } }));
        stage.ticks(15);
        let (mut random, mut replicas, mut settled) = (Lcg(seed), 6, 6);
        for _ in 0..12 {
            match random.below(5) {
                0 => {
                    replicas = 1 + random.below(12) as i64;
                    stage.patch("web", json!({ "spec": { "replicas": replicas } }));
                    settled = settled.min(replicas);
                }
                1 => stage.patch("web", json!({ "spec": { "paused": random.below(2) == 0 } })),
                2 if !stage.active().is_empty() => {
                    let pods = stage.active();
                    let name = pods[random.below(pods.len() as u64) as usize].meta.name.clone();
                    stage.ask(Request::delete(Kind::Pod, "demo", &name));
                    // A pod that somebody deletes is missing through no fault of the rollout.
                    settled = 0;
                }
                _ => {
                    let tag = format!("nginx:{}", random.below(4));
                    stage.patch("web", image(&tag));
                }
            }
            for _ in 0..random.below(12) {
                stage.tick();
                let active = stage.active();
                let most = stage.most_asked.max(replicas) + 2;
                assert!((active.len() as i64) <= most, "seed {seed}: {} of {most}", active.len());
                let ready = active.iter().filter(|it| it.pod().unwrap().is_ready()).count() as i64;
                assert!(ready >= settled - 1, "seed {seed}: {ready} ready, {settled} promised");
            }
            stage.most_asked = replicas;
            if stage.condition("Progressing") == "True NewReplicaSetAvailable" {
                settled = stage.status()["availableReplicas"].as_i64().unwrap().min(replicas);
            }
        }
        stage.patch("web", json!({ "spec": { "paused": false } }));
        stage.patch("web", image("nginx:last"));
        stage.ticks(150);
        assert_eq!(stage.images(), vec!["nginx:last"; replicas as usize], "seed {seed}");
        assert_eq!(stage.condition("Progressing"), "True NewReplicaSetAvailable", "seed {seed}");
        let quiet = stage.view().list(Kind::ReplicaSet, "demo").map(|it| it.meta.resource_version);
        let before: Vec<_> = quiet.collect();
        stage.ticks(20);
        let after = stage.view().list(Kind::ReplicaSet, "demo").map(|it| it.meta.resource_version);
        assert_eq!(before, after.collect::<Vec<_>>(), "seed {seed}: nothing is left to do");
    }
}

/// Numbers that look random and are the same in every run.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
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
