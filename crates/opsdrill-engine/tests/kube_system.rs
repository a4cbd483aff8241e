//! The pods of kube-system: what there is, and what comes of a DNS that is broken.

use opsdrill_engine::api::{Identity, PatchType, Request, Target, Verb};
use opsdrill_engine::kubelet::{self, NodeSpec};
use opsdrill_engine::physical::network::dns::{self, DnsError};
use opsdrill_engine::physical::network::{self, ExternalHost, Origin};
use opsdrill_engine::{Cluster, ClusterConfig, SimTime, kube_system};
use opsdrill_objects::Kind;
use serde_json::{Value, json};

struct Stage(Cluster);

impl Stage {
    fn new() -> Self {
        let mut stage = Self(Cluster::new(ClusterConfig::default()));
        stage.0.bootstrap();
        let mut control_plane = NodeSpec::named("control-plane");
        let label = "node-role.kubernetes.io/control-plane";
        control_plane.labels.insert(label.to_owned(), String::new());
        for node in [control_plane, NodeSpec::named("worker-0")] {
            kubelet::register_node(stage.0.world_mut(), &node).expect("a new name");
        }
        let name = "example.com".to_owned();
        let host =
            ExternalHost { name, address: "192.0.2.80".to_owned(), ..ExternalHost::default() };
        network::add_external(stage.0.world_mut(), host);
        kube_system::install(&mut stage.0).expect("an empty cluster");
        stage.wait(60);
        stage
    }

    fn wait(&mut self, seconds: u64) {
        let until = SimTime(self.0.now().0 + seconds * 1000);
        self.0.advance(until);
    }

    fn ask(&mut self, verb: Verb, kind: Kind, name: &str) {
        let request = Request::new(verb, Target::one(kind, "kube-system", name));
        self.0.handle(&Identity::admin("trainee"), request).result.expect("it is allowed");
    }

    fn corefile(&mut self, change: impl Fn(&str) -> String) {
        let found = self.0.view().get(Kind::ConfigMap, "kube-system", "coredns").expect("there");
        let file = change(found.to_value()["data"]["Corefile"].as_str().expect("a text"));
        let patch = json!({ "data": { "Corefile": file } });
        self.ask(Verb::Patch(PatchType::Merge, patch), Kind::ConfigMap, "coredns");
    }

    fn pods(&self) -> Vec<Value> {
        self.0.view().list(Kind::Pod, "kube-system").map(|it| it.to_value()).collect()
    }

    fn delete_dns_pods(&mut self) {
        let names: Vec<String> = self.pods().iter().map(name).collect();
        for name in names.iter().filter(|it| it.starts_with("coredns-")) {
            self.ask(Verb::Delete, Kind::Pod, name);
        }
    }

    /// Asks from a pod that uses the cluster's DNS.
    fn lookup(&self, name: &str) -> Result<Vec<String>, DnsError> {
        let client = self.0.view().get(Kind::Pod, "default", "client").expect("it runs");
        let origin = Origin::Pod(client.meta.uid);
        dns::lookup(self.0.world(), &origin, name).map(|it| it.addresses)
    }

    fn client(&mut self) {
        let container = json!({ "name": "c", "image": "nginx:1.27" });
        let pod =
            json!({ "metadata": { "name": "client" }, "spec": { "containers": [container] } });
        let target = Target::one(Kind::Pod, "default", "");
        let create = Verb::Create(opsdrill_engine::api::Payload::Document(pod));
        self.0
            .handle(&Identity::admin("trainee"), Request::new(create, target))
            .object()
            .expect("valid");
        self.wait(20);
    }

    fn log(&self, pod: &str) -> String {
        let request = opsdrill_engine::physical::logs::LogRequest {
            namespace: "kube-system".into(),
            pod: pod.into(),
            ..Default::default()
        };
        let reply = self.0.logs(&request).expect("it has a log");
        reply.lines.iter().map(|it| format!("{}\n", it.text)).collect()
    }
}

fn name(pod: &Value) -> String {
    pod["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn everything_runs() {
    let stage = Stage::new();
    let pods = stage.pods();
    for pod in &pods {
        assert_eq!(pod["status"]["phase"], "Running", "{pod:#}");
        assert_eq!(pod["status"]["containerStatuses"][0]["ready"], true, "{pod:#}");
    }
    let count = |start: &str| pods.iter().filter(|it| name(it).starts_with(start)).count();
    assert_eq!(["coredns-", "kube-proxy-", "kindnet-"].map(count), [2; 3]);
    for part in ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] {
        assert_eq!(count(&format!("{part}-control-plane")), 1, "{part}");
    }
}

#[test]
fn the_dns_is_its_pods() {
    let mut stage = Stage::new();
    stage.client();
    let own = "kubernetes.default.svc.cluster.local";
    assert_eq!(stage.lookup(own), Ok(vec!["10.96.0.1".to_owned()]));
    assert_eq!(stage.lookup("example.com"), Ok(vec!["192.0.2.80".to_owned()]));
    let scale = json!({ "spec": { "replicas": 0 } });
    stage.ask(Verb::Patch(PatchType::Merge, scale), Kind::Deployment, "coredns");
    stage.wait(40);
    assert_eq!(stage.lookup(own), Err(DnsError::Timeout));
    let scale = json!({ "spec": { "replicas": 1 } });
    stage.ask(Verb::Patch(PatchType::Merge, scale), Kind::Deployment, "coredns");
    stage.wait(30);
    assert!(stage.lookup(own).is_ok());
}

#[test]
fn a_wrong_corefile_is_refused_while_it_runs_and_deadly_when_it_starts() {
    let mut stage = Stage::new();
    stage.client();
    stage.corefile(|it| it.replace("forward .", "forwrad ."));
    stage.wait(150);
    let pods: Vec<String> = stage.pods().iter().map(name).collect();
    let first = pods.iter().find(|it| it.starts_with("coredns-")).expect("there are two").clone();
    let log = stage.log(&first);
    let words = "/etc/coredns/Corefile:13 - Error during parsing: Unknown directive 'forwrad'";
    assert!(log.contains(&format!("[ERROR] Restart failed: {words}")), "{log}");
    assert!(stage.lookup("example.com").is_ok(), "the old one is still served");
    stage.delete_dns_pods();
    stage.wait(120);
    let pods = stage.pods();
    let crashed = pods.iter().find(|it| name(it).starts_with("coredns-")).expect("a new one");
    let status = &crashed["status"]["containerStatuses"][0];
    assert_eq!(status["state"]["waiting"]["reason"], "CrashLoopBackOff", "{status:#}");
    assert_eq!(stage.log(&name(crashed)), format!("{words}\n"));
    assert_eq!(stage.lookup("kubernetes.default.svc.cluster.local"), Err(DnsError::Timeout));
    stage.corefile(|it| it.replace("forwrad .", "forward ."));
    stage.delete_dns_pods();
    stage.wait(60);
    assert!(stage.lookup("example.com").is_ok());
}

#[test]
fn another_corefile_is_read_while_it_runs() {
    let mut stage = Stage::new();
    stage.client();
    stage.corefile(|it| {
        it.replace(
            "    loop\n",
            "    hosts {\n       192.0.2.9 own.example.com\n       fallthrough\n    }\n",
        )
        .replace("forward . /etc/resolv.conf {\n       max_concurrent 1000\n    }", "log")
    });
    assert_eq!(stage.lookup("own.example.com"), Err(DnsError::NotFound));
    stage.wait(150);
    assert_eq!(stage.lookup("own.example.com"), Ok(vec!["192.0.2.9".to_owned()]));
    assert_eq!(stage.lookup("example.com"), Err(DnsError::NotFound), "nobody is asked any more");
}

#[test]
fn a_static_pod_comes_back() {
    let mut stage = Stage::new();
    stage.ask(Verb::Delete, Kind::Pod, "etcd-control-plane");
    stage.wait(60);
    let pods = stage.pods();
    let etcd = pods.iter().find(|it| name(it) == "etcd-control-plane").expect("it is back");
    assert_eq!(etcd["status"]["phase"], "Running");
}
