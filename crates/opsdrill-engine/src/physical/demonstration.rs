//! The small servers of tutorials: echo servers, greeters, the documentation's `agnhost`, and PHP pages.
//!
//! After their documentation: `hashicorp/http-echo`, `traefik/whoami`, `ealen/echo-server`, `kicbase/echo-server`,
//! `registry.k8s.io/echoserver`, `google-samples/hello-app`, `registry.k8s.io/e2e-test-images/agnhost`, `hpa-example`,
//! the guestbook's frontend, WordPress.

use std::fmt::Write as _;

use bevy_ecs::world::World;
use serde_json::json;

use super::application::model::Runtime;
use super::flows;
use super::network::Asked;
use super::process::Process;
use crate::agenda::Agenda;

/// For how long the documentation's `liveness` is well.
const WELL_MS: u64 = 10_000;

/// Status, content type, body and further headers.
pub(super) type Answer = (u16, &'static str, String, Vec<(String, String)>);

const PLAIN: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=UTF-8";

/// Whether a process is one of these.
fn is_one(process: &Process) -> bool {
    process.model.runtime == Runtime::Demonstration && process.serves
}

/// The value of `-name=value`, `--name value`, ….
fn option(process: &Process, name: &str) -> Option<String> {
    let mut arguments = process.arguments.iter();
    while let Some(argument) = arguments.next() {
        let Some(bare) = argument.strip_prefix('-') else { continue };
        let bare = bare.strip_prefix('-').unwrap_or(bare);
        match bare.split_once('=') {
            Some((given, value)) if given == name => return Some(value.to_owned()),
            None if bare == name => return arguments.next().cloned(),
            _ => {}
        }
    }
    None
}

fn variable(process: &Process, name: &str) -> Option<String> {
    process.spec.env.get(name).cloned().filter(|it| !it.is_empty())
}

/// What agnhost was told to be.
fn part(process: &Process) -> &str {
    process.arguments.first().map_or("pause", String::as_str)
}

/// The ports on which it listens; `None` if it is none of these.
pub(super) fn ports(process: &Process) -> Option<Vec<u16>> {
    if !is_one(process) {
        return None;
    }
    let after_colon = |text: String| text.rsplit(':').next()?.parse().ok();
    let given = |text: Option<String>, usual: u16| text.and_then(after_colon).unwrap_or(usual);
    let port = match process.model.name.as_str() {
        "http-echo" => {
            given(option(process, "listen").or_else(|| variable(process, "ECHO_LISTEN")), 5678)
        }
        "whoami" => {
            let named = option(process, "port").or_else(|| variable(process, "WHOAMI_PORT_NUMBER"));
            given(named, 80)
        }
        "ealen-echo-server" => given(variable(process, "PORT"), 80),
        "echo-server" | "hello-app" | "node-hello" => given(variable(process, "PORT"), 8080),
        "echoserver" => 8080,
        "agnhost" => match part(process) {
            "netexec" => given(option(process, "http-port"), 8080),
            "liveness" => 8080,
            "test-webserver" => given(option(process, "port"), 80),
            "serve-hostname" => given(option(process, "port"), 9376),
            _ => return Some(Vec::new()),
        },
        _ => 80,
    };
    Some(vec![port])
}

/// Whether it can start with its settings.
///
/// # Errors
/// What it prints before it ends, and its exit code.
pub(super) fn configure(process: &Process) -> Result<(), (Vec<String>, i32)> {
    const PARTS: &[&str] = &["pause", "netexec", "liveness", "test-webserver", "serve-hostname"];
    match process.model.name.as_str() {
        "http-echo" if text(process).is_empty() => {
            Err((vec!["Missing -text option!".to_owned()], 127))
        }
        "agnhost" if !PARTS.contains(&part(process)) => {
            let words = process.arguments.join(" ");
            Err((vec![format!("opsdrill: not simulated: agnhost {words}")], 126))
        }
        _ => Ok(()),
    }
}

fn text(process: &Process) -> String {
    let given = option(process, "text").or_else(|| variable(process, "ECHO_TEXT"));
    given.unwrap_or_default()
}

/// Whether its answers depend on the time.
pub(super) fn changes_by_itself(process: &Process) -> bool {
    is_one(process) && process.model.name == "agnhost" && part(process) == "liveness"
}

/// What it answers; `None` if it is none of these.
pub(super) fn answer(world: &World, process: &Process, asked: &Asked<'_>) -> Option<Answer> {
    if !is_one(process) {
        return None;
    }
    let (path, query) = asked.path.split_once('?').unwrap_or((asked.path, ""));
    let pod = &process.spec.pod_name;
    let plain = |body: String| Some((200, PLAIN, body, Vec::new()));
    match process.model.name.as_str() {
        "http-echo" if path == "/health" => {
            Some((200, "application/json", "{\"status\":\"ok\"}\n".to_owned(), Vec::new()))
        }
        "http-echo" => plain(text(process) + "\n"),
        "whoami" => match path {
            "/health" => plain(String::new()),
            "/api" => {
                let text = json!({
                    "hostname": **pod, "ip": ["127.0.0.1", "::1", *process.spec.pod_ip],
                    "headers": {}, "url": asked.path, "host": asked.host, "method": asked.method,
                });
                Some((200, "application/json", format!("{text}\n"), Vec::new()))
            }
            _ => plain(whoami(process, asked)),
        },
        "hello-app" => {
            let tag = super::application::catalogue::split(&process.spec.image).1;
            plain(format!("Hello, world!\nVersion: {tag}.0\nHostname: {pod}\n"))
        }
        "node-hello" => plain("Hello Kubernetes!".to_owned()),
        "echo-server" => plain(format!("Request served by {pod}\n\n{}", head(asked))),
        "ealen-echo-server" => {
            let headers: serde_json::Map<_, _> = asked
                .headers
                .iter()
                .map(|(name, value)| (name.to_lowercase(), json!(value)))
                .collect();
            let text = json!({
                "host": { "hostname": asked.host.split(':').next(), "ip": "::ffff:10.244.0.1", "ips": [] },
                "http": { "method": asked.method, "baseUrl": "", "originalUrl": asked.path, "protocol": "http" },
                "request": { "params": { "0": path }, "query": {}, "cookies": {}, "body": {}, "headers": headers },
                "environment": *process.spec.env,
            });
            Some((200, "application/json; charset=utf-8", text.to_string(), Vec::new()))
        }
        "echoserver" => plain(format!(
            "\n\nHostname: {pod}\n\nPod Information:\n\t-no pod information available-\n\nServer values:\n\t\
             server_version=nginx: 1.13.3 - lua: 10008\n\nRequest Information:\n\tmethod={}\n\treal path={}\n\t\
             query={query}\n\trequest_version=1.1\n\trequest_scheme=http\n\trequest_uri=http://{}{}\n\n",
            asked.method, asked.path, asked.host, asked.path
        )),
        "agnhost" => agnhost(world, process, path, query),
        "hpa-example" => Some((200, HTML, "OK!".to_owned(), Vec::new())),
        "guestbook-frontend" => Some((200, HTML, GUESTBOOK.to_owned(), Vec::new())),
        "wordpress" => Some(wordpress(world, process, path)),
        _ => None,
    }
}

const GUESTBOOK: &str = "<html ng-app=\"redis\">\n  <head>\n    <title>Guestbook</title>\n  </head>\n  <body>\n    \
    <h2>Guestbook</h2>\n    <button type=\"button\">Submit</button>\n  </body>\n</html>\n";

/// The request as its receiver reads it.
fn head(asked: &Asked<'_>) -> String {
    let mut text = format!("{} {} HTTP/1.1\n\nHost: {}\n", asked.method, asked.path, asked.host);
    for (name, value) in asked.headers.iter().filter(|it| !it.0.eq_ignore_ascii_case("host")) {
        let _ = writeln!(text, "{name}: {value}");
    }
    text
}

fn whoami(process: &Process, asked: &Asked<'_>) -> String {
    let spec = &process.spec;
    let name = variable(process, "WHOAMI_NAME").or_else(|| option(process, "name"));
    let name = name.map(|it| format!("Name: {it}\n")).unwrap_or_default();
    format!(
        "{name}Hostname: {}\nIP: 127.0.0.1\nIP: ::1\nIP: {}\n{}",
        spec.pod_name,
        spec.pod_ip,
        head(asked).replace("HTTP/1.1\n\n", "HTTP/1.1\n")
    )
}

fn agnhost(world: &World, process: &Process, path: &str, query: &str) -> Option<Answer> {
    let now = world.resource::<Agenda>().now();
    let plain = |status: u16, body: String| Some((status, PLAIN, body, Vec::new()));
    let pod = process.spec.pod_name.to_string();
    match (part(process), path) {
        ("liveness", "/healthz") => {
            let age_ms = (now - process.started).0;
            if age_ms > WELL_MS {
                plain(500, format!("error: {}.{:03}", age_ms / 1000, age_ms % 1000))
            } else {
                plain(200, "ok".to_owned())
            }
        }
        ("serve-hostname", _) | ("netexec", "/hostname" | "/hostName") => plain(200, pod),
        ("netexec", "/echo") => {
            plain(200, query.strip_prefix("msg=").unwrap_or_default().to_owned())
        }
        ("netexec", "/") => plain(200, format!("NOW: {now:?}")),
        ("test-webserver", _) | ("netexec", "/healthz") => plain(200, String::new()),
        _ => plain(404, "404 page not found\n".to_owned()),
    }
}

/// WordPress that nobody has installed yet: it needs its database for everything.
fn wordpress(world: &World, process: &Process, path: &str) -> Answer {
    let lacks = (0..process.model.dependencies.len())
        .any(|place| flows::reach(world, process.id, place).is_err());
    if lacks {
        let body = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<title>Database Error</title>\n</head>\n<body>\n<h1>Error \
                    establishing a database connection</h1>\n</body>\n</html>\n";
        return (500, HTML, body.to_owned(), Vec::new());
    }
    if path == "/wp-admin/install.php" {
        let body = "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head>\n<title>WordPress &rsaquo; Installation</title>\n</head>\n\
                    <body class=\"wp-core-ui language-chooser\">\n</body>\n</html>\n";
        return (200, HTML, body.to_owned(), Vec::new());
    }
    let to = "/wp-admin/install.php".to_owned();
    (302, HTML, String::new(), vec![("Location".to_owned(), to)])
}
