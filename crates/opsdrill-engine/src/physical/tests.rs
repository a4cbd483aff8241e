//! The physical world as a whole: containers, endpoints, users, and what becomes of them.

use std::collections::BTreeMap;

use opsdrill_objects::Uid;

use super::ContainerSpec;

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
        env: BTreeMap::new(),
        files: BTreeMap::new(),
        memory_limit: None,
        cpu_limit: None,
        restart_count: 0,
    }
}
