//! The served cluster under load, as whole processes over TLS: requests a second, Tables, watches, the first answer.
//!
//! `cargo bench -p opsdrill --bench requests` prints figures; it asserts nothing about time. For comparison: a real API server
//! with etcd on two cores creates / gets / patches / deletes 370 / 480 / 310 / 320 small objects a second for one client and
//! 470 / 1,090 / 450 / 470 for eight, and lists 1,000 pods as a Table in 75 ms.
#![expect(
    clippy::disallowed_types,
    clippy::float_arithmetic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark looks at the clock and tells"
)]

#[path = "../../../tests/https/mod.rs"]
mod https;

use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use https::{Connection, Program, Protocol};

/// The objects of one client.
const OBJECTS: usize = 2_000;

/// The watches of the last figure, and for how long and how fast objects change.
const WATCHES: usize = 1_000;
const CHANGES_EACH_SECOND: u32 = 100;
const SECONDS: u32 = 10;

fn main() {
    alone().block_on(first_answer());
    for protocol in [Protocol::One, Protocol::Two] {
        alone().block_on(rates(protocol, 1));
        Runtime::new().unwrap().block_on(rates(protocol, 8));
    }
    alone().block_on(tables());
    Runtime::new().unwrap().block_on(watches());
}

/// One client has one thread: to hand each request to another one would be counted as the server's time.
fn alone() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// From the start of the process to the answer to a list of namespaces.
async fn first_answer() {
    let mut times = Vec::new();
    for _ in 0..11 {
        let begun = Instant::now();
        let program = Program::start("bench-first", &["serve", "--empty"]);
        let mut connection = program.connect(Protocol::Two).await;
        let (status, _) = connection.ask(program.request("GET", "/api/v1/namespaces", "")).await;
        times.push(begun.elapsed());
        assert_eq!(status, 200);
    }
    times.sort();
    println!("first list of namespaces after the start: {} ms", milliseconds(times[5]));
}

/// Creates, gets, patches and deletes small objects.
async fn rates(protocol: Protocol, clients: usize) {
    let program = Program::start("bench-rates", &["serve", "--empty"]);
    println!("{protocol:?}, {clients} clients:");
    for verb in ["create", "get", "patch", "delete"] {
        let mut connections = Vec::new();
        for _ in 0..clients {
            connections.push(program.connect(protocol).await);
        }
        let begun = Instant::now();
        let work = connections
            .into_iter()
            .enumerate()
            .map(|(client, connection)| one_client(&program, verb, client, connection));
        let mut times: Vec<Duration> = futures(work).await.into_iter().flatten().collect();
        let elapsed = begun.elapsed();
        times.sort();
        let rate = times.len() as u128 * 1_000_000 / elapsed.as_micros();
        let slow = times[times.len() * 99 / 100];
        println!("  {verb:7} {rate:7} a second, p99 {} ms", milliseconds(slow));
    }
}

/// All of them at the same time, on this thread.
async fn futures<T>(work: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = work.map(|it| (Box::pin(it), None)).collect();
    std::future::poll_fn(|context| {
        for (future, done) in waiting.iter_mut().filter(|it| it.1.is_none()) {
            if let std::task::Poll::Ready(value) = future.as_mut().poll(context) {
                *done = Some(value);
            }
        }
        if waiting.iter().all(|it| it.1.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    waiting.into_iter().filter_map(|it| it.1).collect()
}

async fn one_client(
    program: &Program,
    verb: &str,
    client: usize,
    mut connection: Connection,
) -> Vec<Duration> {
    let all = "/api/v1/namespaces/default/configmaps";
    let mut times = Vec::with_capacity(OBJECTS);
    for number in 0..OBJECTS {
        let name = format!("small-{client}-{number}");
        let one = format!("{all}/{name}");
        let request = match verb {
            "create" => {
                let object = json!({
                    "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name },
                    "data": { "key": "value", "number": number.to_string() },
                });
                program.request("POST", all, object.to_string())
            }
            "get" => program.request("GET", &one, ""),
            "patch" => {
                let patch = json!({ "data": { "key": "another" } }).to_string();
                program.request_as("PATCH", &one, "application/merge-patch+json", patch)
            }
            _ => program.request("DELETE", &one, ""),
        };
        let begun = Instant::now();
        let (status, _) = connection.ask(request).await;
        times.push(begun.elapsed());
        assert!(status < 300, "{verb} {name}: {status}");
    }
    times
}

/// Lists of pods as Tables.
async fn tables() {
    let program = Program::start("bench-tables", &["serve", "--empty"]);
    let mut connection = program.connect(Protocol::Two).await;
    let mut there = 0;
    for count in [1_000, 10_000] {
        for number in there..count {
            let (status, answer) =
                connection.json(program.request("POST", PODS, pod(number).to_string())).await;
            assert_eq!(status, 201, "{answer}");
        }
        there = count;
        let mut times = Vec::new();
        for _ in 0..11 {
            let mut request = program.request("GET", PODS, "");
            let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
            request.headers_mut().insert("accept", accept.parse().unwrap());
            let begun = Instant::now();
            let (status, body) = connection.ask(request).await;
            times.push(begun.elapsed());
            assert_eq!(status, 200);
            assert!(body.len() > count * 100);
        }
        times.sort();
        println!("{count} pods as a Table: {} ms", milliseconds(times[5]));
    }
}

const PODS: &str = "/api/v1/namespaces/default/pods";

/// A pod that no scheduler takes, so that the cluster rests.
fn pod(number: usize) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": format!("pod-{number:05}"), "labels": { "app": "web", "tier": "front" } },
        "spec": {
            "schedulerName": "nobody",
            "containers": [{ "name": "web", "image": "nginx:1.27", "ports": [{ "containerPort": 80 }] }],
        },
    })
}

/// Many watches on a namespace in which objects change.
async fn watches() {
    let program = Program::start("bench-watches", &["serve", "--empty"]);
    let all = "/api/v1/namespaces/default/configmaps";
    let object = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "busy" } });
    let mut writer = program.connect(Protocol::Two).await;
    let (status, made) = writer.json(program.request("POST", all, object.to_string())).await;
    assert_eq!(status, 201);
    let version = made["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    let changes = CHANGES_EACH_SECOND * SECONDS;
    let mut listening = Vec::new();
    // A hundred watches on each connection, as informers of one client share theirs.
    for _ in 0..WATCHES / 100 {
        let Connection::Two(sender) = program.connect(Protocol::Two).await else { unreachable!() };
        for _ in 0..100 {
            let path = format!("{all}?watch=true&resourceVersion={version}");
            let mut connection = Connection::Two(sender.clone());
            let response = connection.send(program.request("GET", &path, "")).await.unwrap();
            listening.push(tokio::spawn(async move {
                let mut body = response.into_body();
                let mut seen = 0;
                while seen < changes {
                    let frame = body.frame().await.unwrap().unwrap();
                    let data = frame.into_data().unwrap();
                    seen += data.iter().map(|it| u32::from(*it == b'\n')).sum::<u32>();
                }
                seen
            }));
        }
    }
    let used = cpu(program.id());
    let begun = Instant::now();
    let mut pace = tokio::time::interval(Duration::from_secs(1) / CHANGES_EACH_SECOND);
    for number in 0..changes {
        pace.tick().await;
        let change = json!({ "data": { "number": number.to_string() } }).to_string();
        let path = format!("{all}/busy");
        let request = program.request_as("PATCH", &path, "application/merge-patch+json", change);
        assert_eq!(writer.ask(request).await.0, 200);
    }
    let mut seen = 0;
    for one in listening {
        seen += one.await.unwrap();
    }
    let elapsed = begun.elapsed();
    let share = cpu(program.id()).saturating_sub(used).as_secs_f64() / elapsed.as_secs_f64();
    println!(
        "{WATCHES} watches, {changes} changes in {} ms: {seen} events, {share:.2} cores of the server",
        milliseconds(elapsed)
    );
}

/// The CPU time of a process (Linux).
fn cpu(process: u32) -> Duration {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after = text.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2).filter_map(|it| it.parse::<u64>().ok());
    // 100 ticks a second on every Linux.
    Duration::from_millis(ticks.sum::<u64>() * 10)
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1_000.0)
}
