//! The physical world as a whole: containers, endpoints, users, and what becomes of them.

use std::collections::BTreeMap;

use bevy_ecs::world::World;
use opsdrill_objects::decode::decode_object;
use opsdrill_objects::{Kind, Uid};
use serde_json::{Value, json};

use super::application::{Catalogue, catalogue};
use super::*;
use crate::agenda::Agenda;
use crate::{Cluster, ClusterConfig, SimDuration, SimTime, store};

/// A container with nothing in it.
pub(super) fn container(image: &str) -> ContainerSpec {
    ContainerSpec {
        pod: Uid(1),
        namespace: "shop".into(),
        pod_name: "app-1".into(),
        pod_ip: "10.244.0.5".into(),
        node: "worker-0".into(),
        container: "app".into(),
        image: image.into(),
        command: Vec::new(),
        args: Vec::new(),
        env: Arc::default(),
        files: BTreeMap::new(),
        data: Vec::new(),
        read_only_root: false,
        working_dir: None,
        run_as: None,
        memory_limit: None,
        cpu_limit: None,
        restart_count: 0,
        stdin: false,
        sees: Sees::Own,
    }
}

const MIB: u64 = 1024 * 1024;

/// A small shop: `users` → user-service → redis, in the namespace `shop`.
pub(super) struct Shop {
    cluster: Cluster,
    uids: u128,
    pods: BTreeMap<ProcessId, String>,
}

impl Shop {
    /// Without a Service for it, the cluster's DNS is part of the platform and always answers.
    fn new() -> Self {
        Self { cluster: Cluster::new(ClusterConfig::default()), uids: 100, pods: BTreeMap::new() }
    }

    fn insert(&mut self, kind: Kind, namespace: &str, name: &str, spec: Value) {
        self.uids += 1;
        let metadata =
            json!({"name": name, "namespace": namespace, "uid": Uid(self.uids).to_string()});
        let object = decode_object(kind, json!({"metadata": metadata, "spec": spec}));
        store::insert(self.cluster.world_mut(), object.expect("a document of its kind").value);
    }

    fn model(&mut self, image: &str, document: Value) {
        let model = catalogue::read(document).expect("a valid model");
        self.cluster.world_mut().resource_mut::<Catalogue>().insert(image, model);
    }

    /// A Service on a port with pods that run these containers.
    fn service(&mut self, name: &str, port: u16, pods: Vec<ContainerSpec>) -> Vec<ProcessId> {
        self.uids += 1;
        let address = format!("10.96.1.{}", self.uids);
        let spec = json!({"clusterIP": address, "clusterIPs": [address], "ports": [{"port": port, "targetPort": port}]});
        self.insert(Kind::Service, "shop", name, spec);
        let mut endpoints = Vec::new();
        let mut processes = Vec::new();
        for (place, pod) in pods.into_iter().enumerate() {
            let ip = format!("10.244.{}.{place}", self.uids - 100);
            self.uids += 1;
            let pod = ContainerSpec {
                pod: Uid(self.uids),
                pod_name: format!("{name}-{place}").into(),
                pod_ip: ip.as_str().into(),
                ..pod
            };
            endpoints.push(json!({
                "addresses": [ip],
                "conditions": {"ready": true},
                "targetRef": {"kind": "Pod", "uid": pod.pod.to_string()},
            }));
            let containers = json!([{"name": "app", "image": &*pod.image}]);
            let object = json!({
                "metadata": {"name": &*pod.pod_name, "namespace": "shop", "uid": pod.pod.to_string()},
                "spec": {"nodeName": "worker-0", "containers": containers},
                "status": {
                    "phase": "Running", "podIP": ip,
                    "containerStatuses": [{
                        "name": "app", "image": "", "imageID": "", "ready": true, "restartCount": 0,
                        "state": {"running": {}},
                    }],
                },
            });
            let object = decode_object(Kind::Pod, object).expect("a pod").value;
            store::insert(self.cluster.world_mut(), object);
            let pod_name = pod.pod_name.to_string();
            let process = start(self.cluster.world_mut(), pod).expect("it starts");
            self.pods.insert(process, pod_name);
            processes.push(process);
        }
        self.uids += 1;
        let slice = json!({
            "metadata": {
                "name": format!("{name}-abc"), "namespace": "shop", "uid": Uid(self.uids).to_string(),
                "labels": {"kubernetes.io/service-name": name},
            },
            "addressType": "IPv4",
            "endpoints": endpoints,
            "ports": [{"name": "", "port": port, "protocol": "TCP"}],
        });
        let slice = decode_object(Kind::EndpointSlice, slice).expect("a slice").value;
        store::insert(self.cluster.world_mut(), slice);
        processes
    }

    fn users(&mut self, target: &str, milli_rps: u64) {
        let rate = traffic::Rate::Constant(milli_rps);
        let source = traffic::TrafficSource {
            name: "users".into(),
            target: target.into(),
            rate,
            timeout_ms: 3000,
        };
        traffic::add(self.cluster.world_mut(), source).expect("a valid target");
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        let until = self.cluster.now() + SimDuration::seconds(seconds);
        self.cluster.advance(until);
    }

    pub(super) fn world(&mut self) -> &mut World {
        self.cluster.world_mut()
    }

    fn level(&self) -> ledger::Level {
        let series = ledger(self.cluster.world()).traffic("users").expect("there are users");
        series.at(self.cluster.now())
    }

    fn log(&mut self, process: ProcessId) -> String {
        let pod = self.pods[&process].clone();
        let namespace = "shop".to_owned();
        let request = logs::LogRequest { namespace, pod, ..Default::default() };
        let reply = logs::read(self.cluster.world(), &request).expect("the container has run");
        reply.lines.iter().map(|it| format!("{}\n", it.text)).collect()
    }

    pub(super) fn with_redis(limit: &str, leak_ppm: u64) -> (Self, ProcessId, Vec<ProcessId>) {
        let mut shop = Self::new();
        let mut redis = container("redis:7.4");
        redis.args = vec!["--maxclients".into(), limit.into()];
        let redis = shop.service("redis", 6379, vec![redis])[0];
        shop.model("user-service", json!({
            "like": "go-http", "name": "user-service",
            "tags": {"2.0": {"connection-leak-ppm": leak_ppm}},
            "dependencies": [{
                "name": "redis", "kind": "redis", "host": {"env": "REDIS_HOST"}, "port": {"default": "6379"},
                "calls_ppm": 1_000_000, "timeout_ms": 1000,
                "pool_min": {"default": "5"}, "pool_max": {"default": "20"},
                "error_log": "ERROR session lookup failed: {error}",
            }],
        }));
        let mut user = container("user-service:2.0");
        Arc::make_mut(&mut user.env).insert("REDIS_HOST".into(), "redis".into());
        let users = shop.service("user-service", 8080, vec![user.clone(), user]);
        shop.users("http://user-service.shop:8080/users", 20_000);
        (shop, redis, users)
    }
}

/// A JVM service with these options and this limit (MiB) under load; its end and what it wrote.
fn jvm(options: &str, limit_mib: u64) -> (Option<Process>, String, u64) {
    let mut shop = Shop::new();
    shop.model("payment", json!({"like": "jvm-http", "name": "payment-service"}));
    let mut payment = container("payment:1");
    payment.memory_limit = Some(limit_mib * MIB);
    Arc::make_mut(&mut payment.env).insert("JAVA_OPTS".into(), options.into());
    let process = shop.service("payment", 8080, vec![payment])[0];
    shop.users("http://payment.shop:8080/pay", 120_000);
    shop.pass(600);
    let log = shop.log(process);
    let resident = process::get(shop.cluster.world(), process).map(|it| it.spec.pod);
    let memory = resident.map_or(0, |pod| usage(shop.cluster.world(), pod, "app").memory_bytes);
    (process::get(shop.cluster.world(), process).cloned(), log, memory / MIB)
}

#[test]
fn heap_and_limit_decide_together_how_a_jvm_fares() {
    // About 60 MiB live idle, 180 MiB under this load, 150 MiB outside of the heap.
    let (alive, _, memory) = jvm("-Xmx320m", 512);
    assert!(alive.is_some_and(|it| it.answers()));
    assert!((400..=512).contains(&memory), "{memory}");
    // The limit is too low for the heap that is allowed: the kernel kills, the program says nothing.
    for (options, limit) in [("-Xmx320m", 384), ("-Xmx1g", 384), ("-XX:MaxRAMPercentage=90", 400)] {
        let (alive, log, _) = jvm(options, limit);
        assert!(alive.is_none(), "{options}");
        assert!(!log.contains("OutOfMemoryError"), "{log}");
    }
    // The limit is right and the heap is too small: the program says so, whatever the limit.
    for (options, limit) in [("-Xmx128m", 512), ("-Xmx128m", 4096), ("", 640)] {
        let (alive, log, _) = jvm(options, limit);
        assert!(alive.is_some_and(|it| it.state == ProcessState::Hung), "{options} {log}");
        assert!(log.contains("java.lang.OutOfMemoryError: Java heap space"), "{log}");
    }
    let (alive, log, _) = jvm("-Xmx128m -XX:+ExitOnOutOfMemoryError", 512);
    assert!(alive.is_none());
    assert!(
        log.ends_with("Terminating due to java.lang.OutOfMemoryError: Java heap space\n"),
        "{log}"
    );
    let (alive, log, _) = jvm("-Xmx512mb", 512);
    assert!(alive.is_none());
    assert!(log.starts_with("Invalid maximum heap size: -Xmx512mb\n"), "{log}");
}

#[test]
fn users_are_served_refused_and_served_again() {
    let (mut shop, redis, users) = Shop::with_redis("100", 0);
    shop.pass(30);
    assert_eq!(shop.level().offered_milli_rps, 20_000);
    assert_eq!(shop.level().success_ppm, 1_000_000);
    assert_eq!(connections::connected(shop.cluster.world(), redis, SimTime(30_000)), 10);
    // One of two dies while its endpoint is still listed: half of the users are refused.
    lifecycle::end(shop.world(), users[0], 137, "Error");
    shop.pass(10);
    assert_eq!(shop.level().success_ppm, 500_000);
    // The other hangs: nobody is served.
    let selector = ProcessSelector { workload: Some("user-service".into()), ..Default::default() };
    set_parameter(shop.world(), &selector, Parameter::Hang, 1);
    shop.pass(10);
    assert_eq!(shop.level().success_ppm, 0);
    set_parameter(shop.world(), &selector, Parameter::Hang, 0);
    shop.pass(10);
    assert_eq!(shop.level().success_ppm, 500_000);
    // Without redis its one server can serve nobody.
    lifecycle::end(shop.world(), redis, 137, "Error");
    shop.pass(10);
    assert_eq!(shop.level().success_ppm, 0);
    let log = shop.log(users[1]);
    assert!(
        log.contains("session lookup failed: dial tcp redis:6379: connect: connection refused"),
        "{log}"
    );
}

#[test]
fn with_a_leak_a_higher_limit_only_delays() {
    // 20 requests a second, of which one in a hundred leaks: a connection in five seconds.
    let exhausted_at = |limit: &str| {
        let (mut shop, redis, _) = Shop::with_redis(limit, 10_000);
        let mut at = None;
        while at.is_none() && shop.cluster.now() < SimTime(4 * 3_600_000) {
            shop.pass(10);
            at = (shop.level().success_ppm == 0).then(|| shop.cluster.now().0 / 1000);
        }
        (shop, redis, at.expect("a leak ends every limit"))
    };
    let (mut shop, redis, hundred) = exhausted_at("100");
    assert!((450..=470).contains(&hundred), "{hundred}");
    let error = redis::command(shop.world(), redis, &["PING"]);
    assert_eq!(error, redis::Reply::Error("ERR max number of clients reached".into()));
    let (.., two_hundred) = exhausted_at("200");
    assert!((950..=970).contains(&two_hundred), "{two_hundred}");
    // Without the leak nothing is ever used up.
    let (mut shop, redis, users) = Shop::with_redis("100", 0);
    shop.pass(4 * 3600);
    assert_eq!(shop.level().success_ppm, 1_000_000);
    let now = shop.cluster.now();
    assert_eq!(connections::connected(shop.cluster.world(), redis, now), 10);
    drop(users);
}

#[test]
fn growth_beyond_the_limit_leaves_the_newest_out_until_it_is_raised() {
    let (mut shop, redis, _) = Shop::with_redis("12", 0);
    let mut third = container("user-service:2.0");
    Arc::make_mut(&mut third.env).insert("REDIS_HOST".into(), "redis".into());
    let third = shop.service("user-late", 8080, vec![third])[0];
    shop.pass(30);
    assert_eq!(flows::reach(shop.cluster.world(), third, 0), Ok(()));
    // Two connections are left for the third; a fourth finds none.
    let mut fourth = container("user-service:2.0");
    Arc::make_mut(&mut fourth.env).insert("REDIS_HOST".into(), "redis".into());
    let fourth = shop.service("user-later", 8080, vec![fourth])[0];
    shop.pass(30);
    assert_eq!(
        flows::reach(shop.cluster.world(), fourth, 0),
        Err(flows::Cause::TooManyConnections)
    );
    let action = ProbeAction::HttpGet {
        port: 8080,
        path: "/ready".into(),
        scheme: "HTTP".into(),
        host: String::new(),
    };
    let reply = probe(shop.world(), fourth, &action);
    assert_eq!(reply.result, Err("HTTP probe failed with statuscode: 503".into()));
    let config = activity::get_mut(shop.world(), redis).unwrap().server.as_mut().unwrap();
    config.connections_max = 100;
    flows::mark(shop.world());
    shop.pass(1);
    assert_eq!(probe(shop.world(), fourth, &action).result, Ok(()));
    let words = ["CONFIG", "SET", "maxclients", "0"];
    let redis::Reply::Error(error) = redis::command(shop.world(), redis, &words) else { panic!() };
    assert!(error.contains("argument must be between 1 and 4294967295 inclusive"), "{error}");
    let redis::Reply::Bulk(info) = redis::command(shop.world(), redis, &["INFO", "clients"]) else {
        panic!()
    };
    assert!(info.contains("connected_clients:21\r\n"), "{info}");
}

#[test]
fn missing_settings_are_complained_about_with_their_exit_code() {
    let mut shop = Shop::new();
    shop.model(
        "payment",
        json!({
            "like": "jvm-http",
            "requires": [{
                "setting": {"env": "DATABASE_URL"}, "format": "url", "exit_code": 1,
                "log": ["ERROR Required setting {name} is not set or is no URL: '{value}'"],
            }],
        }),
    );
    let payment = shop.service("payment", 8080, vec![container("payment:1")])[0];
    let postgres = shop.service("postgres", 5432, vec![container("postgres:16")])[0];
    shop.pass(20);
    assert!(shop.log(payment).contains("Required setting DATABASE_URL is not set"));
    assert!(process::get(shop.cluster.world(), payment).is_none());
    assert!(shop.log(postgres).starts_with("Error: Database is uninitialized"));
    assert!(process::get(shop.cluster.world(), postgres).is_none());
}

#[test]
fn equal_histories_are_equal_and_a_night_is_cheap() {
    let night = || {
        let (mut shop, ..) = Shop::with_redis("5000", 2_000);
        shop.pass(12 * 3600);
        (shop.cluster.state_hash(), shop.cluster.world().resource::<Agenda>().handled())
    };
    let (hash, events) = night();
    assert_eq!((hash, events), night());
    assert!(events < 500, "nothing may tick: {events}");
}

#[test]
fn what_nobody_has_modelled_listens_where_its_image_says() {
    let mut shop = Shop::new();
    let echo = shop.service("echo", 5678, vec![container("hashicorp/http-echo:1.0")])[0];
    let own = shop.service("own", 8080, vec![container("registry.example.com/own:1")])[0];
    shop.pass(5);
    let listening = |id| process::get(shop.cluster.world(), id).map(|it| it.listening.clone());
    assert_eq!((listening(echo), listening(own)), (Some(vec![5678]), Some(vec![8080])));
}
