//! The public registries: well-known images as of the recordings' version of the world, one row a variant.
//!
//! Sizes are those of the compressed linux/amd64 images, rounded.

mod documentation;
mod languages;

use super::image::Image;
use super::kubernetes;
use super::userland::Userland::{self, Alpine, Busybox, Debian, Distroless, Ubuntu};

/// Some tags of a repository that share their make; several rows may stand for one repository.
pub(super) struct Row {
    /// Host and repository.
    pub(super) name: &'static str,
    /// Tags of one image (newest first) and its size in millions of bytes.
    pub(super) tags: &'static [(&'static [&'static str], u64)],
    /// What its system consists of.
    pub(super) userland: Userland,
    /// Words of `ENTRYPOINT`.
    pub(super) entrypoint: &'static str,
    /// Words of `CMD`.
    pub(super) command: &'static str,
    /// User, empty for root.
    pub(super) user: &'static str,
    /// Folder in which it starts.
    pub(super) working_dir: &'static str,
    /// Ports of `EXPOSE`.
    pub(super) ports: &'static [u16],
    /// Environment; `{version}` is the tag's number.
    pub(super) env: &'static [(&'static str, &'static str)],
    /// Commands beside the userland's.
    pub(super) commands: &'static [&'static str],
}

/// What most rows have.
pub(super) const PLAIN: Row = Row {
    name: "",
    tags: &[],
    userland: Debian,
    entrypoint: "",
    command: "",
    user: "",
    working_dir: "",
    ports: &[],
    env: &[],
    commands: &[],
};

const NGINX: Row = Row {
    name: "docker.io/library/nginx",
    entrypoint: "/docker-entrypoint.sh",
    command: "nginx -g daemon_off;",
    ports: &[80],
    env: &[("NGINX_VERSION", "{version}"), ("PKG_RELEASE", "1~bookworm")],
    commands: &["nginx", "curl"],
    ..PLAIN
};

const REDIS: Row = Row {
    name: "docker.io/library/redis",
    entrypoint: "docker-entrypoint.sh",
    command: "redis-server",
    working_dir: "/data",
    ports: &[6379],
    env: &[("REDIS_VERSION", "{version}")],
    commands: &["redis-server", "redis-cli", "redis-benchmark", "gosu"],
    ..PLAIN
};

const POSTGRES: Row = Row {
    name: "docker.io/library/postgres",
    entrypoint: "docker-entrypoint.sh",
    command: "postgres",
    ports: &[5432],
    env: &[
        ("LANG", "en_US.utf8"),
        ("PG_MAJOR", "{version}"),
        ("PGDATA", "/var/lib/postgresql/data"),
    ],
    commands: &["postgres", "psql", "pg_dump", "pg_isready", "pg_ctl", "createdb", "gosu"],
    ..PLAIN
};

const ROWS: &[Row] = &[
    Row {
        tags: &[
            (&["latest", "1.29", "1.29.3", "mainline"], 60),
            (&["1.28", "1.28.0", "stable"], 72),
            (&["1.27", "1.27.5"], 72),
            (&["1.26", "1.26.3"], 72),
            (&["1.25", "1.25.5"], 71),
            (&["1.24", "1.24.0"], 57),
            (&["1.21", "1.21.6"], 56),
            (&["1.14", "1.14.2"], 44),
            // What `helm create` asks for.
            (&["1.16", "1.16.0"], 45),
        ],
        ..NGINX
    },
    Row {
        tags: &[
            (&["alpine", "1.29-alpine", "mainline-alpine"], 22),
            (&["1.28-alpine", "stable-alpine"], 21),
            (&["1.26-alpine"], 20),
            (&["1.27-alpine"], 21),
            (&["1.25-alpine"], 18),
        ],
        userland: Alpine,
        ..NGINX
    },
    Row {
        tags: &[
            (&["latest", "8", "8.4", "8.4.0"], 53),
            (&["8.2", "8.2.3"], 52),
            (&["7", "7.4", "7.4.7"], 46),
            (&["7.2", "7.2.12"], 45),
            (&["6", "6.2", "6.2.21"], 41),
            (&["6.0", "6.0.5", "6.0.20"], 38),
        ],
        ..REDIS
    },
    Row {
        tags: &[
            (&["alpine", "8-alpine", "8.4-alpine"], 29),
            (&["7-alpine", "7.4-alpine"], 17),
            (&["7.2-alpine"], 16),
            (&["6-alpine", "6.2-alpine"], 12),
        ],
        userland: Alpine,
        ..REDIS
    },
    Row {
        name: "docker.io/valkey/valkey",
        tags: &[(&["latest", "9", "9.0"], 45), (&["8", "8.1"], 43)],
        command: "valkey-server",
        env: &[],
        commands: &["valkey-server", "valkey-cli", "redis-server", "redis-cli"],
        ..REDIS
    },
    Row {
        tags: &[
            (&["latest", "18", "18.1"], 161),
            (&["17", "17.7"], 155),
            (&["16", "16.11"], 152),
            (&["15", "15.15"], 151),
            (&["14", "14.20"], 150),
            (&["13", "13.23"], 149),
        ],
        ..POSTGRES
    },
    Row {
        tags: &[
            (&["alpine", "18-alpine"], 110),
            (&["17-alpine"], 104),
            (&["16-alpine"], 103),
            (&["15-alpine"], 102),
        ],
        userland: Alpine,
        ..POSTGRES
    },
    Row {
        name: "docker.io/library/busybox",
        tags: &[
            (&["latest", "stable", "1.37", "1.37.0", "glibc", "musl"], 2),
            (&["1.36", "1.36.1"], 2),
            (&["1.35", "1.35.0"], 2),
            (&["1.28"], 1),
        ],
        userland: Busybox,
        command: "sh",
        ..PLAIN
    },
    Row {
        name: "docker.io/library/alpine",
        tags: &[
            (&["latest", "3", "3.22", "3.22.2"], 4),
            (&["3.21", "3.21.5"], 4),
            (&["3.20", "3.20.8"], 4),
            (&["3.19"], 3),
            (&["3.18"], 3),
        ],
        userland: Alpine,
        command: "/bin/sh",
        ..PLAIN
    },
    Row {
        name: "docker.io/library/debian",
        tags: &[
            (&["latest", "trixie", "13"], 49),
            (&["trixie-slim", "stable-slim"], 30),
            (&["bookworm", "12"], 48),
            (&["bookworm-slim", "12-slim"], 28),
            (&["bullseye", "11"], 54),
        ],
        command: "bash",
        ..PLAIN
    },
    Row {
        name: "docker.io/library/ubuntu",
        tags: &[(&["latest", "24.04", "noble"], 30), (&["22.04", "jammy"], 30), (&["20.04"], 27)],
        userland: Ubuntu,
        command: "/bin/bash",
        ..PLAIN
    },
    Row {
        name: "docker.io/curlimages/curl",
        tags: &[
            (&["latest", "8.17.0"], 9),
            (&["8.16.0"], 9),
            (&["8.10.1"], 9),
            (&["8.8.0"], 9),
            (&["7.88.1"], 8),
        ],
        userland: Alpine,
        entrypoint: "/entrypoint.sh",
        command: "curl",
        user: "curl_user",
        working_dir: "/home/curl_user",
        commands: &["curl"],
        ..PLAIN
    },
    Row {
        name: "docker.io/nicolaka/netshoot",
        tags: &[(&["latest", "v0.14"], 202), (&["v0.13"], 197)],
        userland: Alpine,
        command: "zsh",
        working_dir: "/root",
        commands: &["bash", "curl", "dig", "host", "jq", "psql", "redis-cli", "tcpdump", "zsh"],
        ..PLAIN
    },
    Row {
        name: "docker.io/library/httpd",
        tags: &[(&["latest", "2", "2.4", "2.4.65"], 45), (&["alpine", "2.4-alpine"], 20)],
        command: "httpd-foreground",
        working_dir: "/usr/local/apache2",
        ports: &[80],
        commands: &["httpd"],
        ..PLAIN
    },
    Row {
        name: "docker.io/library/mysql",
        tags: &[
            (&["latest", "9", "9.5"], 268),
            (&["lts", "8.4"], 232),
            (&["8", "8.0"], 233),
            (&["5.7"], 137),
        ],
        entrypoint: "docker-entrypoint.sh",
        command: "mysqld",
        ports: &[3306, 33060],
        commands: &["mysqld", "mysql", "mysqldump", "mysqladmin"],
        ..PLAIN
    },
    Row {
        name: "docker.io/library/mariadb",
        tags: &[(&["latest", "12", "12.0"], 105), (&["11", "11.8", "lts"], 104), (&["10.11"], 101)],
        entrypoint: "docker-entrypoint.sh",
        command: "mariadbd",
        ports: &[3306],
        commands: &["mariadbd", "mariadb", "mariadb-admin", "mariadb-dump"],
        ..PLAIN
    },
    Row {
        name: "docker.io/library/mongo",
        tags: &[
            (&["latest", "8", "8.2"], 321),
            (&["7", "7.0"], 285),
            (&["6", "6.0"], 259),
            (&["5.0"], 233),
        ],
        entrypoint: "docker-entrypoint.sh",
        command: "mongod",
        ports: &[27017],
        commands: &["mongod", "mongosh", "mongodump"],
        ..PLAIN
    },
    Row {
        name: "docker.io/library/memcached",
        tags: &[(&["latest", "1", "1.6"], 31), (&["alpine", "1.6-alpine"], 5)],
        entrypoint: "docker-entrypoint.sh",
        command: "memcached",
        user: "memcache",
        ports: &[11211],
        commands: &["memcached"],
        ..PLAIN
    },
    Row {
        name: "docker.io/library/rabbitmq",
        tags: &[
            (&["latest", "4", "4.2"], 105),
            (&["3", "3.13"], 100),
            (&["3-management", "3.13-management", "management"], 108),
        ],
        entrypoint: "docker-entrypoint.sh",
        command: "rabbitmq-server",
        ports: &[4369, 5672, 15672, 25672],
        commands: &["rabbitmq-server", "rabbitmqctl", "rabbitmq-diagnostics"],
        ..PLAIN
    },
    Row {
        name: "docker.io/grafana/grafana",
        tags: &[(&["latest", "12.3.0"], 197), (&["11.6.0"], 171), (&["10.4.2"], 113)],
        userland: Alpine,
        entrypoint: "/run.sh",
        user: "472",
        ports: &[3000],
        ..PLAIN
    },
    Row {
        name: "docker.io/prom/prometheus",
        tags: &[(&["latest", "v3.7.3"], 130), (&["v2.55.1"], 113)],
        userland: Busybox,
        entrypoint: "/bin/prometheus",
        command: "--config.file=/etc/prometheus/prometheus.yml --storage.tsdb.path=/prometheus",
        user: "nobody",
        working_dir: "/prometheus",
        ports: &[9090],
        commands: &["prometheus", "promtool"],
        ..PLAIN
    },
    Row {
        name: "docker.io/fluent/fluent-bit",
        tags: &[(&["latest", "4", "4.2"], 38), (&["3", "3.2"], 35)],
        userland: Distroless,
        entrypoint: "/fluent-bit/bin/fluent-bit",
        command: "-c /fluent-bit/etc/fluent-bit.conf",
        ports: &[2020],
        ..PLAIN
    },
    Row {
        name: "docker.io/hashicorp/http-echo",
        tags: &[(&["latest", "1.0", "1.0.0"], 4), (&["0.2.3"], 2)],
        userland: Distroless,
        entrypoint: "/http-echo",
        command: "-text hello-world",
        user: "65532",
        ports: &[5678],
        ..PLAIN
    },
    Row {
        name: "quay.io/prometheus/node-exporter",
        tags: &[(&["latest", "v1.10.2"], 13), (&["v1.8.2"], 12)],
        userland: Busybox,
        entrypoint: "/bin/node_exporter",
        user: "nobody",
        ports: &[9100],
        ..PLAIN
    },
    // The documentation's examples of probes.
    Row {
        name: "registry.k8s.io/busybox",
        tags: &[(&["latest", "1.27.2", "1.27"], 1), (&["1.24"], 1)],
        userland: Busybox,
        command: "sh",
        ..PLAIN
    },
    Row {
        name: "registry.k8s.io/ingress-nginx/controller",
        tags: &[(&["v1.14.0", "v1.13.3"], 111), (&["v1.12.1", "v1.11.5"], 107)],
        userland: Alpine,
        entrypoint: "/usr/bin/dumb-init --",
        command: "/nginx-ingress-controller",
        user: "www-data",
        commands: &["nginx", "dumb-init", "nginx-ingress-controller", "curl"],
        ..PLAIN
    },
    Row {
        name: "registry.k8s.io/metrics-server/metrics-server",
        tags: &[(&["v0.8.0"], 22), (&["v0.7.2"], 19)],
        userland: Distroless,
        entrypoint: "/metrics-server",
        user: "65534",
        ports: &[10250],
        ..PLAIN
    },
    Row {
        name: "registry.k8s.io/e2e-test-images/agnhost",
        tags: &[(&["2.53", "2.52", "2.47"], 52), (&["2.40", "2.39"], 50)],
        userland: Alpine,
        entrypoint: "/agnhost",
        command: "pause",
        commands: &["curl", "dig"],
        ..PLAIN
    },
    Row {
        name: "ghcr.io/stefanprodan/podinfo",
        tags: &[(&["latest", "6.9.2"], 34), (&["6.7.0"], 32)],
        userland: Alpine,
        command: "./podinfo",
        user: "app",
        working_dir: "/home/app",
        ports: &[9898],
        commands: &["podinfo", "podcli", "curl"],
        ..PLAIN
    },
];

/// All public images, each with all its tags.
pub(super) fn images() -> impl Iterator<Item = (&'static [&'static str], Image)> {
    let rows =
        ROWS.iter().chain(documentation::ROWS).chain(languages::ROWS).chain(kubernetes::ROWS);
    rows.flat_map(|row| row.tags.iter().map(|(tags, size)| (*tags, row.image(tags, *size))))
}

impl Row {
    fn image(&self, tags: &[&str], size: u64) -> Image {
        // The most telling tag is the longest that begins like a version: `1.27.5` of `latest 1.27 1.27.5`.
        let is_version = |it: &&&str| it.starts_with(|it: char| it.is_ascii_digit());
        let version = tags.iter().filter(is_version).max_by_key(|it| it.len());
        let version = version.map_or("", |it| it.split('-').next().unwrap_or(it));
        let path = ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        let env = self.env.iter().chain([&path]);
        let words = |text: &str| {
            text.split_whitespace().map(|it| it.replace("daemon_off;", "daemon off;")).collect()
        };
        let first = tags.first().copied().unwrap_or("latest");
        // Real sizes are not round; the odd bytes come from the name, so that they stay the same.
        let odd = blake3::hash(format!("{}:{first}", self.name).as_bytes()).as_bytes()[0];
        Image {
            reference: format!("{}:{first}", self.name),
            size: size * 1_000_000 + u64::from(odd) * 1_543,
            entrypoint: words(self.entrypoint),
            command: words(self.command),
            env: env
                .map(|(name, value)| ((*name).to_owned(), value.replace("{version}", version)))
                .collect(),
            user: self.user.to_owned(),
            working_dir: self.working_dir.to_owned(),
            ports: self.ports.to_vec(),
            userland: self.userland,
            commands: self.commands.iter().map(|it| (*it).to_owned()).collect(),
            ..Image::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::physical::images::reference::Reference;

    #[test]
    fn names_are_whole_and_no_tag_stands_twice() {
        let mut seen = BTreeSet::new();
        for (tags, image) in images() {
            let name = Reference::parse(&image.reference).expect("rows hold valid names");
            assert_eq!(name.to_string(), image.reference);
            for tag in tags {
                assert!(seen.insert(format!("{}:{tag}", name.name())), "{} {tag}", name.name());
            }
        }
    }

    #[test]
    fn versions_show_in_the_environment_and_words_stay_together() {
        let (_, image) = images().find(|(tags, _)| tags.contains(&"1.27.5")).expect("a row");
        assert_eq!(image.env["NGINX_VERSION"], "1.27.5");
        assert_eq!(image.command, ["nginx", "-g", "daemon off;"]);
    }
}
