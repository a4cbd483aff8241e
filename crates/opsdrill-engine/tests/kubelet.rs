//! Kubelets and scheduler through the door: what the API shows of pods that come up and go.

use std::collections::BTreeMap;

use opsdrill_engine::api::{Identity, PatchType, Payload, Request, Subresource, Target, Verb};
use opsdrill_engine::kubelet::{self, NodeSpec};
use opsdrill_engine::{Cluster, ClusterConfig, SimTime};
use opsdrill_objects::Kind;
use serde_json::{Value, json};

fn me() -> Identity {
    Identity::admin("trainee")
}

fn cluster(nodes: &[NodeSpec]) -> Cluster {
    let mut cluster = Cluster::new(ClusterConfig::default());
    cluster.bootstrap();
    create(&mut cluster, Kind::Namespace, "", json!({ "metadata": { "name": "demo" } }));
    // The controllers publish what every pod needs: a ServiceAccount and the cluster's certificate.
    wait(&mut cluster, 1);
    for node in nodes {
        kubelet::register_node(cluster.world_mut(), node).expect("a new name");
    }
    cluster
}

fn three_nodes() -> Vec<NodeSpec> {
    let names = ["worker-0", "worker-1", "worker-2"];
    let one_core = |name| NodeSpec { cpu_millis: 1000, ..NodeSpec::named(name) };
    names.into_iter().map(one_core).collect()
}

fn create(cluster: &mut Cluster, kind: Kind, namespace: &str, document: Value) -> Value {
    let target = Target::one(kind, namespace, "");
    let request = Request::new(Verb::Create(Payload::Document(document)), target);
    let reply = cluster.handle(&me(), request);
    reply.object().expect("the test's objects are valid").to_value()
}

fn pod(cluster: &mut Cluster, name: &str, spec: &Value) {
    let document = json!({ "metadata": { "name": name }, "spec": spec });
    create(cluster, Kind::Pod, "demo", document);
}

fn wait(cluster: &mut Cluster, seconds: u64) {
    let until = SimTime(cluster.now().0 + seconds * 1000);
    cluster.advance(until);
}

fn get(cluster: &Cluster, name: &str) -> Option<Value> {
    cluster.view().get(Kind::Pod, "demo", name).map(|it| it.to_value())
}

fn status(cluster: &Cluster, name: &str) -> Value {
    get(cluster, name).expect("the pod is there")["status"].clone()
}

/// Type, reason, count, component and message of the events about an object, oldest first.
fn events(cluster: &Cluster, name: &str) -> Vec<String> {
    let mut found: Vec<_> = cluster
        .view()
        .list(Kind::Event, "")
        .filter_map(|it| it.event().map(|event| (it.meta.created, it.meta.resource_version, event)))
        .filter(|(.., it)| &*it.involved.name == name)
        .collect();
    found.sort_by_key(|(created, version, _)| (*created, *version));
    let line = |(.., it): &(i64, u64, &opsdrill_objects::event::Event)| {
        let (kind, source) = (it.event_type.as_str(), &it.component);
        format!("{kind} {} x{} {source}: {}", it.reason, it.count, it.message)
    };
    found.iter().map(line).collect()
}

fn conditions(status: &Value) -> BTreeMap<String, (String, String)> {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let conditions = status["conditions"].as_array().expect("conditions").iter();
    conditions
        .map(|it| {
            let why = format!("{} {}", text(&it["reason"]), text(&it["message"]));
            (text(&it["type"]), (text(&it["status"]), why.trim().to_owned()))
        })
        .collect()
}

#[test]
fn a_pod_comes_up() {
    let mut cluster = cluster(&three_nodes()[..1]);
    let container = json!({ "name": "c", "image": "nginx:1.27" });
    pod(&mut cluster, "web", &json!({ "containers": [container] }));
    wait(&mut cluster, 60);
    let status = status(&cluster, "web");
    assert_eq!(status["phase"], "Running", "{status:#}");
    assert_eq!(status["podIP"], "10.244.0.2");
    assert_eq!(status["hostIP"], "172.18.0.2");
    assert_eq!(status["qosClass"], "BestEffort");
    let container = &status["containerStatuses"][0];
    assert_eq!(container["ready"], true);
    assert_eq!(container["started"], true);
    assert_eq!(container["restartCount"], 0);
    assert_eq!(container["lastState"], json!({}));
    assert_eq!(container["volumeMounts"][0]["recursiveReadOnly"], "Disabled");
    let id = container["containerID"].as_str().expect("an id");
    assert_eq!(id.strip_prefix("containerd://").map(str::len), Some(64));
    let all_true =
        |(_, (status, why)): (&String, &(String, String))| status == "True" && why.is_empty();
    assert!(conditions(&status).iter().all(all_true), "{status:#}");
    let order: Vec<&str> = status["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        order,
        ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
    );
    let events = events(&cluster, "web");
    assert_eq!(
        events[0],
        "Normal Scheduled x1 default-scheduler: Successfully assigned demo/web to worker-0"
    );
    assert_eq!(events[1], "Normal Pulling x1 kubelet: Pulling image \"nginx:1.27\"");
    assert!(
        events[2]
            .starts_with("Normal Pulled x1 kubelet: Successfully pulled image \"nginx:1.27\" in ")
    );
    assert!(events[2].ends_with(" bytes."));
    assert_eq!(events[3], "Normal Created x1 kubelet: Created container: c");
    assert_eq!(events[4], "Normal Started x1 kubelet: Started container c");
    assert_eq!(events.len(), 5);
}

#[test]
fn a_second_pod_finds_the_image() {
    let mut cluster = cluster(&three_nodes()[..1]);
    let spec = json!({ "containers": [{ "name": "c", "image": "nginx:1.27" }] });
    pod(&mut cluster, "first", &spec);
    wait(&mut cluster, 60);
    pod(&mut cluster, "second", &spec);
    wait(&mut cluster, 10);
    let told = events(&cluster, "second");
    let expected =
        "Normal Pulled x1 kubelet: Container image \"nginx:1.27\" already present on machine";
    assert_eq!(told[1], expected);
    assert_eq!(status(&cluster, "second")["podIP"], "10.244.0.3");
}

#[test]
fn a_deleted_pod_stops_and_goes() {
    let mut cluster = cluster(&three_nodes()[..1]);
    pod(&mut cluster, "web", &json!({ "containers": [{ "name": "c", "image": "nginx:1.27" }] }));
    wait(&mut cluster, 60);
    cluster.handle(&me(), Request::delete(Kind::Pod, "demo", "web")).object().unwrap();
    assert!(get(&cluster, "web").is_some(), "it has a grace period");
    wait(&mut cluster, 35);
    assert_eq!(get(&cluster, "web"), None);
    assert_eq!(
        events(&cluster, "web").last().unwrap(),
        "Normal Killing x1 kubelet: Stopping container c"
    );
}

/// Recording 132 and 113 (f-cpu).
#[test]
fn too_much_cpu() {
    let mut cluster = cluster(&three_nodes());
    let resources = json!({ "requests": { "cpu": "500" } });
    let container = json!({ "name": "c", "image": "nginx:1.27", "resources": resources });
    pod(&mut cluster, "f-cpu", &json!({ "containers": [container] }));
    wait(&mut cluster, 5);
    let message = "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.";
    let expected = format!("Warning FailedScheduling x1 default-scheduler: {message}");
    assert_eq!(events(&cluster, "f-cpu"), [expected]);
    let status = status(&cluster, "f-cpu");
    assert_eq!(status["phase"], "Pending");
    assert_eq!(
        conditions(&status)["PodScheduled"],
        ("False".to_owned(), format!("Unschedulable {message}"))
    );
}

/// Recording 105: the second event of a pod's version begins a series, whose count is written every half hour.
#[test]
fn what_the_scheduler_tells_again_is_a_series() {
    let mut cluster = cluster(&three_nodes());
    let resources = json!({ "requests": { "cpu": "500" } });
    let container = json!({ "name": "c", "image": "nginx:1.27", "resources": resources });
    pod(&mut cluster, "large", &json!({ "containers": [container] }));
    wait(&mut cluster, 12 * 60);
    let told = |cluster: &Cluster| {
        let events = cluster.view().list(Kind::Event, "demo").map(|it| it.to_value());
        events.filter(|it| it["reason"] == "FailedScheduling").collect::<Vec<_>>()
    };
    // The first attempt has written the reason into the pod, which makes another version of it.
    let [first, again] = &told(&cluster)[..] else { panic!("{:?}", told(&cluster)) };
    assert_eq!(first["series"], Value::Null);
    assert_eq!(again["series"]["count"], 2);
    assert_eq!(again["action"], "Scheduling");
    assert_eq!(again["reportingComponent"], "default-scheduler");
    assert_eq!(again["reportingInstance"], "default-scheduler-control-plane");
    assert_eq!(again["source"], json!({}));
    assert!(again["eventTime"].as_str().unwrap().ends_with(".000000Z"));
    assert_eq!((&again["firstTimestamp"], again.get("count")), (&Value::Null, None));
    wait(&mut cluster, 17 * 60);
    assert_eq!(told(&cluster)[1]["series"]["count"], 2, "it is only counted");
    wait(&mut cluster, 2 * 60);
    assert_eq!(told(&cluster)[1]["series"]["count"], 5);
}

/// Recording 133 and 113 (f-selector); a node with the label changes it.
#[test]
fn no_node_has_the_label() {
    let mut cluster = cluster(&three_nodes());
    let container = json!({ "name": "c", "image": "nginx:1.27" });
    let spec = json!({ "nodeSelector": { "disktype": "ssd" }, "containers": [container] });
    pod(&mut cluster, "f-selector", &spec);
    wait(&mut cluster, 5);
    let message = "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.";
    let expected = format!("Warning FailedScheduling x1 default-scheduler: {message}");
    assert_eq!(events(&cluster, "f-selector"), [expected]);
    let labels = BTreeMap::from([("disktype".to_owned(), "ssd".to_owned())]);
    let node = NodeSpec { labels, ..NodeSpec::named("worker-3") };
    kubelet::register_node(cluster.world_mut(), &node).unwrap();
    wait(&mut cluster, 30);
    assert_eq!(get(&cluster, "f-selector").unwrap()["spec"]["nodeName"], "worker-3");
}

#[test]
fn no_nodes_at_all() {
    let mut cluster = cluster(&[]);
    pod(&mut cluster, "web", &json!({ "containers": [{ "name": "c", "image": "nginx:1.27" }] }));
    wait(&mut cluster, 1);
    let expected =
        "Warning FailedScheduling x1 default-scheduler: no nodes available to schedule pods";
    assert_eq!(events(&cluster, "web"), [expected]);
}

/// Recordings 134 and 135.
#[test]
fn configuration_that_is_not_there() {
    let mut cluster = cluster(&three_nodes()[..1]);
    let settings = json!({ "metadata": { "name": "web-cfg" }, "data": { "A": "1" } });
    create(&mut cluster, Kind::ConfigMap, "demo", settings);
    let from = json!([{ "configMapRef": { "name": "missing-cm" } }]);
    let container = json!({ "name": "c", "image": "nginx:1.27", "envFrom": from });
    pod(&mut cluster, "f-nocm", &json!({ "containers": [container] }));
    let key = json!({ "configMapKeyRef": { "name": "web-cfg", "key": "NOPE" } });
    let env = json!([{ "name": "X", "valueFrom": key }]);
    let container = json!({ "name": "c", "image": "nginx:1.27", "env": env });
    pod(&mut cluster, "f-nokey", &json!({ "containers": [container] }));
    wait(&mut cluster, 90);
    for (name, message) in [
        ("f-nocm", "configmap \"missing-cm\" not found"),
        ("f-nokey", "couldn't find key NOPE in ConfigMap demo/web-cfg"),
    ] {
        let status = status(&cluster, name);
        assert_eq!(status["phase"], "Pending");
        let waiting = json!({ "reason": "CreateContainerConfigError", "message": message });
        assert_eq!(status["containerStatuses"][0]["state"]["waiting"], waiting);
        assert_eq!(
            conditions(&status)["Ready"],
            (
                "False".to_owned(),
                "ContainersNotReady containers with unready status: [c]".to_owned()
            )
        );
        let told = format!("kubelet: Error: {message}");
        assert!(events(&cluster, name).iter().any(|it| it.ends_with(&told)));
    }
    let missing = json!({ "metadata": { "name": "missing-cm" }, "data": { "B": "2" } });
    create(&mut cluster, Kind::ConfigMap, "demo", missing);
    wait(&mut cluster, 20);
    assert_eq!(status(&cluster, "f-nocm")["phase"], "Running");
}

/// Recording 136: attempts at 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 and 63.5 s.
#[test]
fn a_volume_that_is_not_there() {
    let mut cluster = cluster(&three_nodes()[..1]);
    let mounts = json!([{ "name": "s", "mountPath": "/s" }]);
    let container = json!({ "name": "c", "image": "nginx:1.27", "volumeMounts": mounts });
    let volumes = json!([{ "name": "s", "secret": { "secretName": "missing-secret" } }]);
    pod(&mut cluster, "f-nosecretvol", &json!({ "containers": [container], "volumes": volumes }));
    wait(&mut cluster, 72);
    let told = "Warning FailedMount x8 kubelet: MountVolume.SetUp failed for volume \"s\" : secret \"missing-secret\" not found";
    assert_eq!(events(&cluster, "f-nosecretvol")[1], told);
    let status = status(&cluster, "f-nosecretvol");
    assert_eq!(status["podIP"], Value::Null);
    assert_eq!(
        status["containerStatuses"][0]["state"],
        json!({ "waiting": { "reason": "ContainerCreating" } })
    );
    assert_eq!(conditions(&status)["PodReadyToStartContainers"].0, "False");
}

/// Recordings 113 and 123.
#[test]
fn an_image_that_is_not_there() {
    let mut cluster = cluster(&three_nodes()[..1]);
    let container = json!({ "name": "c", "image": "nginx:nosuch" });
    pod(&mut cluster, "f-imagepull", &json!({ "containers": [container] }));
    wait(&mut cluster, 68);
    let cause = "rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/nginx:nosuch\": failed to resolve reference \"docker.io/library/nginx:nosuch\": docker.io/library/nginx:nosuch: not found";
    let told: Vec<String> = events(&cluster, "f-imagepull")
        .into_iter()
        .map(|it| {
            it.split_once(" x")
                .map(|(kind, rest)| (kind.to_owned(), rest.split_once(": ").unwrap().1.to_owned()))
                .unwrap()
        })
        .map(|(kind, message)| format!("{kind}: {message}"))
        .collect();
    assert_eq!(
        told[1..],
        [
            "Normal Pulling: Pulling image \"nginx:nosuch\"".to_owned(),
            format!("Warning Failed: Failed to pull image \"nginx:nosuch\": {cause}"),
            "Warning Failed: Error: ErrImagePull".to_owned(),
            "Normal BackOff: Back-off pulling image \"nginx:nosuch\"".to_owned(),
            "Warning Failed: Error: ImagePullBackOff".to_owned(),
        ]
    );
    let status = status(&cluster, "f-imagepull");
    assert_eq!(status["phase"], "Pending");
    let reason = &status["containerStatuses"][0]["state"]["waiting"]["reason"];
    assert!(reason == "ErrImagePull" || reason == "ImagePullBackOff", "{status:#}");
}

/// Recordings 127 and 130.
#[test]
fn probes_that_fail() {
    let mut cluster = cluster(&three_nodes()[..1]);
    let probe = json!({ "tcpSocket": { "port": 9 }, "periodSeconds": 2, "failureThreshold": 2 });
    let ready = json!({ "name": "c", "image": "nginx:1.27", "readinessProbe": probe });
    pod(&mut cluster, "f-readytcp", &json!({ "containers": [ready] }));
    wait(&mut cluster, 30);
    let refused = "probe failed: dial tcp 10.244.0.2:9: connect: connection refused";
    let told = events(&cluster, "f-readytcp");
    assert!(told[5].starts_with("Warning Unhealthy x"), "{told:#?}");
    assert!(told[5].ends_with(&format!("kubelet: Readiness {refused}")), "{told:#?}");
    let shown = status(&cluster, "f-readytcp");
    assert_eq!(shown["phase"], "Running");
    assert_eq!(shown["containerStatuses"][0]["ready"], false);
    assert_eq!(shown["containerStatuses"][0]["started"], true);
    let live = json!({ "name": "c", "image": "nginx:1.27", "livenessProbe": probe });
    let spec = json!({ "containers": [live], "terminationGracePeriodSeconds": 2 });
    pod(&mut cluster, "f-liveness", &spec);
    wait(&mut cluster, 60);
    let told = events(&cluster, "f-liveness").join("\n");
    assert!(
        told.contains("kubelet: Container c failed liveness probe, will be restarted"),
        "{told}"
    );
    assert!(
        told.contains("kubelet: Back-off restarting failed container c in pod f-liveness_demo("),
        "{told}"
    );
    let shown = status(&cluster, "f-liveness");
    assert!(shown["containerStatuses"][0]["restartCount"].as_i64().unwrap() >= 2, "{shown:#}");
}

/// The hook's wait comes out of the grace period; what cannot be simulated is said.
#[test]
fn hooks_before_the_end() {
    let mut cluster = cluster(&three_nodes());
    let container =
        |lifecycle: Value| json!({ "name": "c", "image": "nginx:1.27", "lifecycle": lifecycle });
    let hook = |words: &[&str]| json!({ "preStop": { "exec": { "command": words } } });
    pod(&mut cluster, "waits", &json!({ "containers": [container(hook(&["sleep", "10"]))] }));
    let spec = json!({ "containers": [container(hook(&["sleep", "10"]))], "terminationGracePeriodSeconds": 3 });
    pod(&mut cluster, "hurries", &spec);
    pod(
        &mut cluster,
        "drains",
        &json!({ "containers": [container(hook(&["nginx", "-s", "quit"]))] }),
    );
    // An image without a shell or any other program.
    let mut bare = container(hook(&["sleep", "10"]));
    bare["image"] = "registry.k8s.io/pause:3.10".into();
    pod(&mut cluster, "bare", &json!({ "containers": [bare] }));
    wait(&mut cluster, 60);
    for name in ["waits", "hurries", "drains", "bare"] {
        cluster
            .handle(&me(), Request::delete(Kind::Pod, "demo", name))
            .result
            .expect("it is there");
    }
    wait(&mut cluster, 5);
    let left =
        |cluster: &Cluster| ["waits", "hurries", "drains"].map(|it| get(cluster, it).is_some());
    assert_eq!(left(&cluster), [true, false, false]);
    wait(&mut cluster, 10);
    assert_eq!(left(&cluster), [false; 3]);
    let told = events(&cluster, "bare").join("\n");
    assert!(told.contains("Warning FailedPreStopHook x1 kubelet: PreStopHook failed"), "{told}");
    let told = events(&cluster, "drains").join("\n");
    assert!(
        told.contains("Warning FailedPreStopHook x1 kubelet: opsdrill: not simulated"),
        "{told}"
    );
}

/// Pods of one template share their environment, but only until it would be another one.
#[test]
fn a_changed_setting_reaches_the_next_pod_of_the_template() {
    let mut cluster = cluster(&three_nodes());
    let settings =
        |colour: &str| json!({ "metadata": { "name": "settings" }, "data": { "COLOUR": colour } });
    create(&mut cluster, Kind::ConfigMap, "demo", settings("blue"));
    let source = json!({ "configMapRef": { "name": "settings" } });
    let container = json!({ "name": "web", "image": "nginx:1.27", "envFrom": [source] });
    let labels = json!({ "app": "web" });
    let template =
        json!({ "metadata": { "labels": labels }, "spec": { "containers": [container] } });
    let spec =
        json!({ "replicas": 1, "selector": { "matchLabels": labels }, "template": template });
    let document = json!({ "metadata": { "name": "web" }, "spec": spec });
    create(&mut cluster, Kind::Deployment, "demo", document);
    wait(&mut cluster, 60);
    let running = |cluster: &Cluster| {
        let pods = cluster.view().list(Kind::Pod, "demo");
        let [pod] = &pods.map(|it| it.meta.name.to_string()).collect::<Vec<_>>()[..] else {
            panic!("one pod is wanted");
        };
        let env = cluster.container("demo", pod, None).expect("it runs").env();
        (pod.clone(), env["COLOUR"].clone())
    };
    let (first, colour) = running(&cluster);
    assert_eq!(colour, "blue");
    let target = Target::one(Kind::ConfigMap, "demo", "settings");
    let update = Request::new(Verb::Update(Payload::Document(settings("red"))), target);
    cluster.handle(&me(), update).object().expect("valid");
    cluster.handle(&me(), Request::delete(Kind::Pod, "demo", &first)).result.expect("it is there");
    wait(&mut cluster, 120);
    let (second, colour) = running(&cluster);
    assert_ne!(first, second);
    assert_eq!(colour, "red");
}

fn add_ephemeral(cluster: &mut Cluster, pod: &str, container: &Value) {
    let verb = Verb::Patch(
        PatchType::Strategic,
        json!({ "spec": { "ephemeralContainers": [container] } }),
    );
    let target = Target {
        subresource: Some(Subresource::EphemeralContainers),
        ..Target::one(Kind::Pod, "demo", pod)
    };
    cluster.handle(&me(), Request::new(verb, target)).object().expect("it may be added");
}

/// Recordings 352 and 403.
#[test]
fn an_ephemeral_container_runs_once_beside_the_others() {
    let mut cluster = cluster(&three_nodes()[..1]);
    let own = json!({ "name": "web", "image": "nginx:1.27" });
    pod(&mut cluster, "web", &json!({ "containers": [own] }));
    wait(&mut cluster, 60);
    let before = status(&cluster, "web");
    let debugger = json!({
        "name": "dbg", "image": "busybox", "targetContainerName": "web",
        "command": ["sh", "-c", "sleep 20; exit 3"],
    });
    add_ephemeral(&mut cluster, "web", &debugger);
    wait(&mut cluster, 10);
    let running = status(&cluster, "web");
    let mut container = running["ephemeralContainerStatuses"][0].clone();
    assert!(container["state"]["running"]["startedAt"].is_string(), "{container:#}");
    for field in ["containerID", "imageID", "state"] {
        container.as_object_mut().unwrap().remove(field);
    }
    assert_eq!(
        container,
        json!({
            "image": "docker.io/library/busybox:latest", "lastState": {}, "name": "dbg", "ready": false,
            "restartCount": 0,
        })
    );
    let seen = cluster.container("demo", "web", Some("dbg")).expect("it runs");
    let commands: Vec<String> =
        seen.processes(cluster.world()).into_iter().map(|it| it.command).collect();
    assert!(commands[0].starts_with("nginx: master process"), "{commands:?}");
    assert!(commands.last().unwrap().starts_with("sh -c"), "{commands:?}");
    wait(&mut cluster, 60);
    let after = status(&cluster, "web");
    let ended = &after["ephemeralContainerStatuses"][0];
    assert_eq!(ended["state"]["terminated"]["exitCode"], 3, "{ended:#}");
    assert_eq!(ended["restartCount"], 0);
    for field in ["phase", "conditions", "containerStatuses"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    let about = cluster.view().list(Kind::Event, "").filter_map(|it| it.event());
    let about = about.filter(|it| it.message.contains("dbg"));
    let places: Vec<&str> = about.filter_map(|it| it.involved.field_path.as_deref()).collect();
    assert_eq!(places, ["spec.ephemeralContainers{dbg}"; 2]);
}

#[test]
fn an_ephemeral_container_starts_where_an_init_container_fails() {
    let mut cluster = cluster(&three_nodes()[..1]);
    let init = json!({ "name": "prep", "image": "busybox", "command": ["sh", "-c", "exit 1"] });
    let own = json!({ "name": "web", "image": "nginx:1.27" });
    pod(&mut cluster, "web", &json!({ "initContainers": [init], "containers": [own] }));
    wait(&mut cluster, 60);
    let debugger = json!({ "name": "dbg", "image": "busybox", "command": ["sleep", "1000"] });
    add_ephemeral(&mut cluster, "web", &debugger);
    wait(&mut cluster, 10);
    let status = status(&cluster, "web");
    assert!(status["ephemeralContainerStatuses"][0]["state"]["running"].is_object(), "{status:#}");
    assert_eq!(status["phase"], "Pending");
    assert_eq!(status["containerStatuses"][0]["state"]["waiting"]["reason"], "PodInitializing");
}

#[test]
fn who_must_not_be_root_is_looked_at() {
    let mut cluster = cluster(&three_nodes()[..1]);
    let rows = [
        ("root", "nginx:1.27", json!({ "runAsNonRoot": true })),
        ("zero", "nginx:1.27", json!({ "runAsNonRoot": true, "runAsUser": 0 })),
        ("name", "curlimages/curl:8.10.1", json!({ "runAsNonRoot": true })),
        ("number", "nginxinc/nginx-unprivileged:1.27", json!({ "runAsNonRoot": true })),
        (
            "given",
            "nginxinc/nginx-unprivileged:1.27",
            json!({ "runAsNonRoot": true, "runAsUser": 5 }),
        ),
    ];
    for (name, image, security) in &rows {
        let container = json!({ "name": "c", "image": image, "securityContext": security });
        pod(&mut cluster, name, &json!({ "containers": [container] }));
    }
    wait(&mut cluster, 60);
    let waiting = |name: &str| {
        let state = status(&cluster, name)["containerStatuses"][0]["state"]["waiting"].clone();
        let reason = state["reason"].as_str().unwrap_or_default().to_owned();
        let message = state["message"].as_str().unwrap_or_default().to_owned();
        (reason, message.split(" (pod: ").next().unwrap_or_default().to_owned())
    };
    let refused = |words: &str| ("CreateContainerConfigError".to_owned(), words.to_owned());
    assert_eq!(waiting("root"), refused("container has runAsNonRoot and image will run as root"));
    assert_eq!(waiting("zero"), refused("container's runAsUser breaks non-root policy"));
    let words = "container has runAsNonRoot and image has non-numeric user (curl_user), cannot verify user is non-root";
    assert_eq!(waiting("name"), refused(words));
    for name in ["number", "given"] {
        assert_eq!(status(&cluster, name)["containerStatuses"][0]["ready"], true, "{name}");
    }
}
