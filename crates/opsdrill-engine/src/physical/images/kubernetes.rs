//! The images of what a cluster consists of itself: the control plane, its DNS and its network.

use super::public::{PLAIN, Row};
use super::userland::Userland::Distroless;

/// One row an image, as in [`super::public`].
pub(super) const ROWS: &[Row] = &[
    Row {
        name: "registry.k8s.io/coredns/coredns",
        tags: &[(&["v1.12.0"], 21), (&["v1.11.3"], 19)],
        userland: Distroless,
        entrypoint: "/coredns",
        user: "nonroot",
        ports: &[53],
        ..PLAIN
    },
    Row {
        name: "registry.k8s.io/pause",
        tags: &[(&["3.10", "latest"], 1), (&["3.9"], 1)],
        userland: Distroless,
        entrypoint: "/pause",
        user: "65535",
        ..PLAIN
    },
    Row {
        name: "registry.k8s.io/etcd",
        tags: &[(&["3.5.16-0"], 58)],
        userland: Distroless,
        entrypoint: "etcd",
        ports: &[2379, 2380, 2381],
        ..PLAIN
    },
    Row {
        name: "registry.k8s.io/kube-apiserver",
        tags: &[(&["v1.32.13"], 29)],
        userland: Distroless,
        entrypoint: "kube-apiserver",
        ports: &[6443],
        ..PLAIN
    },
    Row {
        name: "registry.k8s.io/kube-controller-manager",
        tags: &[(&["v1.32.13"], 26)],
        userland: Distroless,
        entrypoint: "kube-controller-manager",
        ports: &[10257],
        ..PLAIN
    },
    Row {
        name: "registry.k8s.io/kube-scheduler",
        tags: &[(&["v1.32.13"], 21)],
        userland: Distroless,
        entrypoint: "kube-scheduler",
        ports: &[10259],
        ..PLAIN
    },
    Row {
        name: "registry.k8s.io/kube-proxy",
        tags: &[(&["v1.32.13"], 31)],
        userland: Distroless,
        entrypoint: "/usr/local/bin/kube-proxy",
        ports: &[10249],
        ..PLAIN
    },
    Row {
        name: "docker.io/kindest/kindnetd",
        tags: &[(&["v20250512-df8de77b"], 44)],
        userland: Distroless,
        entrypoint: "/bin/kindnetd",
        ports: &[],
        ..PLAIN
    },
    Row {
        name: "docker.io/kindest/local-path-provisioner",
        tags: &[(&["v20250214-acbabc1a"], 18)],
        userland: Distroless,
        entrypoint: "/local-path-provisioner",
        commands: &["local-path-provisioner"],
        ..PLAIN
    },
];
