//! Ingress-nginx on a whole cluster: classes, rules, certificates, addresses, events, and what users get.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing is to fail")]

use opsdrill_engine::api::{Identity, PatchType, Payload, Request, Target, Verb};
use opsdrill_engine::kubelet::{self, NodeSpec};
use opsdrill_engine::physical;
use opsdrill_engine::physical::application::{Catalogue, catalogue};
use opsdrill_engine::physical::network::{
    self, ExternalHost, HttpError, HttpOutcome, HttpRequest, Origin, http_request,
};
use opsdrill_engine::{Cluster, ClusterConfig, SimDuration};
use opsdrill_objects::Kind;
use opsdrill_objects::yaml::parse_documents;
use serde_json::{Value, json};

/// The class and the controller, on ports of every node.
const CONTROLLER: &str = r"
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: nginx }
spec: { controller: k8s.io/ingress-nginx }
---
apiVersion: v1
kind: Service
metadata: { name: ingress-nginx-controller }
spec:
  type: LoadBalancer
  selector: { app: ingress-nginx }
  ports:
  - { name: http, port: 80, targetPort: http, nodePort: 30080 }
  - { name: https, port: 443, targetPort: https, nodePort: 30443 }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ingress-nginx-controller }
spec:
  selector: { matchLabels: { app: ingress-nginx } }
  template:
    metadata: { labels: { app: ingress-nginx } }
    spec:
      containers:
      - name: controller
        image: registry.k8s.io/ingress-nginx/controller:v1.12.1
        args:
        - /nginx-ingress-controller
        - --publish-service=default/ingress-nginx-controller
        - --controller-class=k8s.io/ingress-nginx
        - --ingress-class=nginx
        ports:
        - { name: http, containerPort: 80 }
        - { name: https, containerPort: 443 }
        readinessProbe: { httpGet: { path: /healthz, port: 10254 }, periodSeconds: 10 }
";

/// A shop: two services, and its front door.
const SHOP: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: c, image: "nginx:1.27" }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ name: http, port: 8080, targetPort: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: wrong }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 81 }] }
---
apiVersion: v1
kind: Service
metadata: { name: nobody }
spec: { selector: { app: nobody }, ports: [{ port: 80 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop }
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example.com
    http:
      paths:
      - { path: /, pathType: Prefix, backend: { service: { name: web, port: { name: http } } } }
      - { path: /wrong, pathType: Prefix, backend: { service: { name: wrong, port: { number: 80 } } } }
      - { path: /nobody, pathType: Exact, backend: { service: { name: nobody, port: { number: 80 } } } }
      - { path: /missing, pathType: Prefix, backend: { service: { name: missing, port: { number: 80 } } } }
"#;

struct Stage {
    cluster: Cluster,
    node: String,
}

impl Stage {
    fn new(manifests: &[&str]) -> Self {
        let mut cluster = Cluster::new(ClusterConfig::default());
        cluster.bootstrap();
        kubelet::register_node(cluster.world_mut(), &NodeSpec::named("worker-0")).unwrap();
        let node = network::node_address(cluster.world(), "worker-0").unwrap();
        let mut stage = Self { cluster, node };
        stage.pass(2);
        for manifest in manifests {
            stage.apply(manifest);
        }
        stage
    }

    fn apply(&mut self, manifest: &str) {
        for document in parse_documents(manifest).unwrap() {
            let text = |key: &str| document.value[key].as_str().unwrap().to_owned();
            let kind = Kind::by_name(&text("apiVersion"), &text("kind")).unwrap();
            let namespace = if kind.info().namespaced { "default" } else { "" };
            let verb = Verb::Create(Payload::Document(document.value));
            self.ask(verb, Target::one(kind, namespace, ""));
        }
    }

    fn ask(&mut self, verb: Verb, target: Target) {
        let request = Request::new(verb, target);
        self.cluster.handle(&Identity::admin("trainee"), request).result.unwrap();
    }

    fn patch(&mut self, target: Target, patch: Value) {
        self.ask(Verb::Patch(PatchType::Merge, patch), target);
    }

    fn annotate(&mut self, name: &str, value: &str) {
        let annotations = json!({ format!("nginx.ingress.kubernetes.io/{name}"): value });
        self.patch(ingress("shop"), json!({ "metadata": { "annotations": annotations } }));
    }

    fn pass(&mut self, seconds: u64) {
        let until = self.cluster.now() + SimDuration::seconds(seconds);
        self.cluster.advance(until);
    }

    /// Asks for a URL of the shop, from outside.
    fn get(&self, url: &str) -> Result<HttpOutcome, HttpError> {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (host, path) = rest.split_at(rest.find('/').unwrap());
        let (port, node) = (if scheme == "https" { 30443 } else { 30080 }, &self.node);
        let request = HttpRequest {
            method: "GET".to_owned(),
            url: format!("{scheme}://{host}:{port}{path}"),
            resolved: vec![(host.to_owned(), port, node.clone())],
            insecure: true,
            ..HttpRequest::default()
        };
        http_request(self.cluster.world(), &Origin::Outside, &request)
    }

    fn status(&self, url: &str) -> u16 {
        self.get(url).unwrap().status
    }

    fn events(&self, name: &str) -> Vec<String> {
        let events = self.cluster.view().list(Kind::Event, "").filter_map(|it| it.event());
        let about =
            events.filter(|it| it.involved.kind == Kind::Ingress && &*it.involved.name == name);
        about
            .map(|it| {
                let (component, count) = (&it.component, it.count);
                format!(
                    "{} {} x{count} {component}: {}",
                    it.event_type.as_str(),
                    it.reason,
                    it.message
                )
            })
            .collect()
    }

    fn address(&self) -> Value {
        let object = self.cluster.view().get(Kind::Ingress, "default", "shop").unwrap();
        object.to_value()["status"]["loadBalancer"].clone()
    }
}

fn ingress(name: &str) -> Target {
    Target::one(Kind::Ingress, "default", name)
}

fn shop() -> Stage {
    let mut stage = Stage::new(&[CONTROLLER, SHOP]);
    stage.pass(60);
    stage
}

#[test]
fn rules_lead_to_pods_and_failures_have_nginxs_pages() {
    let stage = shop();
    let answer = stage.get("http://shop.example.com/").unwrap();
    assert_eq!(answer.status, 200);
    assert!(String::from_utf8(answer.body).unwrap().contains("Welcome to nginx!"));
    let page = |url: &str| {
        let answer = stage.get(url).unwrap();
        let text = String::from_utf8(answer.body).unwrap();
        let title = text.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
        assert!(text.ends_with("<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"), "{text}");
        title.to_owned()
    };
    assert_eq!(page("http://other.example.com/"), "404 Not Found");
    assert_eq!(page("http://shop.example.com/wrong/a"), "502 Bad Gateway");
    assert_eq!(page("http://shop.example.com/nobody"), "503 Service Temporarily Unavailable");
    assert_eq!(page("http://shop.example.com/missing"), "503 Service Temporarily Unavailable");
    // The page that is not there is the web server's own complaint.
    assert_eq!(stage.status("http://shop.example.com/nobody/"), 404);
}

#[test]
fn a_node_that_is_gone_costs_patience() {
    let mut stage = Stage::new(&[]);
    let other = NodeSpec::named("worker-1");
    kubelet::register_node(stage.cluster.world_mut(), &other).unwrap();
    stage.pass(1);
    stage.apply(CONTROLLER);
    stage.apply(SHOP);
    let on = |node: &str| {
        let selector = json!({ "kubernetes.io/hostname": node });
        json!({ "spec": { "template": { "spec": { "nodeSelector": selector } } } })
    };
    let deployment = |name: &str| Target::one(Kind::Deployment, "default", name);
    stage.patch(deployment("web"), on("worker-1"));
    stage.patch(deployment("ingress-nginx-controller"), on("worker-0"));
    stage.pass(60);
    assert_eq!(stage.status("http://shop.example.com/"), 200);
    network::set_node_down(stage.cluster.world_mut(), "worker-1", true);
    let answer = stage.get("http://shop.example.com/").unwrap();
    assert_eq!((answer.status, answer.latency_ms / 1000), (504, 15), "three tries of five seconds");
    stage.annotate("proxy-connect-timeout", "2");
    assert_eq!(stage.get("http://shop.example.com/").unwrap().latency_ms / 1000, 6);
}

#[test]
fn what_may_have_been_done_is_not_asked_for_again() {
    let mut stage = Stage::new(&[]);
    let slow = json!({ "like": "nginx", "request": { "latency_ms": 100_000 } });
    let slow = catalogue::read(slow).unwrap();
    stage.cluster.world_mut().resource_mut::<Catalogue>().insert("nginx", slow);
    stage.apply(CONTROLLER);
    stage.apply(SHOP);
    stage.annotate("proxy-read-timeout", "4");
    stage.pass(60);
    let asked = |method: &str| {
        let request = HttpRequest {
            method: method.to_owned(),
            url: "http://shop.example.com:30080/".to_owned(),
            resolved: vec![("shop.example.com".to_owned(), 30080, stage.node.clone())],
            ..HttpRequest::default()
        };
        let answer = http_request(stage.cluster.world(), &Origin::Outside, &request).unwrap();
        (answer.status, answer.latency_ms / 1000)
    };
    assert_eq!(asked("GET"), (504, 12));
    assert_eq!(asked("POST"), (504, 4));
}

#[test]
fn only_the_controllers_own_class_is_served() {
    let mut stage = shop();
    let class = |name: Value| json!({ "spec": { "ingressClassName": name } });
    stage.patch(ingress("shop"), class(json!("traefik")));
    assert_eq!(stage.status("http://shop.example.com/"), 404);
    stage.patch(ingress("shop"), class(Value::Null));
    assert_eq!(stage.status("http://shop.example.com/"), 404);
    let old = json!({ "kubernetes.io/ingress.class": "nginx" });
    stage.patch(ingress("shop"), json!({ "metadata": { "annotations": old } }));
    assert_eq!(stage.status("http://shop.example.com/"), 200);
    // The default class is named when an Ingress is made.
    let default = json!({ "ingressclass.kubernetes.io/is-default-class": "true" });
    let target = Target::one(Kind::IngressClass, "", "nginx");
    stage.patch(target, json!({ "metadata": { "annotations": default } }));
    let backend = json!({ "service": { "name": "web", "port": { "number": 8080 } } });
    let document = json!({ "metadata": { "name": "all" }, "spec": { "defaultBackend": backend } });
    let verb = Verb::Create(Payload::Document(document));
    stage.ask(verb, ingress(""));
    let all = stage.cluster.view().get(Kind::Ingress, "default", "all").unwrap().to_value();
    assert_eq!(all["spec"]["ingressClassName"], "nginx");
    assert_eq!(stage.status("http://other.example.com/"), 200, "it takes all that nobody else has");
}

#[test]
fn without_a_controller_nothing_answers_and_no_address_comes() {
    let mut stage = Stage::new(&[SHOP]);
    stage.pass(200);
    assert_eq!((stage.address(), stage.events("shop")), (json!({}), Vec::new()));
    let error = stage.get("http://shop.example.com/").unwrap_err();
    assert!(matches!(error, HttpError::Connect { .. }), "{error:?}");
}

#[test]
fn it_tells_of_each_ingress_and_gives_it_the_services_address() {
    let mut stage = shop();
    let sync = |count| format!("Normal Sync x{count} nginx-ingress-controller: Scheduled for sync");
    // Once when it started; the load balancer has no address yet.
    assert_eq!((stage.events("shop"), stage.address()), (vec![sync(1)], json!({})));
    // Somebody brings a cloud along.
    let addresses = ["203.0.113.10".to_owned()];
    network::add_load_balancer_addresses(stage.cluster.world_mut(), &addresses);
    let service = |name: &str| Target::one(Kind::Service, "default", name);
    let touched = json!({ "metadata": { "labels": { "touched": "true" } } });
    stage.patch(service("ingress-nginx-controller"), touched);
    stage.pass(50);
    assert_eq!(stage.address(), json!({}), "it looks once a minute");
    stage.pass(15);
    assert_eq!(stage.address(), json!({ "ingress": [{ "ip": "203.0.113.10" }] }));
    assert_eq!(stage.events("shop"), [sync(2)]);
    stage.annotate("auth-url", "https://login.example.com");
    stage.pass(1);
    let strange = "Warning NotSimulated x1 nginx-ingress-controller: opsdrill: not simulated: annotation nginx.ingress.kubernetes.io/auth-url";
    assert!(stage.events("shop").contains(&strange.to_owned()), "{:?}", stage.events("shop"));
}

#[test]
fn a_cloud_gives_each_load_balancer_an_address() {
    let mut stage = Stage::new(&[]);
    let addresses = ["203.0.113.1", "203.0.113.2"].map(str::to_owned);
    network::add_load_balancer_addresses(stage.cluster.world_mut(), &addresses);
    let spec = |kind: &str| json!({ "type": kind, "ports": [{ "port": 80 }] });
    for name in ["a", "b", "c"] {
        let document = json!({ "metadata": { "name": name }, "spec": spec("LoadBalancer") });
        stage.ask(
            Verb::Create(Payload::Document(document)),
            Target::one(Kind::Service, "default", ""),
        );
        stage.pass(1);
    }
    stage.pass(10);
    let shown = |stage: &Stage| {
        ["a", "b", "c"].map(|it| {
            let object = stage.cluster.view().get(Kind::Service, "default", it);
            let balancer = object.map(|it| it.to_value()["status"]["loadBalancer"].clone());
            balancer.map(|it| it["ingress"][0]["ip"].as_str().unwrap_or("pending").to_owned())
        })
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(shown(&stage), [some("203.0.113.1"), some("203.0.113.2"), some("pending")]);
    let service = |name: &str| Target::one(Kind::Service, "default", name);
    stage.ask(Verb::Delete, service("a"));
    stage.patch(service("b"), json!({ "spec": { "type": "ClusterIP" } }));
    stage.pass(20);
    assert_eq!(shown(&stage), [None, some("pending"), some("203.0.113.1")]);
    let finalizers = |name: &str| {
        let object = stage.cluster.view().get(Kind::Service, "default", name).unwrap();
        object.meta.finalizers.clone()
    };
    assert_eq!(finalizers("b"), Vec::<String>::new());
    // What only the old type has goes with it.
    let left = stage.cluster.view().get(Kind::Service, "default", "b").unwrap().to_value();
    let fields = ["allocateLoadBalancerNodePorts", "externalTrafficPolicy"];
    assert!(fields.iter().all(|it| left["spec"].get(it).is_none()), "{left:#}");
    assert!(left["spec"]["ports"][0].get("nodePort").is_none(), "{left:#}");
    assert_eq!(finalizers("c"), ["service.kubernetes.io/load-balancer-cleanup"]);
}

#[test]
fn hosts_with_tls_send_clients_there() {
    let mut stage = shop();
    assert_eq!(stage.status("https://shop.example.com/"), 200);
    let tls = json!([{ "hosts": ["shop.example.com"], "secretName": "shop-tls" }]);
    stage.patch(ingress("shop"), json!({ "spec": { "tls": tls } }));
    let answer = stage.get("http://shop.example.com/a?b=c").unwrap();
    let location = answer.headers.iter().find(|it| it.0 == "Location").unwrap().1.clone();
    assert_eq!((answer.status, &*location), (308, "https://shop.example.com/a?b=c"));
    stage.annotate("ssl-redirect", "false");
    assert_eq!(stage.status("http://shop.example.com/"), 200);
    // Without its Secret the host shows the controller's own certificate.
    let trusting = |stage: &Stage, host: &str| {
        let request = HttpRequest {
            method: "GET".to_owned(),
            url: format!("https://{host}:30443/"),
            resolved: vec![(host.to_owned(), 30443, stage.node.clone())],
            ..HttpRequest::default()
        };
        http_request(stage.cluster.world(), &Origin::Outside, &request).map(|it| it.status)
    };
    let fake = "SSL certificate problem: self-signed certificate".to_owned();
    let refused = Err(HttpError::Certificate(fake));
    assert_eq!(trusting(&stage, "shop.example.com"), refused);
    let mut secret = |name: &str, certificate: &str| {
        let data = json!({ "tls.crt": certificate, "tls.key": "key" });
        let metadata = json!({ "name": name });
        let document =
            json!({ "metadata": metadata, "type": "kubernetes.io/tls", "stringData": data });
        stage.ask(
            Verb::Create(Payload::Document(document)),
            Target::one(Kind::Secret, "default", ""),
        );
    };
    secret("shop-tls", include_str!("ingress/shop.crt"));
    assert_eq!(trusting(&stage, "shop.example.com"), Ok(200));
    assert_eq!(trusting(&stage, "other.example.com"), refused);
    let request = HttpRequest {
        method: "GET".to_owned(),
        url: format!("http://{}:30443/", stage.node),
        ..HttpRequest::default()
    };
    let plain = http_request(stage.cluster.world(), &Origin::Outside, &request).unwrap();
    assert_eq!(plain.status, 400, "plain HTTP where TLS is spoken");
}

/// The shop with users of some of its paths.
fn with_users(users: &[(&str, &str)]) -> Stage {
    let mut stage = shop();
    let host = ExternalHost {
        name: "shop.example.com".to_owned(),
        address: stage.node.clone(),
        ..ExternalHost::default()
    };
    network::add_external(stage.cluster.world_mut(), host);
    for (name, path) in users {
        let target = format!("http://shop.example.com:30080{path}");
        let source = json!({ "name": name, "target": target, "rate": { "constant": 1000 } });
        let source = serde_json::from_value(source).unwrap();
        physical::traffic::add(stage.cluster.world_mut(), source).unwrap();
    }
    stage.pass(5);
    stage
}

fn served(stage: &Stage, name: &str) -> u64 {
    let ledger = physical::ledger(stage.cluster.world());
    ledger.traffic(name).unwrap().at(stage.cluster.now()).success_ppm
}

/// The controller's namespace is let through, or not, by its labels.
#[test]
fn a_policy_between_it_and_its_backend_looks_at_the_namespace() {
    let mut stage = with_users(&[("buyers", "/")]);
    assert_eq!(served(&stage, "buyers"), 1_000_000);
    let from = json!([{ "namespaceSelector": { "matchLabels": { "team": "edge" } } }]);
    let policy = json!({
        "metadata": { "name": "edge-only" },
        "spec": { "podSelector": { "matchLabels": { "app": "web" } }, "ingress": [{ "from": from }] },
    });
    let target = Target::one(Kind::NetworkPolicy, "default", "");
    stage.ask(Verb::Create(Payload::Document(policy)), target);
    stage.pass(5);
    assert_eq!(served(&stage, "buyers"), 0);
    for (team, wanted) in [("edge", 1_000_000), ("desk", 0)] {
        let labels = json!({ "metadata": { "labels": { "team": team } } });
        stage.patch(Target::one(Kind::Namespace, "", "default"), labels);
        stage.pass(5);
        assert_eq!(served(&stage, "buyers"), wanted, "{team}");
    }
}

#[test]
fn users_go_through_it() {
    let mut stage = with_users(&[("buyers", "/"), ("lost", "/nobody"), ("astray", "/wrong")]);
    assert_eq!(["buyers", "lost", "astray"].map(|it| served(&stage, it)), [1_000_000, 0, 0]);
    // The rules change, and the users with them.
    let web = json!({ "service": { "name": "web", "port": { "number": 8080 } } });
    let path = json!({ "path": "/nobody", "pathType": "Prefix", "backend": web });
    let rules = json!([{ "host": "shop.example.com", "http": { "paths": [path] } }]);
    stage.patch(ingress("shop"), json!({ "spec": { "rules": rules } }));
    stage.pass(5);
    assert_eq!(["buyers", "lost"].map(|it| served(&stage, it)), [0, 1_000_000]);
    // Without its controller nobody gets anywhere.
    let controller = Target::one(Kind::Deployment, "default", "ingress-nginx-controller");
    stage.patch(controller, json!({ "spec": { "replicas": 0 } }));
    stage.pass(60);
    assert_eq!(served(&stage, "lost"), 0);
}
