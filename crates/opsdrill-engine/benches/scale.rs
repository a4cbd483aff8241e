//! The largest cluster: 5,000 nodes, 150,000 pods made by Deployments, then an hour in which one pod of a hundred changes.
//!
//! `cargo bench -p opsdrill-engine --bench scale [-- NODES PODS]` prints what it took, `-- steps` what one pod costs in
//! clusters of 1,000, 10,000 and 100,000 pods; it asserts nothing about time.
#![expect(
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a benchmark looks at the clock and tells"
)]

use std::time::Instant;

use opsdrill_engine::api::{Identity, Payload, Request, Target, Verb};
use opsdrill_engine::kubelet::{NodeSpec, register_node};
use opsdrill_engine::{Cluster, ClusterConfig, SimDuration};
use opsdrill_objects::Kind;
use serde_json::{Value, json};

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Pods of one Deployment.
const REPLICAS: usize = 500;
/// Namespaces over which they are spread.
const NAMESPACES: usize = 30;
const HOUR: SimDuration = SimDuration(3_600_000);

fn main() {
    if std::env::args().any(|it| it == "steps") {
        return steps();
    }
    let mut numbers = std::env::args().filter_map(|it| it.parse().ok());
    let nodes: usize = numbers.next().unwrap_or(5_000);
    let pods: usize = numbers.next().unwrap_or(nodes * 30);
    let started = Instant::now();
    let mut cluster = with_nodes(nodes);
    report(&format!("{nodes} nodes registered"), started);
    let started = Instant::now();
    let minutes = fill(&mut cluster, pods);
    report(&format!("{pods} pods ready after {minutes} simulated minutes"), started);
    let started = Instant::now();
    let until = cluster.now() + HOUR;
    // One Deployment of a hundred is rolled out anew, spread over the hour.
    let changing = pods.div_ceil(REPLICAS).div_ceil(100);
    for number in 0..changing {
        roll_out(&mut cluster, number);
        cluster.advance(cluster.now() + SimDuration(HOUR.0 / changing as u64));
    }
    cluster.advance(until.max(cluster.now()));
    report(&format!("an hour in which {} pods change", changing * REPLICAS), started);
    let started = Instant::now();
    cluster.advance(cluster.now() + HOUR);
    report("an hour in which nothing changes", started);
}

/// What a pod costs in clusters of each size, from its creation to Ready; and the smallest figures.
fn steps() {
    for (nodes, pods) in [(100, 1_000), (100, 1_000), (334, 10_000), (3_334, 100_000)] {
        let started = Instant::now();
        let mut cluster = with_nodes(nodes);
        println!("{nodes} nodes ready: {:?}", started.elapsed());
        let started = Instant::now();
        fill(&mut cluster, pods);
        let took = started.elapsed();
        println!("{pods} pods ready: {took:?}, {} µs each", took.as_micros() / pods as u128);
    }
}

/// A cluster with so many nodes.
fn with_nodes(nodes: usize) -> Cluster {
    let mut cluster = Cluster::new(ClusterConfig::default());
    cluster.bootstrap();
    for number in 0..NAMESPACES {
        let document = json!({ "metadata": { "name": namespace(number) } });
        create(&mut cluster, Kind::Namespace, "", document);
    }
    for number in 0..nodes {
        let mut spec = NodeSpec::named(&format!("node-{number:04}"));
        spec.cpu_millis = 32_000;
        register_node(cluster.world_mut(), &spec).expect("a new name");
    }
    cluster.advance(cluster.now() + SimDuration::seconds(60));
    cluster
}

/// Makes pods through Deployments and waits until all are ready; answers how many simulated minutes that took.
fn fill(cluster: &mut Cluster, pods: usize) -> usize {
    for number in 0..pods.div_ceil(REPLICAS) {
        let replicas = REPLICAS.min(pods - number * REPLICAS);
        let document = deployment(number, replicas);
        create(cluster, Kind::Deployment, &namespace(number), document);
    }
    let mut minutes = 0;
    while ready(cluster) < pods {
        cluster.advance(cluster.now() + SimDuration::seconds(60));
        minutes += 1;
        assert!(minutes < 240, "{} of {pods} pods are ready", ready(cluster));
    }
    minutes
}

fn create(cluster: &mut Cluster, kind: Kind, namespace: &str, document: Value) {
    let target = Target::one(kind, namespace, "");
    let request = Request::new(Verb::Create(Payload::Document(document)), target);
    cluster.handle(&Identity::admin("bench"), request).object().expect("valid");
}

fn namespace(number: usize) -> String {
    format!("team-{:02}", number % NAMESPACES)
}

fn deployment(number: usize, replicas: usize) -> Value {
    let name = format!("web-{number}");
    let container = json!({
        "name": "web",
        "image": "nginx:1.27",
        "resources": { "requests": { "cpu": "100m", "memory": "64Mi" } },
        "readinessProbe": { "httpGet": { "path": "/", "port": 80 } },
    });
    json!({
        "metadata": { "name": name },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": name } },
            "template": {
                "metadata": { "labels": { "app": name } },
                "spec": { "containers": [container] },
            },
        },
    })
}

fn roll_out(cluster: &mut Cluster, number: usize) {
    let (namespace, name) = (namespace(number), format!("web-{number}"));
    let stored = cluster.view().get(Kind::Deployment, &namespace, &name).expect("it was created");
    let mut document = stored.to_value();
    document["spec"]["template"]["metadata"]["annotations"] = json!({ "release": "2" });
    let target = Target::one(Kind::Deployment, &namespace, &name);
    let request = Request::new(Verb::Update(Payload::Document(document)), target);
    cluster.handle(&Identity::admin("bench"), request).object().expect("valid");
}

fn ready(cluster: &Cluster) -> usize {
    let deployments = cluster.view().list(Kind::Deployment, "");
    let ready = |it: &opsdrill_objects::Object| {
        it.deployment()?.status.as_ref()?.ready_replicas.map(|it| it.unsigned_abs() as usize)
    };
    deployments.filter_map(|it| ready(it)).sum()
}

/// Says how long it took and the largest memory so far.
fn report(what: &str, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|it| it.strip_prefix("VmHWM:")).unwrap_or(" unknown").trim();
    println!("{what}: {seconds:.2} s, peak memory {peak}");
}
