//! The public registries: languages, and what loads a machine.

use super::super::userland::Userland::{Alpine, Ubuntu};
use super::{PLAIN, Row};

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "docker.io/library/node",
        tags: &[
            (&["latest", "25"], 410),
            (&["lts", "24"], 408),
            (&["22"], 400),
            (&["20"], 395),
            (&["slim", "24-slim", "22-slim", "20-slim"], 79),
        ],
        entrypoint: "docker-entrypoint.sh",
        command: "node",
        commands: &["node", "npm", "npx", "yarn", "curl", "ps"],
        ..PLAIN
    },
    Row {
        name: "docker.io/library/node",
        tags: &[
            (&["alpine", "lts-alpine", "24-alpine"], 56),
            (&["22-alpine"], 53),
            (&["20-alpine"], 43),
        ],
        userland: Alpine,
        entrypoint: "docker-entrypoint.sh",
        command: "node",
        commands: &["node", "npm", "npx", "yarn"],
        ..PLAIN
    },
    Row {
        name: "docker.io/library/perl",
        tags: &[
            (&["latest", "5", "5.42"], 380),
            (&["5.40"], 379),
            (&["5.34", "5.34.0"], 336),
            (&["slim", "5-slim"], 52),
        ],
        command: "perl",
        commands: &["perl"],
        ..PLAIN
    },
    Row {
        name: "docker.io/polinux/stress",
        tags: &[(&["latest", "1.0.4"], 4)],
        userland: Alpine,
        commands: &["stress"],
        ..PLAIN
    },
    Row {
        name: "docker.io/library/python",
        tags: &[
            (&["latest", "3", "3.14"], 404),
            (&["3.13"], 402),
            (&["3.12"], 400),
            (&["3.11"], 389),
            (&["slim", "3-slim", "3.13-slim", "3.12-slim", "3.11-slim"], 45),
        ],
        command: "python3",
        commands: &["python", "python3", "pip", "curl", "ps"],
        ..PLAIN
    },
    Row {
        name: "docker.io/library/eclipse-temurin",
        tags: &[
            (&["latest", "25", "25-jdk"], 240),
            (&["21", "21-jdk"], 218),
            (&["21-jre"], 97),
            (&["17", "17-jdk"], 215),
            (&["17-jre"], 92),
            (&["11-jre"], 88),
        ],
        userland: Ubuntu,
        entrypoint: "/__cacert_entrypoint.sh",
        command: "jshell",
        env: &[("JAVA_HOME", "/opt/java/openjdk"), ("LANG", "en_US.UTF-8")],
        commands: &["java", "jshell", "jcmd", "jstack", "jmap", "keytool", "curl", "wget"],
        ..PLAIN
    },
    Row {
        name: "docker.io/library/golang",
        tags: &[
            (&["latest", "1", "1.25"], 310),
            (&["1.24"], 305),
            (&["alpine", "1.25-alpine"], 82),
        ],
        command: "bash",
        working_dir: "/go",
        commands: &["go", "git", "curl"],
        ..PLAIN
    },
];
