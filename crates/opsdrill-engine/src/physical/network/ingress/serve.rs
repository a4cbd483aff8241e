//! From a request that reaches an ingress controller to an answer, in nginx's words.

use bevy_ecs::world::World;

use super::certificate::Certificate;
use super::config::{Config, Location, Server};
use super::{Controller, HTTPS_PORT, Passed, upstream};
use crate::agenda::Agenda;
use crate::chance::Chance;
use crate::physical::network::Asked;
use crate::physical::network::Network;
use crate::physical::network::answer;
use crate::physical::network::http::{HttpOutcome, HttpRequest, Url};
use crate::physical::network::route::{ConnectError, Destination, Peer};
use crate::physical::process;
use crate::view::View;

/// How often a request is tried with another endpoint, or with the same (`proxy-next-upstream-tries`).
const TRIES: usize = 3;

/// Methods that are not repeated once a request was sent (`proxy_next_upstream` without `non_idempotent`).
const NOT_REPEATED: &[&str] = &["POST", "LOCK", "PATCH"];

/// The answer of a controller on one of its ports; `None` if it is not one for requests of users.
pub(in super::super) fn answer(
    world: &World,
    process: &process::Process,
    port: u16,
    request: &HttpRequest,
    url: &Url,
) -> Option<HttpOutcome> {
    let controller = Controller::of(process).filter(|_| matches!(port, 80 | HTTPS_PORT))?;
    let config = Config::of(View::new(world), &controller.settings);
    if port == HTTPS_PORT && !url.tls {
        let inner = "<center>The plain HTTP request was sent to HTTPS port</center>\r\n";
        let title = "400 The plain HTTP request was sent to HTTPS port";
        return Some(page(400, title, "400 Bad Request", inner));
    }
    let host = request.host(url);
    let server = config.server(host);
    let Some((location, path)) = server.locate(&url.path) else { return Some(error(404)) };
    let mut outcome = match redirect(server, location, host, url) {
        Some(redirect) => redirect,
        None => pass_on(world, &controller, location, request, &path),
    };
    if url.tls {
        let value = "max-age=31536000; includeSubDomains".to_owned();
        outcome.headers.push(("Strict-Transport-Security".to_owned(), value));
    }
    outcome.latency_ms += 1;
    Some(outcome)
}

/// What a client that checks certificates has against the one that it is shown for a host.
pub(in super::super) fn certificate_problem(
    world: &World,
    process: &process::Process,
    host: &str,
) -> Option<String> {
    let controller = Controller::of(process)?;
    let view = View::new(world);
    let config = Config::of(view, &controller.settings);
    let shown = config.server(host).certificate.clone();
    let shown = shown.filter(|it| *it != Certificate::Fake);
    let default =
        || Certificate::default_of(view, controller.settings.default_certificate.as_ref());
    shown.unwrap_or_else(default).problem(view, host)
}

/// Where requests for a host and path go, by the rules alone.
pub(super) fn pass(world: &World, controller: &Controller<'_>, host: &str, path: &str) -> Passed {
    let config = Config::of(View::new(world), &controller.settings);
    let location = config.server(host).locate(path).map(|it| it.0);
    let own = || upstream::first_port(world, controller.settings.default_backend.as_ref()?);
    let Some(backend) = location.and_then(|it| it.backend.clone()).or_else(own) else {
        return Passed::Nowhere;
    };
    Passed::On(upstream::route(world, controller, &backend))
}

/// Whoever asks without TLS for a host that has a certificate is sent to `https`.
fn redirect(server: &Server, location: &Location, host: &str, url: &Url) -> Option<HttpOutcome> {
    let has_certificate = server.certificate.is_some() && !server.catches_all;
    let annotations = &location.annotations;
    let wanted = annotations.always_redirects || annotations.redirects && has_certificate;
    if url.tls || !wanted {
        return None;
    }
    let name = host.split(':').next().unwrap_or(host);
    let mut outcome = error(308);
    outcome.headers.push(("Location".to_owned(), format!("https://{name}{}", url.path)));
    Some(outcome)
}

/// Tries the endpoints of a location one after the other.
fn pass_on(
    world: &World,
    controller: &Controller<'_>,
    location: &Location,
    request: &HttpRequest,
    path: &str,
) -> HttpOutcome {
    let own = || upstream::first_port(world, controller.settings.default_backend.as_ref()?);
    let Some(backend) = location.backend.clone().or_else(own) else { return error(404) };
    let ends = upstream::route(world, controller, &backend).destinations;
    if ends.is_empty() {
        return error(503);
    }
    let now = world.resource::<Agenda>().now();
    let key = format!("ingress {} {path}", request.method);
    let first = world.resource::<Chance>().noise(&key, now.0, ends.len() as u64) as usize;
    let (mut waited_ms, mut status) = (0, 502);
    for place in 0..TRIES {
        let end = &ends[(first + place) % ends.len()];
        let tried = try_one(world, end, request, path, location);
        match tried {
            Tried::Answered(mut outcome) => {
                outcome.latency_ms += waited_ms;
                return outcome;
            }
            Tried::Failed { status: last, after_ms, was_sent } => {
                status = last;
                waited_ms += after_ms;
                if was_sent && NOT_REPEATED.contains(&request.method.as_str()) {
                    break;
                }
            }
        }
    }
    let mut outcome = error(status);
    outcome.latency_ms += waited_ms;
    outcome
}

/// What came of one try.
enum Tried {
    Answered(HttpOutcome),
    Failed {
        /// What the client gets if it was the last try.
        status: u16,
        /// Milliseconds.
        after_ms: u64,
        /// Whether the request may have reached somebody.
        was_sent: bool,
    },
}

fn try_one(
    world: &World,
    end: &Destination,
    request: &HttpRequest,
    path: &str,
    location: &Location,
) -> Tried {
    let annotations = &location.annotations;
    let failed = |status, after_ms| Tried::Failed { status, after_ms, was_sent: false };
    let peer = match &end.peer {
        Ok(peer) => peer,
        // "upstream timed out (110)" and "no route to host (113)".
        Err(ConnectError::Timeout) => return failed(504, annotations.connect_seconds * 1000),
        Err(ConnectError::NoRoute) => return failed(502, 3_060),
        Err(_) => return failed(502, 1),
    };
    let host = request.host_header().unwrap_or(&end.address).to_owned();
    let inner = Asked {
        method: &request.method,
        host: &host,
        port: end.port,
        path,
        headers: &request.headers,
        tls: false,
        hops: request.hops,
    };
    let outcome = match peer {
        Peer::Process(id) => {
            let Some(process) = process::get(world, *id) else { return failed(502, 1) };
            if process.model.runtime.is_database() {
                return failed(502, 1);
            }
            answer::of_process(world, *id, &inner)
        }
        Peer::ApiServer => Some(answer::plain_to_tls()),
        Peer::External(name) => {
            let host = world.resource::<Network>().external.get(name);
            Some(answer::of_external(host.map(|it| it.body.as_str()).unwrap_or_default()))
        }
    };
    let patience_ms = annotations.read_seconds * 1000;
    match outcome {
        Some(outcome) if outcome.latency_ms <= patience_ms => Tried::Answered(outcome),
        _ => Tried::Failed { status: 504, after_ms: patience_ms, was_sent: true },
    }
}

/// One of nginx's own pages.
fn error(status: u16) -> HttpOutcome {
    let title = match status {
        308 => "308 Permanent Redirect",
        404 => "404 Not Found",
        502 => "502 Bad Gateway",
        503 => "503 Service Temporarily Unavailable",
        _ => "504 Gateway Time-out",
    };
    page(status, title, title, "")
}

fn page(status: u16, title: &str, heading: &str, inner: &str) -> HttpOutcome {
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{heading}</h1></center>\r\n{inner}\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    answer::finish(status, Vec::new(), "text/html", body, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_the_sizes_of_nginxs() {
        // As they stand in the access logs of real controllers.
        let sizes = [308, 404, 502, 503, 504].map(|it| error(it).body.len());
        assert_eq!(sizes, [164, 146, 150, 190, 160]);
    }
}
