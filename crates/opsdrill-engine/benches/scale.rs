//! The largest cluster: 5,000 nodes, 150,000 pods made by Deployments, then an hour in which one pod of a hundred changes.
//!
//! `cargo bench -p opsdrill-engine --bench scale [-- NODES PODS]` prints what it took; it asserts nothing about time.
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
    let mut numbers = std::env::args().filter_map(|it| it.parse().ok());
    let nodes: usize = numbers.next().unwrap_or(5_000);
    let pods: usize = numbers.next().unwrap_or(nodes * 30);
    let mut cluster = Cluster::new(ClusterConfig::default());
    cluster.bootstrap();
    for number in 0..NAMESPACES {
        let document = json!({ "metadata": { "name": namespace(number) } });
        create(&mut cluster, Kind::Namespace, "", document);
    }
    let started = Instant::now();
    for number in 0..nodes {
        let mut spec = NodeSpec::named(&format!("node-{number:04}"));
        spec.cpu_millis = 32_000;
        register_node(cluster.world_mut(), &spec).expect("a new name");
    }
    cluster.advance(cluster.now() + SimDuration::seconds(60));
    report(&format!("{nodes} nodes registered"), started);
    let started = Instant::now();
    let deployments = pods.div_ceil(REPLICAS);
    for number in 0..deployments {
        let replicas = REPLICAS.min(pods - number * REPLICAS);
        let document = deployment(number, replicas);
        create(&mut cluster, Kind::Deployment, &namespace(number), document);
    }
    let mut minutes = 0;
    while ready(&cluster) < pods {
        cluster.advance(cluster.now() + SimDuration::seconds(60));
        minutes += 1;
        assert!(minutes < 240, "{} of {pods} pods are ready", ready(&cluster));
    }
    report(&format!("{pods} pods ready after {minutes} simulated minutes"), started);
    let started = Instant::now();
    let until = cluster.now() + HOUR;
    // One Deployment of a hundred is rolled out anew, spread over the hour.
    let changing = deployments.div_ceil(100);
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
