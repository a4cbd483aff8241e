//! What containers and nodes use at this moment, as the metrics server would have heard of it.

use opsdrill_engine::{Cluster, physical};
use opsdrill_objects::{Kind, Object};
pub use opsdrill_shell::door::{Usage, UsagePart};

/// What the kubelet, the runtime and the system of a node take beside its pods.
const NODE_BASE: (i64, i64) = (65, 620 * 1024 * 1024);

/// What the containers of the running pods of a namespace use.
pub fn of_pods(cluster: &Cluster, namespace: &str) -> Vec<Usage> {
    let pods = cluster.view().list(Kind::Pod, namespace);
    let running = pods.filter(|it| it.pod().is_some_and(|pod| pod.phase() == "Running"));
    running.map(|it| of_pod(cluster, it)).collect()
}

fn of_pod(cluster: &Cluster, object: &Object) -> Usage {
    let pod = object.pod().expect("the caller listed pods");
    let parts = pod.spec.containers.iter().map(|container| {
        let used = physical::usage(cluster.world(), object.meta.uid, &container.name);
        UsagePart {
            name: container.name.clone(),
            cpu_milli: used.cpu_millis as i64,
            memory_bytes: used.memory_bytes as i64,
        }
    });
    Usage {
        namespace: object.meta.namespace().to_owned(),
        name: object.meta.name.to_string(),
        parts: parts.collect(),
    }
}

/// What nodes use: their pods' containers, and the system beside them. A node that is cut off reports nothing.
pub fn of_nodes(cluster: &Cluster) -> Vec<Usage> {
    let nodes = cluster.view().list(Kind::Node, "");
    let up = nodes.filter(|it| !physical::network::node_is_down(cluster.world(), &it.meta.name));
    up.map(|node| {
        let mut total =
            UsagePart { name: String::new(), cpu_milli: NODE_BASE.0, memory_bytes: NODE_BASE.1 };
        let pods = cluster.view().pods_on(&node.meta.name).into_iter();
        for part in pods.flat_map(|it| of_pod(cluster, it).parts) {
            total.cpu_milli += part.cpu_milli;
            total.memory_bytes += part.memory_bytes;
        }
        Usage { namespace: String::new(), name: node.meta.name.to_string(), parts: vec![total] }
    })
    .collect()
}
