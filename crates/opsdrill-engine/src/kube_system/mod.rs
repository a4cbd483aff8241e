//! What kubeadm puts into a cluster: CoreDNS, kube-proxy, a network plugin, and the control plane's static pods.
//!
//! Without it the control plane and the DNS are part of the platform, which nobody sees and nothing befalls. With it the DNS
//! is the pods behind the Service `kube-dns`. kube-proxy, the network plugin and the static pods run, but nothing depends on
//! them.

use opsdrill_objects::{Kind, Object, Status};
use serde_json::{Value, json};

use crate::api::{Identity, Payload, Request, Target, Verb};
use crate::cluster::Cluster;

const MANIFESTS: &str = include_str!("manifests.yaml");
const COREFILE: &str = include_str!("Corefile");
/// The version of the control plane's images.
const VERSION: &str = "v1.32.13";
/// The label of nodes that run the control plane.
const CONTROL_PLANE: &str = "node-role.kubernetes.io/control-plane";

/// A static pod of the control plane.
struct Static {
    name: &'static str,
    image: &'static str,
    /// Millicores that it asks for.
    cpu: &'static str,
    memory: Option<&'static str>,
    arguments: &'static [&'static str],
    /// Port of its health endpoint.
    port: u16,
    path: &'static str,
}

const STATIC: &[Static] = &[
    Static {
        name: "etcd",
        image: "registry.k8s.io/etcd:3.5.16-0",
        cpu: "100m",
        memory: Some("100Mi"),
        arguments: &["--data-dir=/var/lib/etcd", "--listen-client-urls=https://127.0.0.1:2379"],
        port: 2381,
        path: "/readyz",
    },
    Static {
        name: "kube-apiserver",
        image: "registry.k8s.io/kube-apiserver:",
        cpu: "250m",
        memory: None,
        arguments: &["--secure-port=6443", "--service-cluster-ip-range=10.96.0.0/16"],
        port: 6443,
        path: "/readyz",
    },
    Static {
        name: "kube-controller-manager",
        image: "registry.k8s.io/kube-controller-manager:",
        cpu: "200m",
        memory: None,
        arguments: &["--allocate-node-cidrs=true", "--cluster-cidr=10.244.0.0/16"],
        port: 10257,
        path: "/healthz",
    },
    Static {
        name: "kube-scheduler",
        image: "registry.k8s.io/kube-scheduler:",
        cpu: "100m",
        memory: None,
        arguments: &["--kubeconfig=/etc/kubernetes/scheduler.conf", "--leader-elect=true"],
        port: 10259,
        path: "/healthz",
    },
];

/// Puts it into a cluster whose nodes are there.
///
/// # Errors
/// The API's refusal, such as of names that are taken.
pub fn install(cluster: &mut Cluster) -> Result<(), Status> {
    let admin = Identity::admin("kubernetes-admin");
    let corefile = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": "coredns", "namespace": "kube-system" },
        "data": { "Corefile": COREFILE },
    });
    let manifests = MANIFESTS
        .split("\n---\n")
        .map(|it| serde_saphyr::from_str::<Value>(it).expect("our own manifests are well-formed"));
    for document in std::iter::once(corefile).chain(manifests) {
        let text = |pointer: &str| {
            document.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let kind = Kind::named(&text("/apiVersion"), &text("/kind"));
        let target = Target::one(kind, &text("/metadata/namespace"), "");
        let request = Request::new(Verb::Create(Payload::Document(document)), target);
        cluster.handle(&admin, request).result?;
    }
    let nodes: Vec<_> = cluster.view().list(Kind::Node, "").cloned().collect();
    for document in endpoints(&nodes) {
        let kind = Kind::named(
            document["apiVersion"].as_str().unwrap_or_default(),
            document["kind"].as_str().unwrap_or_default(),
        );
        let target = Target::one(kind, "default", "");
        let request = Request::new(Verb::Create(Payload::Document(document)), target);
        cluster.handle(&admin, request).result?;
    }
    for node in nodes.iter().filter(|it| it.meta.label(CONTROL_PLANE).is_some()) {
        for it in STATIC {
            let kubelet = Identity::system(&format!("system:node:{}", node.meta.name));
            let target = Target::one(Kind::Pod, "kube-system", "");
            let request = Request::new(Verb::Create(Payload::Document(mirror(it, node))), target);
            cluster.handle(&kubelet, request).result?;
        }
    }
    Ok(())
}

/// Where the API server says that it is: on the node of the control plane, or on a machine of its own beside the others.
fn endpoints(nodes: &[std::sync::Arc<Object>]) -> [Value; 2] {
    let is_control_plane = |it: &&std::sync::Arc<Object>| it.meta.label(CONTROL_PLANE).is_some();
    let address = nodes.iter().find(is_control_plane).and_then(|it| {
        let value = it.to_value();
        let address = value.pointer("/status/addresses/0/address");
        address.and_then(Value::as_str).map(str::to_owned)
    });
    let address = address.unwrap_or_else(|| format!("172.18.0.{}", nodes.len() + 2));
    let port = json!({ "name": "https", "port": 6443, "protocol": "TCP" });
    let labels = json!({ "endpointslice.kubernetes.io/skip-mirror": "true" });
    let of_slice = json!({ "kubernetes.io/service-name": "kubernetes" });
    [
        json!({
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": { "name": "kubernetes", "labels": labels },
            "subsets": [{ "addresses": [{ "ip": address }], "ports": [port] }],
        }),
        json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": { "name": "kubernetes", "labels": of_slice },
            "addressType": "IPv4",
            "endpoints": [{ "addresses": [address], "conditions": { "ready": true } }],
            "ports": [port],
        }),
    ]
}

/// The pod that shows a static pod in the API.
fn mirror(it: &Static, node: &Object) -> Value {
    let name = &node.meta.name;
    let image =
        if it.image.ends_with(':') { format!("{}{VERSION}", it.image) } else { it.image.into() };
    let hash = &blake3::hash(format!("{}/{name}", it.name).as_bytes()).to_hex()[..32];
    let mut requests = json!({ "cpu": it.cpu });
    if let Some(memory) = it.memory {
        requests["memory"] = memory.into();
    }
    let command: Vec<&str> = std::iter::once(it.name).chain(it.arguments.iter().copied()).collect();
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": format!("{}-{name}", it.name),
            "namespace": "kube-system",
            "labels": { "component": it.name, "tier": "control-plane" },
            "annotations": {
                "kubernetes.io/config.hash": hash,
                "kubernetes.io/config.mirror": hash,
                "kubernetes.io/config.seen": "2026-03-01T08:00:00.000000000Z",
                "kubernetes.io/config.source": "file",
            },
            "ownerReferences": [{
                "apiVersion": "v1", "kind": "Node", "name": &**name, "uid": node.meta.uid.to_string(),
                "controller": true,
            }],
        },
        "spec": {
            "nodeName": &**name,
            "hostNetwork": true,
            "priorityClassName": "system-node-critical",
            "tolerations": [{ "effect": "NoExecute", "operator": "Exists" }],
            "containers": [{
                "name": it.name,
                "image": image,
                "imagePullPolicy": "IfNotPresent",
                "command": command,
                "resources": { "requests": requests },
                "livenessProbe": {
                    "httpGet": { "path": it.path, "port": it.port, "scheme": "HTTP" },
                    "initialDelaySeconds": 10, "timeoutSeconds": 15, "failureThreshold": 8,
                },
            }],
        },
    })
}
