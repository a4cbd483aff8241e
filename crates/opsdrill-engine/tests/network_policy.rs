//! NetworkPolicies on a whole cluster: what pods may reach, and how it feels where they may not.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]

use opsdrill_engine::api::{Identity, PatchType, Payload, Request, Target, Verb};
use opsdrill_engine::kubelet::{self, NodeSpec};
use opsdrill_engine::physical;
use opsdrill_engine::physical::network::dns::{self, DnsError};
use opsdrill_engine::physical::network::{
    self, ConnectError, ExternalHost, HttpError, HttpRequest, Origin, http_request,
};
use opsdrill_engine::{Cluster, ClusterConfig, SimDuration};
use opsdrill_objects::Kind;
use opsdrill_objects::yaml::parse_documents;
use serde_json::{Value, json};

/// A web service in `shop`, callers in `shop` and in `desk`.
const PODS: &str = r#"
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: Namespace
metadata: { name: desk, labels: { team: support } }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec:
  nodeName: worker-0
  containers:
  - { name: c, image: "nginx:1.27", ports: [{ name: http, containerPort: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 8080, targetPort: http, nodePort: 30080 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: friend, namespace: shop, labels: { role: front } }
spec: { nodeName: worker-1, containers: [{ name: c, image: "nginx:1.27" }] }
---
apiVersion: v1
kind: Pod
metadata: { name: stranger, namespace: shop, labels: { role: batch } }
spec: { nodeName: worker-1, containers: [{ name: c, image: "nginx:1.27" }] }
---
apiVersion: v1
kind: Pod
metadata: { name: helper, namespace: desk, labels: { role: front } }
spec: { nodeName: worker-1, containers: [{ name: c, image: "nginx:1.27" }] }
"#;

/// Who asks the web service in [`Stage::reached`], in this order.
const CALLERS: [(&str, &str); 3] = [("shop", "friend"), ("shop", "stranger"), ("desk", "helper")];

struct Stage {
    cluster: Cluster,
}

impl Stage {
    fn new() -> Self {
        let mut cluster = Cluster::new(ClusterConfig::default());
        cluster.bootstrap();
        for name in ["worker-0", "worker-1"] {
            kubelet::register_node(cluster.world_mut(), &NodeSpec::named(name)).unwrap();
        }
        let host = ExternalHost {
            name: "api.example.com".to_owned(),
            address: "203.0.113.7".to_owned(),
            ports: vec![80],
            ..ExternalHost::default()
        };
        network::add_external(cluster.world_mut(), host);
        let mut stage = Self { cluster };
        stage.pass(2);
        stage.apply(PODS);
        stage.pass(40);
        stage
    }

    fn pass(&mut self, seconds: u64) {
        let until = self.cluster.now() + SimDuration::seconds(seconds);
        self.cluster.advance(until);
    }

    fn ask(&mut self, verb: Verb, target: Target) {
        let request = Request::new(verb, target);
        self.cluster.handle(&Identity::admin("trainee"), request).result.unwrap();
    }

    fn apply(&mut self, manifest: &str) {
        for document in parse_documents(manifest).unwrap() {
            let text = |key: &str| document.value[key].as_str().unwrap().to_owned();
            let kind = Kind::by_name(&text("apiVersion"), &text("kind")).unwrap();
            let namespace = document.value["metadata"]["namespace"].as_str().unwrap_or_default();
            let target = Target::one(kind, namespace, "");
            self.ask(Verb::Create(Payload::Document(document.value)), target);
            self.pass(1);
        }
    }

    /// A policy of the namespace `shop`.
    fn policy(&mut self, name: &str, spec: Value) {
        let document = json!({ "metadata": { "name": name }, "spec": spec });
        let target = Target::one(Kind::NetworkPolicy, "shop", "");
        self.ask(Verb::Create(Payload::Document(document)), target);
    }

    fn pod(&self, namespace: &str, name: &str) -> Origin {
        let found = self.cluster.view().get(Kind::Pod, namespace, name);
        Origin::Pod(found.unwrap().meta.uid)
    }

    fn get(&self, from: &Origin, url: &str) -> Result<u16, HttpError> {
        let request = HttpRequest { url: url.to_owned(), ..HttpRequest::default() };
        http_request(self.cluster.world(), from, &request).map(|it| it.status)
    }

    /// Which of the callers reach the web service; the others wait in vain.
    fn reached(&self) -> [bool; 3] {
        CALLERS.map(|(namespace, name)| {
            let from = self.pod(namespace, name);
            match self.get(&from, "http://web.shop:8080/") {
                Ok(status) => status == 200,
                Err(HttpError::Connect {
                    error: ConnectError::Timeout | ConnectError::NameTimeout,
                    ..
                }) => false,
                Err(other) => panic!("{name}: {other:?}"),
            }
        })
    }
}

#[test]
fn what_is_not_allowed_to_a_chosen_pod_is_lost() {
    let mut stage = Stage::new();
    assert_eq!(stage.reached(), [true; 3], "nobody has said anything");
    stage.policy("deny", json!({ "podSelector": {} }));
    assert_eq!(stage.reached(), [false; 3]);
    let web = json!({ "matchLabels": { "app": "web" } });
    let front = json!({ "podSelector": { "matchLabels": { "role": "front" } } });
    stage.policy("front", json!({ "podSelector": web, "ingress": [{ "from": [front] }] }));
    assert_eq!(stage.reached(), [true, false, false], "pods of the policy's own namespace");
    let support = json!({ "matchLabels": { "team": "support" } });
    let desk = json!({ "namespaceSelector": support, "podSelector": { "matchLabels": { "role": "none" } } });
    stage.policy("desk", json!({ "podSelector": web, "ingress": [{ "from": [desk] }] }));
    assert_eq!(stage.reached(), [true, false, false], "both selectors count");
    let target = Target::one(Kind::NetworkPolicy, "shop", "desk");
    let peers = json!([{ "from": [{ "namespaceSelector": support }] }]);
    stage.ask(Verb::Patch(PatchType::Merge, json!({ "spec": { "ingress": peers } })), target);
    assert_eq!(stage.reached(), [true, false, true]);
    // Ports are those of the pods, not of the Service.
    let port = |port: Value| json!({ "spec": { "ingress": [{ "ports": [{ "port": port }] }] } });
    for (wanted, reached) in [
        (json!(8080), [true, false, false]),
        (json!(80), [true; 3]),
        (json!("https"), [true, false, false]),
        (json!("http"), [true; 3]),
    ] {
        let target = Target::one(Kind::NetworkPolicy, "shop", "desk");
        stage.ask(Verb::Patch(PatchType::Merge, port(wanted.clone())), target);
        assert_eq!(stage.reached(), reached, "{wanted}");
    }
}

#[test]
fn nodes_and_the_world_are_addresses() {
    let mut stage = Stage::new();
    let node = |name: &str| network::node_address(stage.cluster.world(), name).unwrap();
    let (first, second) = (node("worker-0"), node("worker-1"));
    let url = format!("http://{first}:30080/");
    let reached = |stage: &Stage| {
        let from =
            [Origin::Node("worker-0".into()), Origin::Node("worker-1".into()), Origin::Outside];
        from.map(|it| stage.get(&it, &url).is_ok())
    };
    assert_eq!(reached(&stage), [true; 3]);
    stage.policy("deny", json!({ "podSelector": {} }));
    assert_eq!(reached(&stage), [true, false, false], "a kubelet probes its own pods");
    let block = json!({ "ipBlock": { "cidr": format!("{second}/32") } });
    stage.policy("node", json!({ "podSelector": {}, "ingress": [{ "from": [block] }] }));
    assert_eq!(reached(&stage), [true, true, false]);
    let block = json!({ "ipBlock": { "cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"] } });
    stage.policy("world", json!({ "podSelector": {}, "ingress": [{ "from": [block] }] }));
    assert_eq!(reached(&stage), [true; 3]);
    assert_eq!(stage.reached(), [false; 3], "pods are excepted");
}

#[test]
fn whoever_may_open_no_connections_knows_no_names_either() {
    let mut stage = Stage::new();
    let from = stage.pod("shop", "friend");
    let names = |stage: &Stage| dns::lookup(stage.cluster.world(), &from, "web.shop").map(|_| ());
    let outside = |stage: &Stage| stage.get(&from, "http://203.0.113.7/").is_ok();
    assert_eq!((names(&stage), outside(&stage)), (Ok(()), true));
    stage.policy("deny", json!({ "podSelector": {}, "policyTypes": ["Egress"] }));
    assert_eq!((names(&stage), outside(&stage)), (Err(DnsError::Timeout), false));
    assert_eq!(stage.get(&from, "http://127.0.0.1/"), Ok(200), "a pod reaches itself");
    assert_eq!(stage.reached(), [false, false, true], "others may come");
    let system = json!({ "kubernetes.io/metadata.name": "kube-system" });
    let peer = json!({
        "namespaceSelector": { "matchLabels": system },
        "podSelector": { "matchLabels": { "k8s-app": "kube-dns" } },
    });
    let ports = json!([{ "port": 53, "protocol": "UDP" }, { "port": 53, "protocol": "TCP" }]);
    let rule = json!({ "to": [peer], "ports": ports });
    stage.policy("dns", json!({ "podSelector": {}, "policyTypes": ["Egress"], "egress": [rule] }));
    assert_eq!((names(&stage), outside(&stage)), (Ok(()), false));
    let rule = json!({ "to": [{ "ipBlock": { "cidr": "203.0.113.0/24" } }], "ports": [{ "port": 1, "endPort": 80 }] });
    stage.policy("api", json!({ "podSelector": {}, "policyTypes": ["Egress"], "egress": [rule] }));
    assert!(outside(&stage));
}

#[test]
fn users_are_lost_and_come_back() {
    let mut stage = Stage::new();
    let node = network::node_address(stage.cluster.world(), "worker-0").unwrap();
    let source = json!({ "name": "buyers", "target": format!("http://{node}:30080/"), "rate": { "constant": 1000 } });
    let source = serde_json::from_value(source).unwrap();
    physical::traffic::add(stage.cluster.world_mut(), source).unwrap();
    let served = |stage: &mut Stage| {
        stage.pass(5);
        let ledger = physical::ledger(stage.cluster.world());
        ledger.traffic("buyers").unwrap().at(stage.cluster.now()).success_ppm
    };
    assert_eq!(served(&mut stage), 1_000_000);
    let web = json!({ "matchLabels": { "app": "web" } });
    stage.policy("deny", json!({ "podSelector": { "matchLabels": { "tier": "inner" } } }));
    assert_eq!(served(&mut stage), 1_000_000);
    // A label brings the pod under the policy.
    let labels = |tier: Value| json!({ "metadata": { "labels": { "tier": tier } } });
    let pod = || Target::one(Kind::Pod, "shop", "web");
    stage.ask(Verb::Patch(PatchType::Merge, labels(json!("inner"))), pod());
    assert_eq!(served(&mut stage), 0);
    let all = json!([{}]);
    stage.policy("all", json!({ "podSelector": web, "ingress": all }));
    assert_eq!(served(&mut stage), 1_000_000);
}
