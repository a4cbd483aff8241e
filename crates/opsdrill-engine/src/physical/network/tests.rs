//! Names, routes and answers in a small shop: a web service, a headless database, what is outside.

use serde_json::{Value, json};

use super::dns::{DnsError, Resolver, lookup, resolve};
use super::*;
use crate::physical::application::Catalogue;
use crate::physical::application::model::{ApplicationModel, Http, Runtime, Setting};
use crate::physical::{self, ContainerSpec, Sees};
use crate::store;
use crate::{Cluster, ClusterConfig, SimTime};
use opsdrill_objects::decode::decode_object;

fn insert(cluster: &mut Cluster, kind: Kind, uid: u128, mut document: Value) {
    document["metadata"]["uid"] = Uid(uid).to_string().into();
    let object = decode_object(kind, document).expect("a document of its kind").value;
    store::insert(cluster.world_mut(), object);
}

fn meta(name: &str) -> Value {
    json!({ "name": name, "namespace": "shop" })
}

fn pod(cluster: &mut Cluster, uid: u128, name: &str, node: &str, address: &str) {
    let spec = json!({ "nodeName": node, "containers": [{ "name": "c", "image": "shop/web" }] });
    let status = json!({ "phase": "Running", "podIP": address });
    insert(
        cluster,
        Kind::Pod,
        uid,
        json!({ "metadata": meta(name), "spec": spec, "status": status }),
    );
}

fn process(cluster: &mut Cluster, uid: u128, name: &str, node: &str, address: &str) {
    let spec = ContainerSpec {
        pod: Uid(uid),
        namespace: "shop".into(),
        pod_name: name.into(),
        pod_ip: address.into(),
        node: node.into(),
        container: "c".into(),
        image: "shop/web".into(),
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
    };
    physical::start(cluster.world_mut(), spec).expect("it starts");
}

fn service(cluster: &mut Cluster, uid: u128, name: &str, spec: Value, endpoints: Value) {
    insert(cluster, Kind::Service, uid, json!({ "metadata": meta(name), "spec": spec }));
    let slice = json!({
        "metadata": {
            "name": format!("{name}-x"), "namespace": "shop",
            "labels": { "kubernetes.io/service-name": name }
        },
        "addressType": "IPv4",
        "ports": [{ "name": "http", "port": 8080, "protocol": "TCP" }],
        "endpoints": endpoints,
    });
    insert(cluster, Kind::EndpointSlice, uid + 1, slice);
}

fn endpoint(uid: u128, node: &str, address: &str, ready: bool) -> Value {
    json!({
        "addresses": [address], "nodeName": node, "conditions": { "ready": ready },
        "targetRef": { "kind": "Pod", "name": "x", "namespace": "shop", "uid": Uid(uid).to_string() },
    })
}

/// Pods `web-1` (listens), `web-2` (runs nothing) and `client`; Services `web`, `none`, `db` (headless), `out`.
fn shop() -> Cluster {
    let mut cluster = Cluster::new(ClusterConfig::default());
    let model = ApplicationModel {
        name: "web".into(),
        runtime: Runtime::Go,
        ports: vec![Setting { default: Some("8080".into()), ..Setting::default() }],
        http: Http { paths: vec!["/".into()], ..Http::default() },
        ..ApplicationModel::default()
    };
    cluster.world_mut().resource_mut::<Catalogue>().insert("shop/web", model);
    for (node, address) in [("worker-1", "192.0.2.1"), ("worker-2", "192.0.2.2")] {
        let status = json!({ "addresses": [{ "type": "InternalIP", "address": address }] });
        let uid = 90 + u128::from(address.as_bytes()[8]);
        let document = json!({ "metadata": { "name": node }, "status": status });
        insert(&mut cluster, Kind::Node, uid, document);
    }
    pod(&mut cluster, 1, "web-1", "worker-1", "10.244.1.1");
    pod(&mut cluster, 2, "web-2", "worker-2", "10.244.2.2");
    pod(&mut cluster, 3, "client", "worker-2", "10.244.2.3");
    process(&mut cluster, 1, "web-1", "worker-1", "10.244.1.1");
    let ports = json!([{ "name": "http", "port": 80, "nodePort": 30080, "targetPort": 8080 }]);
    let web = json!({ "clusterIP": "10.96.1.1", "type": "NodePort", "ports": ports });
    let first = endpoint(1, "worker-1", "10.244.1.1", true);
    let second = endpoint(2, "worker-2", "10.244.2.2", false);
    service(&mut cluster, 20, "web", web, json!([first, second]));
    let ports = json!([{ "name": "http", "port": 80 }]);
    let none = json!({ "clusterIP": "10.96.1.2", "ports": ports });
    service(&mut cluster, 30, "none", none, json!([]));
    let mut named = endpoint(1, "worker-1", "10.244.1.1", true);
    named["hostname"] = "db-0".into();
    let db = json!({ "clusterIP": "None", "ports": [{ "name": "http", "port": 8080 }] });
    service(
        &mut cluster,
        40,
        "db",
        db,
        json!([named, endpoint(3, "worker-2", "10.244.2.3", true)]),
    );
    let out = json!({ "type": "ExternalName", "externalName": "api.example.com" });
    service(&mut cluster, 50, "out", out, json!([]));
    let api = ExternalHost {
        name: "api.example.com".into(),
        ports: vec![443],
        body: "hello".into(),
        ..ExternalHost::default()
    };
    add_external(cluster.world_mut(), api);
    let entrance = Entrance { namespace: "shop".into(), service: "web".into(), port: 80 };
    let shop = ExternalHost {
        name: "shop.example.com".into(),
        address: "203.0.113.80".into(),
        entrances: [(80, entrance)].into(),
        ..ExternalHost::default()
    };
    add_external(cluster.world_mut(), shop);
    cluster.advance(SimTime(10_000));
    cluster
}

const CLIENT: Origin = Origin::Pod(Uid(3));

#[test]
fn names_are_found_along_the_search_path() {
    let cluster = shop();
    let names = |name: &str| {
        let answer = resolve(cluster.world(), &CLIENT, name);
        answer.map(|it| (it.name, it.addresses.join(" ")))
    };
    let full = |name: &str, addresses: &str| Ok((name.to_owned(), addresses.to_owned()));
    let web = full("web.shop.svc.cluster.local", "10.96.1.1");
    for name in ["web", "web.shop", "web.shop.svc", "web.shop.svc.cluster.local", "WEB"] {
        assert_eq!(names(name), web, "{name}");
    }
    assert_eq!(names("web.shop.svc.cluster.local."), web);
    assert_eq!(names("web."), Err(DnsError::NotFound));
    assert_eq!(names("web.other"), Err(DnsError::NotFound));
    assert_eq!(names("db"), full("db.shop.svc.cluster.local", "10.244.1.1 10.244.2.3"));
    assert_eq!(names("db-0.db"), full("db-0.db.shop.svc.cluster.local", "10.244.1.1"));
    let dashed = "10-244-2-3.db.shop.svc.cluster.local";
    assert_eq!(names("10-244-2-3.db"), full(dashed, "10.244.2.3"));
    assert_eq!(names("client"), full("client", "10.244.2.3"));
    assert_eq!(names("10.1.2.3"), full("10.1.2.3", "10.1.2.3"));
    let alias = lookup(cluster.world(), &CLIENT, "out").unwrap();
    assert_eq!(alias.alias.as_deref(), Some("api.example.com"));
    assert!(resolve(cluster.world(), &CLIENT, "api.example.com").is_ok());
    assert_eq!(names("nosuch.example.com"), Err(DnsError::NotFound));
    assert!(resolve(cluster.world(), &Origin::Outside, "web.shop").is_err());
}

#[test]
fn a_pods_resolver_has_the_clusters_search_path() {
    let cluster = shop();
    let resolver = Resolver::of(cluster.world(), &CLIENT);
    let file = "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\n\
                options ndots:5\n";
    assert_eq!(resolver.file(), file);
    assert_eq!(resolver.candidates("a.b.c.d.e.f").next().unwrap(), "a.b.c.d.e.f");
    assert_eq!(resolver.candidates("a.b").last().unwrap(), "a.b");
}

#[test]
fn without_endpoints_of_its_own_the_dns_answers_nobody() {
    let mut cluster = shop();
    let spec = json!({ "clusterIP": "10.96.0.10", "ports": [{ "name": "dns", "port": 53 }] });
    let metadata = json!({ "name": "kube-dns", "namespace": "kube-system" });
    let document = json!({ "metadata": metadata, "spec": spec });
    insert(&mut cluster, Kind::Service, 60, document);
    assert_eq!(resolve(cluster.world(), &CLIENT, "web"), Err(DnsError::Timeout));
    assert!(resolve(cluster.world(), &CLIENT, "localhost").is_ok());
}

fn outcome(
    cluster: &Cluster,
    from: &Origin,
    host: &str,
    port: u16,
) -> Result<Vec<u64>, ConnectError> {
    let route = route(cluster.world(), from, host, port)?;
    route.destinations.iter().map(|it| it.peer.clone().map(|_| it.port.into())).collect()
}

#[test]
fn routes_end_at_ready_endpoints_or_in_the_right_error() {
    let cluster = shop();
    let check = |host, port, expected: Result<Vec<u64>, ConnectError>| {
        assert_eq!(outcome(&cluster, &CLIENT, host, port), expected, "{host}:{port}");
    };
    check("web", 80, Ok(vec![8080]));
    check("web", 81, Err(ConnectError::Timeout));
    check("none", 80, Err(ConnectError::Refused));
    check("nosuch", 80, Err(ConnectError::NameNotFound));
    check("10.244.1.1", 8080, Ok(vec![8080]));
    check("10.244.1.1", 9, Err(ConnectError::Refused));
    check("10.244.9.9", 80, Err(ConnectError::NoRoute));
    check("192.0.2.2", 30080, Ok(vec![8080]));
    check("192.0.2.2", 30081, Err(ConnectError::Refused));
    check("localhost", 8080, Err(ConnectError::Refused));
    check("198.51.100.7", 80, Err(ConnectError::Timeout));
}

#[test]
fn the_workstation_reaches_nodes_and_entrances_only() {
    let cluster = shop();
    let check = |host, port, expected: Result<Vec<u64>, ConnectError>| {
        assert_eq!(outcome(&cluster, &Origin::Outside, host, port), expected, "{host}:{port}");
    };
    check("192.0.2.1", 30080, Ok(vec![8080]));
    check("shop.example.com", 80, Ok(vec![8080]));
    check("shop.example.com", 443, Err(ConnectError::Refused));
    check("web.shop.svc.cluster.local", 80, Err(ConnectError::NameNotFound));
    check("10.96.1.1", 80, Err(ConnectError::Timeout));
    check("10.244.1.1", 8080, Err(ConnectError::Timeout));
}

#[test]
fn a_dead_node_swallows_what_is_sent_to_its_pods() {
    let mut cluster = shop();
    set_node_down(cluster.world_mut(), "worker-1", true);
    assert_eq!(outcome(&cluster, &CLIENT, "web", 80), Err(ConnectError::Timeout));
    assert_eq!(outcome(&cluster, &CLIENT, "192.0.2.1", 30080), Err(ConnectError::Timeout));
    let inside = Origin::Node("worker-1".into());
    assert_eq!(outcome(&cluster, &inside, "10.244.1.1", 8080), Err(ConnectError::Timeout));
    set_node_down(cluster.world_mut(), "worker-1", false);
    assert_eq!(outcome(&cluster, &CLIENT, "web", 80), Ok(vec![8080]));
}

#[test]
fn addresses_of_deleted_objects_are_forgotten() {
    let mut cluster = shop();
    store::remove(cluster.world_mut(), Uid(3));
    store::remove(cluster.world_mut(), Uid(20));
    cluster.advance(SimTime(20_000));
    let inside = Origin::Node("worker-2".into());
    assert_eq!(outcome(&cluster, &inside, "10.244.2.3", 80), Err(ConnectError::NoRoute));
    assert_eq!(outcome(&cluster, &inside, "10.96.1.1", 80), Err(ConnectError::NoRoute));
}

fn get(url: &str) -> HttpRequest {
    HttpRequest { method: "GET".into(), url: url.into(), ..HttpRequest::default() }
}

#[test]
fn requests_are_answered_by_what_listens() {
    let cluster = shop();
    let ask = |url: &str| http_request(cluster.world(), &CLIENT, &get(url));
    let answer = ask("http://web/").unwrap();
    let text = String::from_utf8(answer.body.clone()).unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(text, "{\"path\":\"/\",\"pod\":\"web-1\",\"service\":\"web\"}\n");
    assert_eq!(ask("http://web/nosuch").unwrap().status, 404);
    assert_eq!(ask("https://web:80/"), Err(HttpError::NotTls));
    let outside = ask("https://out/").unwrap();
    assert_eq!((outside.status, &*outside.body), (200, &b"hello"[..]));
    assert!(matches!(
        ask("http://none/"),
        Err(HttpError::Connect { error: ConnectError::Refused, .. })
    ));
    let hasty = HttpRequest { connect_timeout_ms: Some(3_000), ..get("http://web:81/") };
    assert_eq!(
        http_request(cluster.world(), &CLIENT, &hasty),
        Err(HttpError::Timeout { after_ms: 3_000, connected: false })
    );
    assert_eq!(http_request(cluster.world(), &CLIENT, &get("http://web/")), Ok(answer));
}

#[test]
fn a_process_that_hangs_answers_nobody() {
    let mut cluster = shop();
    let id = physical::process::of_pod(cluster.world(), Uid(1)).next().unwrap().id;
    physical::process::get_mut(cluster.world_mut(), id).unwrap().state =
        physical::ProcessState::Hung;
    let patient = HttpRequest { timeout_ms: Some(5_000), ..get("http://web/") };
    assert_eq!(
        http_request(cluster.world(), &CLIENT, &patient),
        Err(HttpError::Timeout { after_ms: 5_000, connected: true })
    );
}
