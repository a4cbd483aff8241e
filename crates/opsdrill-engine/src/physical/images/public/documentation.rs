//! The public registries: what the Kubernetes documentation, tutorials and vendors' examples ask for.

use super::super::userland::Userland::{Alpine, Busybox, Distroless, Ubuntu};
use super::{NGINX, PLAIN, Row};

const SHOP: Row = Row {
    tags: &[(&["v0.10.1", "v0.10.0", "v0.9.0", "v0.8.0"], 60)],
    userland: Distroless,
    ports: &[8080],
    ..PLAIN
};

/// A Go program of the shop.
const SHOP_GO: Row = Row { entrypoint: "/src/server", ..SHOP };

const PHP: Row = Row {
    entrypoint: "docker-php-entrypoint",
    command: "apache2-foreground",
    working_dir: "/var/www/html",
    ports: &[80],
    commands: &["apache2", "apache2-foreground", "php", "curl", "docker-php-entrypoint"],
    ..PLAIN
};

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "registry.k8s.io/nginx-slim",
        tags: &[(&["0.27"], 60), (&["0.24"], 59), (&["0.21"], 57), (&["0.8"], 55)],
        entrypoint: "",
        env: &[("NGINX_VERSION", "1.27.1")],
        ..NGINX
    },
    Row {
        name: "docker.io/nginxinc/nginx-unprivileged",
        tags: &[(&["latest", "1.29", "1.29.3"], 60), (&["1.27", "1.27.5"], 72)],
        user: "101",
        ports: &[8080],
        ..NGINX
    },
    Row { name: "registry.k8s.io/hpa-example", tags: &[(&["latest"], 180)], ..PHP },
    Row {
        name: "docker.io/library/wordpress",
        tags: &[
            (&["latest", "6", "6.8", "6.8-apache", "6.8.3-apache"], 246),
            (&["6.2.1-apache", "6.2-apache"], 218),
            (&["4.8-apache"], 130),
        ],
        entrypoint: "docker-entrypoint.sh",
        ..PHP
    },
    Row {
        name: "docker.io/library/php",
        tags: &[(
            &["apache", "8-apache", "8.3-apache", "8.2-apache", "7-apache", "7.2-apache"],
            178,
        )],
        ..PHP
    },
    Row {
        name: "us-docker.pkg.dev/google-samples/containers/gke/gb-frontend",
        tags: &[(&["v5", "v6"], 154)],
        ..PHP
    },
    Row {
        name: "us-docker.pkg.dev/google-samples/containers/gke/gb-redis-follower",
        tags: &[(&["v2", "v1"], 45)],
        entrypoint: "",
        command: "/bin/sh -c /run.sh",
        ports: &[6379],
        commands: &["redis-server", "redis-cli"],
        ..PLAIN
    },
    Row {
        name: "us-docker.pkg.dev/google-samples/containers/gke/hello-app",
        tags: &[(&["1.0"], 13), (&["2.0"], 13)],
        userland: Distroless,
        command: "/hello-app",
        user: "nonroot",
        ports: &[8080],
        ..PLAIN
    },
    Row {
        name: "gcr.io/google-samples/hello-app",
        tags: &[(&["1.0"], 13), (&["2.0"], 13)],
        userland: Alpine,
        command: "./hello-app",
        ports: &[8080],
        ..PLAIN
    },
    Row {
        name: "gcr.io/google-samples/node-hello",
        tags: &[(&["1.0"], 260)],
        command: "/bin/sh -c node server.js",
        ports: &[8080],
        commands: &["node"],
        ..PLAIN
    },
    Row {
        name: "registry.k8s.io/echoserver",
        tags: &[(&["1.10"], 44), (&["1.4"], 44)],
        command: "/usr/local/bin/run.sh",
        ports: &[8080],
        ..PLAIN
    },
    Row {
        name: "registry.k8s.io/e2e-test-images/jessie-dnsutils",
        tags: &[(&["1.7", "1.3"], 110)],
        entrypoint: "/usr/bin/bash",
        commands: &["dig", "nslookup", "host", "curl", "ping"],
        ..PLAIN
    },
    Row {
        name: "registry.k8s.io/e2e-test-images/nginx",
        tags: &[(&["1.15-4", "1.14-4"], 44)],
        userland: Alpine,
        entrypoint: "",
        ..NGINX
    },
    Row {
        name: "registry.k8s.io/e2e-test-images/busybox",
        tags: &[(&["1.36.1-1", "1.29-4"], 2)],
        userland: Busybox,
        command: "sh",
        ..PLAIN
    },
    Row {
        name: "registry.k8s.io/kubectl",
        tags: &[(&["v1.32.0", "v1.32.13"], 19)],
        userland: Distroless,
        entrypoint: "/bin/kubectl",
        user: "65532",
        commands: &["kubectl"],
        ..PLAIN
    },
    Row {
        name: "docker.io/bitnami/kubectl",
        tags: &[(&["latest", "1.32", "1.32.0", "1.31"], 75)],
        entrypoint: "kubectl",
        command: "--help",
        user: "1001",
        commands: &["kubectl", "curl"],
        ..PLAIN
    },
    Row {
        name: "docker.io/library/bash",
        tags: &[(&["latest", "5", "5.3", "5.2"], 6)],
        userland: Alpine,
        entrypoint: "docker-entrypoint.sh",
        command: "bash",
        commands: &["bash"],
        ..PLAIN
    },
    Row {
        name: "docker.io/traefik/whoami",
        tags: &[(&["latest", "v1.11", "v1.11.0"], 3), (&["v1.10", "v1.10.4"], 3)],
        userland: Distroless,
        entrypoint: "/whoami",
        ports: &[80],
        ..PLAIN
    },
    Row {
        name: "docker.io/ealen/echo-server",
        tags: &[(&["latest", "0.9.2"], 47)],
        userland: Alpine,
        entrypoint: "node webserver",
        ports: &[80],
        working_dir: "/app",
        commands: &["node"],
        ..PLAIN
    },
    Row {
        name: "docker.io/kicbase/echo-server",
        tags: &[(&["1.0", "latest"], 3)],
        userland: Distroless,
        entrypoint: "/bin/echo-server",
        ports: &[8080],
        ..PLAIN
    },
    Row {
        name: "docker.io/prom/node-exporter",
        tags: &[(&["latest", "v1.10.2"], 13), (&["v1.8.2"], 12), (&["v1.7.0"], 12)],
        userland: Busybox,
        entrypoint: "/bin/node_exporter",
        user: "nobody",
        ports: &[9100],
        ..PLAIN
    },
    Row {
        name: "quay.io/fluentd_elasticsearch/fluentd",
        tags: &[(&["v5.0.2", "latest"], 66), (&["v5.0.1"], 66), (&["v2.5.2"], 61)],
        entrypoint: "/entrypoint.sh",
        commands: &["fluentd", "ruby"],
        ..PLAIN
    },
    Row {
        name: "docker.io/library/mongo-express",
        tags: &[(&["latest", "1.0", "1.0.2"], 69)],
        userland: Alpine,
        entrypoint: "/sbin/tini -- /docker-entrypoint.sh",
        command: "mongo-express",
        ports: &[8081],
        commands: &["node", "bash"],
        ..PLAIN
    },
    Row {
        name: "us-central1-docker.pkg.dev/google-samples/microservices-demo/emailservice",
        entrypoint: "python email_server.py",
        ..SHOP
    },
    Row {
        name: "us-central1-docker.pkg.dev/google-samples/microservices-demo/recommendationservice",
        entrypoint: "python recommendation_server.py",
        ..SHOP
    },
    Row {
        name: "us-central1-docker.pkg.dev/google-samples/microservices-demo/checkoutservice",
        ports: &[5050],
        ..SHOP_GO
    },
    Row {
        name: "us-central1-docker.pkg.dev/google-samples/microservices-demo/frontend",
        ..SHOP_GO
    },
    Row {
        name: "us-central1-docker.pkg.dev/google-samples/microservices-demo/productcatalogservice",
        ports: &[3550],
        ..SHOP_GO
    },
    Row {
        name: "us-central1-docker.pkg.dev/google-samples/microservices-demo/shippingservice",
        ports: &[50051],
        ..SHOP_GO
    },
    Row {
        name: "us-central1-docker.pkg.dev/google-samples/microservices-demo/paymentservice",
        userland: Alpine,
        entrypoint: "node index.js",
        ports: &[50051],
        ..SHOP
    },
    Row {
        name: "us-central1-docker.pkg.dev/google-samples/microservices-demo/currencyservice",
        userland: Alpine,
        entrypoint: "node server.js",
        ports: &[7000],
        ..SHOP
    },
    Row {
        name: "us-central1-docker.pkg.dev/google-samples/microservices-demo/cartservice",
        entrypoint: "/app/cartservice",
        ports: &[7070],
        ..SHOP
    },
    Row {
        name: "us-central1-docker.pkg.dev/google-samples/microservices-demo/adservice",
        userland: Ubuntu,
        entrypoint: "/app/build/install/hipstershop/bin/AdService",
        ports: &[9555],
        ..SHOP
    },
    Row {
        name: "us-central1-docker.pkg.dev/google-samples/microservices-demo/loadgenerator",
        ports: &[],
        entrypoint: "locust --host=\"http://${FRONTEND_ADDR}\" --headless",
        ..SHOP
    },
];
