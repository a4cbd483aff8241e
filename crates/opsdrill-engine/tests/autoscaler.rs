//! Horizontal autoscalers on a whole cluster whose programs hold as much memory as the test says.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]

use opsdrill_engine::api::{Identity, PatchType, Payload, Request, Target, Verb};
use opsdrill_engine::kubelet::{self, NodeSpec};
use opsdrill_engine::physical::{self, Parameter, ProcessSelector};
use opsdrill_engine::{Cluster, ClusterConfig, SimDuration};
use opsdrill_objects::Kind;
use serde_json::{Value, json};

const MIB: u64 = 1 << 20;

struct Stage {
    cluster: Cluster,
}

impl Stage {
    /// A Deployment of nginx whose pods request a hundred MiB of memory and a tenth of a core.
    fn new(replicas: i32) -> Self {
        let mut cluster = Cluster::new(ClusterConfig::default());
        cluster.bootstrap();
        kubelet::register_node(cluster.world_mut(), &NodeSpec::named("worker-0")).unwrap();
        let mut stage = Self { cluster };
        stage.pass(2);
        let requests = json!({ "requests": { "cpu": "100m", "memory": "100Mi" } });
        stage.deployment("web", replicas, &requests);
        stage.pass(60);
        stage
    }

    fn create(&mut self, kind: Kind, document: Value) {
        let verb = Verb::Create(Payload::Document(document));
        let request = Request::new(verb, Target::one(kind, "default", ""));
        self.cluster.handle(&Identity::admin("trainee"), request).result.unwrap();
    }

    fn deployment(&mut self, name: &str, replicas: i32, resources: &Value) {
        let labels = json!({ "app": name });
        let container = json!({ "name": "nginx", "image": "nginx:1.27", "resources": resources });
        let spec = json!({
            "replicas": replicas,
            "selector": { "matchLabels": labels },
            "template": { "metadata": { "labels": labels }, "spec": { "containers": [container] } },
        });
        self.create(Kind::Deployment, json!({ "metadata": { "name": name }, "spec": spec }));
    }

    /// An autoscaler of `web` from 2 to 8 replicas, unless `spec` says otherwise.
    fn autoscaler(&mut self, name: &str, metrics: &Value, spec: &Value) {
        let mut all = json!({
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" },
            "minReplicas": 2, "maxReplicas": 8, "metrics": metrics,
        });
        all.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        let document = json!({ "metadata": { "name": name }, "spec": all });
        self.create(Kind::HorizontalPodAutoscaler, document);
    }

    /// What each process holds from now on, in MiB.
    fn hold(&mut self, mib: u64) {
        let all = ProcessSelector::default();
        let world = self.cluster.world_mut();
        physical::set_parameter(world, &all, Parameter::MemoryBytes, mib * MIB);
    }

    fn pass(&mut self, seconds: u64) {
        let until = self.cluster.now() + SimDuration::seconds(seconds);
        self.cluster.advance(until);
    }

    fn patch(&mut self, kind: Kind, name: &str, patch: Value) {
        let target = Target::one(kind, "default", name);
        let request = Request::new(Verb::Patch(PatchType::Merge, patch), target);
        self.cluster.handle(&Identity::admin("trainee"), request).result.unwrap();
    }

    fn replicas(&self) -> i64 {
        let view = self.cluster.view();
        let deployment = view.get(Kind::Deployment, "default", "web").unwrap().to_value();
        deployment["spec"]["replicas"].as_i64().unwrap()
    }

    fn status(&self, name: &str) -> Value {
        let view = self.cluster.view();
        let object = view.get(Kind::HorizontalPodAutoscaler, "default", name).unwrap();
        object.to_value()["status"].clone()
    }

    /// `type=status reason` of each condition.
    fn conditions(&self) -> Vec<String> {
        let status = self.status("web");
        let conditions = status["conditions"].as_array().unwrap().iter();
        let text = |it: &Value| it.as_str().unwrap().to_owned();
        conditions
            .map(|it| {
                format!("{}={} {}", text(&it["type"]), text(&it["status"]), text(&it["reason"]))
            })
            .collect()
    }

    /// `reason: message` of the events about autoscalers, in order of their making.
    fn told(&self) -> Vec<String> {
        let events = self.cluster.view().list(Kind::Event, "default");
        let mut events: Vec<_> = events
            .filter_map(|it| it.event().map(|event| (it.meta.resource_version, event)))
            .filter(|(_, it)| it.involved.kind == Kind::HorizontalPodAutoscaler)
            .collect();
        events.sort_by_key(|it| it.1.first);
        events.iter().map(|(_, it)| format!("{}: {}", it.reason, it.message)).collect()
    }
}

fn memory(percent: i32) -> Value {
    let target = json!({ "type": "Utilization", "averageUtilization": percent });
    json!([{ "type": "Resource", "resource": { "name": "memory", "target": target } }])
}

#[test]
fn it_scales_up_to_what_is_used() {
    let mut stage = Stage::new(2);
    stage.hold(120);
    stage.pass(60);
    stage.autoscaler("web", &memory(80), &json!({}));
    stage.pass(14);
    assert_eq!(stage.status("web")["conditions"], Value::Null, "its first turn comes after 15 s");
    stage.pass(2);
    // 120 MiB and what nginx itself holds, of a hundred.
    let used = stage.status("web")["currentMetrics"][0]["resource"]["current"].clone();
    let percent = used["averageUtilization"].as_i64().unwrap();
    assert!((120..160).contains(&percent), "{used}");
    let wanted = (2 * percent + 79) / 80;
    assert_eq!(stage.replicas(), wanted);
    assert_eq!(
        stage.conditions(),
        [
            "AbleToScale=True SucceededRescale",
            "ScalingActive=True ValidMetricFound",
            "ScalingLimited=False DesiredWithinRange",
        ]
    );
    let status = stage.status("web");
    assert_eq!(
        (&status["currentReplicas"], &status["desiredReplicas"]),
        (&json!(2), &json!(wanted))
    );
    assert!(status["lastScaleTime"].is_string());
    assert_eq!(
        stage.told(),
        [format!(
            "SuccessfulRescale: New size: {wanted}; reason: memory resource utilization (percentage of request) above target"
        )]
    );
    // The new pods come to hold as much: it goes on, never further than allowed.
    for _ in 0..3 {
        stage.hold(120);
        stage.pass(60);
    }
    assert_eq!(stage.replicas(), 8);
    assert_eq!(stage.conditions()[2], "ScalingLimited=True TooManyReplicas");
}

#[test]
fn it_scales_down_five_minutes_later() {
    let mut stage = Stage::new(4);
    stage.hold(82);
    stage.pass(60);
    stage.autoscaler("web", &memory(90), &json!({}));
    stage.pass(60);
    assert_eq!(stage.replicas(), 4);
    stage.hold(0);
    stage.pass(240);
    assert_eq!(stage.replicas(), 4);
    assert_eq!(stage.conditions()[0], "AbleToScale=True ScaleDownStabilized");
    stage.pass(240);
    assert_eq!(stage.replicas(), 2);
    assert_eq!(stage.conditions()[2], "ScalingLimited=True TooFewReplicas");
    let told = stage.told();
    let last = "SuccessfulRescale: New size: 2; reason: All metrics below target";
    assert!(told.iter().any(|it| it == last), "{told:?}");
}

#[test]
fn behaviour_says_how_fast() {
    let mut stage = Stage::new(6);
    let policy = |value: i32| json!([{ "type": "Pods", "value": value, "periodSeconds": 60 }]);
    let down = json!({ "stabilizationWindowSeconds": 0, "policies": policy(1) });
    let up = json!({ "policies": policy(2) });
    stage.autoscaler(
        "web",
        &memory(90),
        &json!({ "behavior": { "scaleDown": down, "scaleUp": up } }),
    );
    stage.pass(16);
    assert_eq!(stage.replicas(), 5);
    assert_eq!(stage.conditions()[2], "ScalingLimited=True ScaleDownLimit");
    stage.pass(30);
    assert_eq!(stage.replicas(), 5, "one a minute");
    stage.pass(30);
    assert_eq!(stage.replicas(), 4);
    stage.pass(180);
    assert_eq!(stage.replicas(), 2);
    stage.hold(400);
    stage.pass(30);
    assert_eq!(stage.replicas(), 4, "two a minute");
    assert_eq!(stage.conditions()[2], "ScalingLimited=True ScaleUpLimit");
}

#[test]
fn a_policy_can_forbid_a_direction() {
    let mut stage = Stage::new(4);
    let down = json!({ "selectPolicy": "Disabled" });
    stage.autoscaler("web", &memory(90), &json!({ "behavior": { "scaleDown": down } }));
    stage.pass(600);
    assert_eq!(stage.replicas(), 4);
}

#[test]
fn bounds_hold_whatever_is_used() {
    let mut stage = Stage::new(1);
    stage.autoscaler("web", &memory(80), &json!({ "minReplicas": 3 }));
    stage.pass(16);
    assert_eq!(stage.replicas(), 3);
    stage.patch(
        Kind::HorizontalPodAutoscaler,
        "web",
        json!({ "spec": { "minReplicas": 1, "maxReplicas": 2 } }),
    );
    stage.pass(15);
    assert_eq!(stage.replicas(), 2);
    stage.patch(Kind::Deployment, "web", json!({ "spec": { "replicas": 0 } }));
    stage.pass(60);
    assert_eq!(stage.replicas(), 0);
    assert_eq!(stage.conditions()[1], "ScalingActive=False ScalingDisabled");
    assert_eq!(
        stage.told(),
        [
            "SuccessfulRescale: New size: 3; reason: Current number of replicas below Spec.MinReplicas",
            "SuccessfulRescale: New size: 2; reason: Current number of replicas above Spec.MaxReplicas",
        ]
    );
}

#[test]
fn an_average_value_counts_without_requests() {
    let mut stage = Stage::new(2);
    stage.hold(200);
    stage.pass(60);
    let target = json!({ "type": "AverageValue", "averageValue": "100Mi" });
    let metrics =
        json!([{ "type": "Resource", "resource": { "name": "memory", "target": target } }]);
    stage.autoscaler("web", &metrics, &json!({}));
    stage.pass(16);
    assert!(stage.replicas() >= 4, "{}", stage.replicas());
    let told = stage.told();
    assert!(told[0].ends_with("reason: memory resource above target"), "{told:?}");
}

#[test]
fn a_missing_request_is_told() {
    let mut stage = Stage::new(2);
    stage.deployment("bare", 1, &json!({}));
    stage.pass(30);
    let target = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "name": "bare" });
    stage.autoscaler("web", &memory(80), &json!({ "scaleTargetRef": target, "minReplicas": 1 }));
    stage.pass(16);
    let pods = stage.cluster.view().list(Kind::Pod, "default");
    let mut pods = pods.filter(|it| it.meta.name.starts_with("bare-"));
    let pod = pods.next().unwrap().meta.name.clone();
    let text = format!(
        "failed to get memory utilization: missing request for memory in container nginx of Pod {pod}"
    );
    assert_eq!(
        stage.told(),
        [
            format!("FailedGetResourceMetric: {text}"),
            format!(
                "FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get memory resource metric value: {text}"
            ),
        ]
    );
    assert_eq!(stage.conditions()[1], "ScalingActive=False FailedGetResourceMetric");
    let status = stage.status("web");
    assert_eq!(status["currentMetrics"], json!([{ "type": "" }]));
    assert_eq!((&status["currentReplicas"], &status["desiredReplicas"]), (&json!(1), &json!(0)));
}

#[test]
fn nobody_serves_other_metrics() {
    let mut stage = Stage::new(2);
    let value = json!({ "type": "AverageValue", "averageValue": "10" });
    let metric = json!({ "name": "hits" });
    let service = json!({ "apiVersion": "v1", "kind": "Service", "name": "web" });
    let metrics = json!([
        { "type": "Pods", "pods": { "metric": metric, "target": value } },
        { "type": "Object", "object": {
            "metric": metric, "describedObject": service, "target": { "type": "Value", "value": "10" } } },
        { "type": "External", "external": {
            "metric": { "name": "queue", "selector": { "matchLabels": { "type": "jobs" } } }, "target": value } },
    ]);
    stage.autoscaler("web", &metrics, &json!({}));
    stage.pass(16);
    let custom = "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered";
    assert_eq!(
        stage.told(),
        [
            format!("FailedGetPodsMetric: unable to get metric hits: {custom}"),
            format!("FailedGetObjectMetric: unable to get metric hits: Service on default web/{custom}"),
            "FailedGetExternalMetric: unable to get external metric default/queue/&LabelSelector{MatchLabels:map[string]string{type: jobs,},MatchExpressions:[]LabelSelectorRequirement{},}: unable to fetch metrics from external metrics API: the server could not find the requested resource (get queue.external.metrics.k8s.io)".to_owned(),
            format!("FailedComputeMetricsReplicas: invalid metrics (3 invalid out of 3), first error is: failed to get pods metric value: unable to get metric hits: {custom}"),
        ]
    );
}

#[test]
fn one_metric_that_works_is_enough_to_scale_up() {
    let mut stage = Stage::new(2);
    stage.hold(200);
    stage.pass(60);
    let value = json!({ "type": "AverageValue", "averageValue": "10" });
    let pods = json!({ "type": "Pods", "pods": { "metric": { "name": "hits" }, "target": value } });
    stage.autoscaler("web", &json!([pods, memory(80)[0]]), &json!({}));
    stage.pass(16);
    assert_eq!(stage.replicas(), 4);
    assert_eq!(stage.conditions()[1], "ScalingActive=True ValidMetricFound");
    assert_eq!(stage.conditions()[2], "ScalingLimited=True ScaleUpLimit");
}

#[test]
fn a_target_that_is_not_there_is_told() {
    let mut stage = Stage::new(2);
    for (name, version, kind, target) in [
        ("a", "apps/v1", "Deployment", "nope"),
        ("b", "v1", "Deployment", "web"),
        ("c", "v1", "ConfigMap", "kube-root-ca.crt"),
    ] {
        let target = json!({ "apiVersion": version, "kind": kind, "name": target });
        stage.autoscaler(name, &memory(80), &json!({ "scaleTargetRef": target }));
    }
    stage.pass(16);
    let mut told = stage.told();
    told.sort();
    assert_eq!(
        told,
        [
            "FailedGetScale: deployments.apps \"nope\" not found",
            "FailedGetScale: no matches for kind \"Deployment\" in group \"\"",
            "FailedGetScale: the server could not find the requested resource",
        ]
    );
}

#[test]
fn two_autoscalers_of_the_same_pods_do_nothing() {
    let mut stage = Stage::new(2);
    stage.hold(200);
    stage.autoscaler("web", &memory(80), &json!({}));
    stage.autoscaler("web-too", &memory(80), &json!({}));
    stage.pass(60);
    assert_eq!(stage.replicas(), 2);
    let text =
        "pods by selector app=web are controlled by multiple HPAs: [default/web default/web-too]";
    let told = stage.told();
    assert!(told.contains(&format!("AmbiguousSelector: {text}")), "{told:?}");
}

#[test]
fn cpu_of_pods_that_start_says_nothing_yet() {
    let mut stage = Stage::new(2);
    let target = json!({ "type": "Utilization", "averageUtilization": 50 });
    let metrics = json!([{ "type": "Resource", "resource": { "name": "cpu", "target": target } }]);
    // A rollout: all pods are new.
    stage.patch(Kind::Deployment, "web", json!({ "spec": { "replicas": 0 } }));
    stage.autoscaler("web", &metrics, &json!({ "minReplicas": 1 }));
    stage.pass(12);
    stage.patch(Kind::Deployment, "web", json!({ "spec": { "replicas": 3 } }));
    stage.pass(4);
    let told = stage.told();
    assert!(
        told.iter().any(|it| it.ends_with("failed to get cpu utilization: no metrics returned from resource metrics API")
            || it.ends_with("failed to get cpu utilization: did not receive metrics for targeted pods (pods might be unready)")),
        "{told:?}"
    );
    assert_eq!(stage.replicas(), 3);
    // Idle servers are too many, once they have been heard of for long enough.
    stage.pass(420);
    assert_eq!(stage.replicas(), 1);
}

#[test]
fn without_a_metrics_server_nothing_is_known() {
    let mut stage = Stage::new(2);
    stage.cluster.remove_metrics_server();
    stage.autoscaler("web", &memory(80), &json!({}));
    stage.pass(16);
    assert_eq!(
        stage.told()[0],
        "FailedGetResourceMetric: failed to get memory utilization: unable to get metrics for resource memory: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"
    );
}

#[test]
fn a_deleted_autoscaler_looks_no_more() {
    let (mut stage, mut other) = (Stage::new(2), Stage::new(2));
    stage.autoscaler("web", &memory(80), &json!({}));
    stage.pass(31);
    let target = Target::one(Kind::HorizontalPodAutoscaler, "default", "web");
    let request = Request::new(Verb::Delete, target);
    stage.cluster.handle(&Identity::admin("trainee"), request).result.unwrap();
    stage.pass(31);
    other.pass(62);
    assert_eq!(stage.cluster.next_event(), other.cluster.next_event());
}
