//! What servers answer to HTTP: processes by their model, the API server, and hosts beyond the cluster.

use bevy_ecs::world::World;
use serde_json::json;

use super::Asked;
use super::http::{HttpOutcome, Url};
use crate::agenda::Agenda;
use crate::chance::Chance;
use crate::physical::application::lines;
use crate::physical::application::model::{Health, Runtime, Unavailable};
use crate::physical::{
    Process, ProcessId, demonstration, file_server, flows, nginx, probe, process,
};

/// What a process answers; `None` if it never does.
pub(super) fn of_process(world: &World, id: ProcessId, asked: &Asked<'_>) -> Option<HttpOutcome> {
    let process = process::get(world, id).filter(|it| it.answers())?;
    let path = asked.path.split('?').next().unwrap_or_default();
    if let Some((status, kind, body)) = file_server::answer(world, process, path) {
        return Some(finish(status, Vec::new(), kind, body, 2));
    }
    if !process.serves {
        return None;
    }
    if let Some(mut outcome) = nginx::answer(world, process, asked) {
        outcome.latency_ms += process.model.request.latency_ms + noise_ms(world, id, path);
        return Some(outcome);
    }
    if let Some((status, kind, body, headers)) = demonstration::answer(world, process, asked) {
        return Some(finish(status, headers, kind, body, process.model.request.latency_ms));
    }
    let (mut status, after_ms) = probe::status(world, process, asked.port, path);
    let (kind, body) = if status == 404 && process.model.runtime == Runtime::Nginx {
        ("text/html", nginx::not_found(world, process))
    } else if let Some(error) = failure(world, process, path).filter(|_| status == 200) {
        status = 503;
        let text = json!({ "status": status, "error": "Service Unavailable", "message": error });
        ("application/json", format!("{text}\n"))
    } else {
        body(process, status, path)
    };
    let mut headers = Vec::new();
    if process.model.runtime == Runtime::Nginx {
        let version = nginx::version(world, process);
        headers.push(("Server".to_owned(), format!("nginx/{version}")));
    }
    let cost_ms = after_ms + process.model.request.latency_ms;
    Some(finish(status, headers, kind, body, cost_ms + noise_ms(world, id, path)))
}

/// No two answers take equally long.
fn noise_ms(world: &World, id: ProcessId, path: &str) -> u64 {
    let now = world.resource::<Agenda>().now();
    world.resource::<Chance>().noise(&format!("http {} {path}", id.0), now.0, 3)
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
                let state = if well { "UP" } else { "DOWN" };
                (
                    "application/vnd.spring-boot.actuator.v3+json",
                    json!({ "status": state }).to_string(),
                )
            }
            (_, Health::Alive) => ("text/plain; charset=utf-8", "ok\n".to_owned()),
            (_, Health::Dependencies) => {
                let state = if well { "ok" } else { "unavailable" };
                ("application/json", format!("{}\n", json!({ "status": state })))
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
    if model.runtime == Runtime::Nginx
        && let Some(page) = nginx::declared_page(process, path)
    {
        return page;
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

/// An answer with the headers that all have.
pub(super) fn finish(
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
