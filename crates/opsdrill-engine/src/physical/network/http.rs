//! HTTP requests: from a URL to an answer of what listens there.

use bevy_ecs::world::World;
use opsdrill_objects::address::Address;
use thiserror::Error;

use super::route::{ConnectError, Peer, Route, route};
use super::{Network, Origin};
use super::{answer, ingress};
use crate::agenda::Agenda;
use crate::chance::Chance;
use crate::physical::application::model::Runtime;
use crate::physical::nginx;
use crate::physical::process::{self, ProcessId};

/// How long a TCP stack tries to connect where nobody answers: 2 minutes 7 seconds of Linux' `tcp_syn_retries`.
pub const CONNECT_TIMEOUT_MS: u64 = 127_000;
/// The longest URL.
const URL_LENGTH_MAX: usize = 8_192;

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`, `POST`, ….
    pub method: String,
    /// The URL; without a scheme it is `http`.
    pub url: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    /// Milliseconds after which the client gives up connecting.
    pub connect_timeout_ms: Option<u64>,
    /// Milliseconds after which the client gives up altogether.
    pub timeout_ms: Option<u64>,
    /// Addresses that the client takes for a host and port, whatever the DNS says.
    pub resolved: Vec<(String, u16, String)>,
    /// Whether any certificate is good enough.
    pub insecure: bool,
    /// How often it was passed on before.
    pub hops: u8,
}

impl HttpRequest {
    /// The host that is asked for by name.
    pub(super) fn host_header(&self) -> Option<&str> {
        let found = self.headers.iter().find(|it| it.0.eq_ignore_ascii_case("host"));
        found.map(|it| it.1.as_str())
    }

    /// The same, or that of the URL.
    pub(super) fn host<'a>(&'a self, url: &'a Url) -> &'a str {
        self.host_header().unwrap_or(&url.host)
    }
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpOutcome {
    /// Status code.
    pub status: u16,
    /// Headers in their order.
    pub headers: Vec<(String, String)>,
    /// Body; empty for `HEAD`.
    pub body: Vec<u8>,
    /// Milliseconds from the start to the last byte.
    pub latency_ms: u64,
    /// The address that the client was connected to.
    pub address: String,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HttpError {
    /// The URL cannot be read.
    #[error("bad URL")]
    BadUrl,
    /// Neither `http` nor `https`.
    #[error("unsupported scheme {0}")]
    Scheme(String),
    /// No connection.
    #[error("connect to {host} port {port}: {error}")]
    Connect {
        /// Host of the URL.
        host: String,
        /// Port of the URL.
        port: u16,
        /// What happened.
        error: ConnectError,
        /// Milliseconds until that was known.
        after_ms: u64,
    },
    /// The client's time is over.
    #[error("timed out after {after_ms} ms")]
    Timeout {
        /// Milliseconds.
        after_ms: u64,
        /// Whether there was a connection.
        connected: bool,
    },
    /// The connection was closed without an answer: the server speaks something else.
    #[error("empty reply")]
    EmptyReply,
    /// The client does not trust the server's certificate: OpenSSL's words.
    #[error("{0}")]
    Certificate(String),
    /// `https` to a port that speaks plain HTTP.
    #[error("not TLS")]
    NotTls,
}

/// A request as it reaches a process.
#[derive(Clone, Copy, Debug)]
pub(in crate::physical) struct Asked<'a> {
    /// `GET`, `POST`, ….
    pub(in crate::physical) method: &'a str,
    /// The host that is asked for, perhaps with its port.
    pub(in crate::physical) host: &'a str,
    /// The port of the process.
    pub(in crate::physical) port: u16,
    /// Path and query.
    pub(in crate::physical) path: &'a str,
    /// Headers.
    pub(in crate::physical) headers: &'a [(String, String)],
    /// Whether it came over TLS.
    pub(in crate::physical) tls: bool,
    /// How often it was passed on before.
    pub(in crate::physical) hops: u8,
}

/// A URL in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) tls: bool,
    pub(super) host: String,
    pub(super) port: u16,
    /// Path and query, beginning with `/`.
    pub(super) path: String,
}

impl Url {
    /// Reads a URL.
    pub(super) fn parse(text: &str) -> Result<Self, HttpError> {
        let sound = text.len() <= URL_LENGTH_MAX && !text.contains(|it: char| it.is_whitespace());
        let address = Address::of(text);
        let tls = match address.scheme.to_ascii_lowercase().as_str() {
            "" | "http" => false,
            "https" => true,
            _ => return Err(HttpError::Scheme(address.scheme.to_owned())),
        };
        let (host, path) = (address.host_and_port().0, address.rest);
        let port = address.port().ok_or(HttpError::BadUrl)?;
        if host.is_empty() || !sound {
            return Err(HttpError::BadUrl);
        }
        let path = path.split('#').next().unwrap_or_default();
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Self { tls, host: host.to_owned(), port, path: format!("{slash}{path}") })
    }
}

/// Sends a request and waits for its answer. No simulated time passes here: the caller lets pass what is told.
///
/// # Errors
/// What the client sees instead of an answer.
pub fn http_request(
    world: &World,
    from: &Origin,
    request: &HttpRequest,
) -> Result<HttpOutcome, HttpError> {
    let url = Url::parse(&request.url)?;
    let mut resolved = request.resolved.iter();
    let resolved = resolved.find(|it| it.0.eq_ignore_ascii_case(&url.host) && it.1 == url.port);
    let found = route(world, from, resolved.map_or(&url.host, |it| &it.2), url.port);
    let now = world.resource::<Agenda>().now();
    let picked = found.and_then(|it| pick(&it, world.resource::<Chance>(), request, now));
    let (peer, port, address) = match picked {
        Ok(picked) => picked,
        Err(error) => return Err(no_connection(error, &url, request)),
    };
    let patience_ms = request.timeout_ms.unwrap_or(u64::MAX);
    let answer = match peer {
        Peer::Process(id) => of_process(world, id, port, request, &url)?,
        Peer::ApiServer if !url.tls => Some(answer::plain_to_tls()),
        Peer::ApiServer => Some(answer::of_api_server(&url)),
        Peer::External(name) => {
            let host = world.resource::<Network>().external.get(&name);
            Some(answer::of_external(host.map(|it| it.body.as_str()).unwrap_or_default()))
        }
    };
    let Some(mut outcome) = answer else {
        return Err(HttpError::Timeout { after_ms: patience_ms, connected: true });
    };
    if outcome.latency_ms > patience_ms {
        return Err(HttpError::Timeout { after_ms: patience_ms, connected: true });
    }
    if request.method == "HEAD" {
        outcome.body.clear();
    }
    outcome.address = address;
    Ok(outcome)
}

/// What a process answers on one of its ports; `None` if it never does.
fn of_process(
    world: &World,
    id: ProcessId,
    port: u16,
    request: &HttpRequest,
    url: &Url,
) -> Result<Option<HttpOutcome>, HttpError> {
    let process = process::get(world, id).ok_or(HttpError::EmptyReply)?;
    let runtime = process.model.runtime;
    if runtime.is_database() {
        return Err(HttpError::EmptyReply);
    }
    if url.tls && !(runtime == Runtime::IngressNginx && port == ingress::HTTPS_PORT) {
        return Err(HttpError::NotTls);
    }
    if url.tls
        && !request.insecure
        && let Some(problem) = ingress::certificate_problem(world, process, &url.host)
    {
        return Err(HttpError::Certificate(problem));
    }
    let passed = ingress::answer(world, process, port, request, url);
    if passed.is_some() {
        return Ok(passed);
    }
    let asked = Asked {
        method: &request.method,
        host: request.host(url),
        port,
        path: &url.path,
        headers: &request.headers,
        tls: url.tls,
        hops: request.hops,
    };
    match answer::of_process(world, id, &asked) {
        Some(outcome) if outcome.status == nginx::CLOSED => Err(HttpError::EmptyReply),
        answered => Ok(answered),
    }
}

fn pick(
    route: &Route,
    chance: &Chance,
    request: &HttpRequest,
    now: crate::SimTime,
) -> Result<(Peer, u16, String), ConnectError> {
    let key = format!("{} {}", request.method, request.url);
    let destination = route.pick(chance, &key, now)?;
    Ok((destination.peer.clone()?, destination.port, route.address.clone()))
}

fn no_connection(error: ConnectError, url: &Url, request: &HttpRequest) -> HttpError {
    let after_ms = match error {
        ConnectError::NameNotFound => 6,
        ConnectError::NameTimeout => 10_000,
        ConnectError::Refused => 1,
        ConnectError::NoRoute => 3_060,
        ConnectError::Timeout => CONNECT_TIMEOUT_MS,
    };
    let limits = [request.connect_timeout_ms, request.timeout_ms];
    match limits.into_iter().flatten().min() {
        Some(patience_ms) if patience_ms < after_ms => {
            HttpError::Timeout { after_ms: patience_ms, connected: false }
        }
        _ => HttpError::Connect { host: url.host.clone(), port: url.port, error, after_ms },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_with_their_defaults() {
        let check = |text: &str, tls: bool, host: &str, port: u16, path: &str| {
            let expected = Url { tls, host: host.to_owned(), port, path: path.to_owned() };
            assert_eq!(Url::parse(text), Ok(expected), "{text}");
        };
        check("web", false, "web", 80, "/");
        check("http://web:8080/a?b=c#d", false, "web", 8080, "/a?b=c");
        check("https://user:pw@web.shop?x", true, "web.shop", 443, "/?x");
        assert_eq!(Url::parse("ftp://web"), Err(HttpError::Scheme("ftp".into())));
        for text in ["http://", "http://web:port", "http://web:99999", "http://a b"] {
            assert_eq!(Url::parse(text), Err(HttpError::BadUrl), "{text}");
        }
        let long = format!("http://web/{}", "a".repeat(10_000));
        assert_eq!(Url::parse(&long), Err(HttpError::BadUrl));
    }
}
