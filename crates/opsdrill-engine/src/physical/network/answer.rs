//! What servers answer to HTTP: processes by their model, the API server, and hosts beyond the cluster.

use bevy_ecs::world::World;
use serde_json::json;

use super::http::{HttpOutcome, Url};
use crate::agenda::Agenda;
use crate::chance::Chance;
use crate::physical::application::lines;
use crate::physical::application::model::{Health, Runtime, Unavailable};
use crate::physical::images::Image;
use crate::physical::{Process, ProcessId, flows, images, probe, process};

const WELCOME_TO_NGINX: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n\
    <h1>Welcome to nginx!</h1>\n<p>The web server is installed and works. It has not been told what to \
    serve.</p>\n</body>\n</html>\n";
/// Where nginx looks for its pages.
const NGINX_ROOT: &str = "/usr/share/nginx/html";

/// What a process answers; `None` if it never does.
pub(super) fn of_process(world: &World, id: ProcessId, url: &Url) -> Option<HttpOutcome> {
    let process = process::get(world, id).filter(|it| it.answers())?;
    let path = url.path.split('?').next().unwrap_or_default();
    let (mut status, after_ms) = probe::status(world, process, path);
    let image = images::on_node(world, &process.spec.node, &process.spec.image);
    let image = image.as_deref();
    let (kind, body) = if process.model.runtime == Runtime::Nginx {
        nginx_page(process, image, path).unwrap_or_else(|| {
            status = 404;
            ("text/html", not_found_page(image))
        })
    } else if let Some(error) = failure(world, process, path).filter(|_| status == 200) {
        status = 503;
        let text = json!({ "status": status, "error": "Service Unavailable", "message": error });
        ("application/json", format!("{text}\n"))
    } else {
        body(process, status, path)
    };
    let mut headers = Vec::new();
    if process.model.runtime == Runtime::Nginx {
        headers.push(("Server".to_owned(), nginx_version(image)));
    }
    let now = world.resource::<Agenda>().now();
    let noise_ms = world.resource::<Chance>().noise(&format!("http {} {path}", id.0), now.0, 3);
    let cost_ms = after_ms + process.model.request.latency_ms;
    Some(finish(status, headers, kind, body, cost_ms + noise_ms))
}

/// What a request fails with because something that it needs cannot be had: the words of the program.
fn failure(world: &World, process: &Process, path: &str) -> Option<String> {
    if process.model.http.health.iter().any(|it| it.path == path) {
        return None;
    }
    let needed = process.model.dependencies.iter().enumerate();
    let mut needed =
        needed.filter(|(_, it)| it.calls_ppm > 0 && it.when_unavailable == Unavailable::Fail);
    needed.find_map(|(place, dependency)| {
        let cause = flows::reach(world, process.id, place).err()?;
        let blanks = lines::call_blanks(process, place, cause);
        let words = blanks.into_iter().find(|(name, _)| *name == "error").map(|(_, text)| text);
        Some(format!("{}: {}", dependency.name, words.unwrap_or_default()))
    })
}

/// The body of an application's answer, with its content type.
fn body(process: &Process, status: u16, path: &str) -> (&'static str, String) {
    let model = &process.model;
    let health = model.http.health.iter().find(|it| it.path == path);
    if let Some(health) = health {
        let well = status < 400;
        return match (model.runtime, health.reflects) {
            (Runtime::Jvm, _) => {
                let word = if well { "UP" } else { "DOWN" };
                (
                    "application/vnd.spring-boot.actuator.v3+json",
                    json!({ "status": word }).to_string(),
                )
            }
            (_, Health::Alive) => ("text/plain; charset=utf-8", "ok\n".to_owned()),
            (_, Health::Dependencies) => {
                let word = if well { "ok" } else { "unavailable" };
                ("application/json", format!("{}\n", json!({ "status": word })))
            }
        };
    }
    if status == 404 {
        return match model.runtime {
            Runtime::Jvm => {
                let error = json!({ "status": 404, "error": "Not Found", "path": path });
                ("application/json", error.to_string())
            }
            _ => ("text/plain; charset=utf-8", "404 page not found\n".to_owned()),
        };
    }
    if model.http.body.is_empty() {
        let text = json!({ "service": model.name, "pod": *process.spec.pod_name, "path": path });
        return ("application/json", format!("{text}\n"));
    }
    let text = model.http.body.replace("{name}", &model.name).replace("{path}", path);
    let text = text.replace("{pod}", &process.spec.pod_name);
    let kind = match text.trim_start().as_bytes().first() {
        Some(b'{' | b'[') => "application/json",
        Some(b'<') => "text/html",
        _ => "text/plain; charset=utf-8",
    };
    (kind, text)
}

/// A page of nginx' own: a mounted file, a file of the image, or the welcome.
fn nginx_page(
    process: &Process,
    image: Option<&Image>,
    path: &str,
) -> Option<(&'static str, String)> {
    if !process.model.http.body.is_empty() {
        return Some(body(process, 200, path));
    }
    let file = if path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
    let file = format!("{NGINX_ROOT}{file}");
    let mounted = process.spec.files.get(&file);
    let kept = mounted.or_else(|| image?.files.get(&file));
    let kind = match file.rsplit_once('.').map(|(_, end)| end) {
        Some("html") => "text/html",
        Some("json") => "application/json",
        Some("js") => "application/javascript",
        Some("css") => "text/css",
        Some("txt") => "text/plain",
        _ => "application/octet-stream",
    };
    if let Some(contents) = kept {
        return Some((kind, String::from_utf8_lossy(contents).into_owned()));
    }
    // A volume over the folder hides the image's own page.
    let covered = process.spec.files.keys().any(|it| it.starts_with(NGINX_ROOT));
    (path == "/" && !covered).then(|| (kind, WELCOME_TO_NGINX.to_owned()))
}

fn nginx_version(image: Option<&Image>) -> String {
    let version = image.and_then(|it| it.env.get("NGINX_VERSION"));
    version.map_or_else(|| "nginx".to_owned(), |it| format!("nginx/{it}"))
}

fn not_found_page(image: Option<&Image>) -> String {
    let version = nginx_version(image);
    format!(
        "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n\
         <hr><center>{version}</center>\r\n</body>\r\n</html>\r\n"
    )
}

/// Go's words for a client that forgot the `s` of `https`.
pub(super) fn plain_to_tls() -> HttpOutcome {
    let body = "Client sent an HTTP request to an HTTPS server.\n".to_owned();
    finish(400, Vec::new(), "text/plain; charset=utf-8", body, 2)
}

/// The API server without credentials.
pub(super) fn of_api_server(url: &Url) -> HttpOutcome {
    let path = url.path.split('?').next().unwrap_or_default();
    if matches!(path, "/healthz" | "/livez" | "/readyz") {
        return finish(200, Vec::new(), "text/plain; charset=utf-8", "ok".to_owned(), 3);
    }
    let message = format!("forbidden: User \"system:anonymous\" cannot get path \"{path}\"");
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
        "reason": "Forbidden", "details": {}, "code": 403
    });
    let body = serde_json::to_string_pretty(&body).expect("a literal document");
    finish(403, Vec::new(), "application/json", body, 4)
}

/// A host beyond the cluster.
pub(super) fn of_external(body: &str) -> HttpOutcome {
    finish(200, Vec::new(), "text/html; charset=utf-8", body.to_owned(), 38)
}

fn finish(
    status: u16,
    mut headers: Vec<(String, String)>,
    kind: &str,
    body: String,
    latency_ms: u64,
) -> HttpOutcome {
    headers.push(("Content-Type".to_owned(), kind.to_owned()));
    headers.push(("Content-Length".to_owned(), body.len().to_string()));
    HttpOutcome { status, headers, body: body.into_bytes(), latency_ms, address: String::new() }
}
