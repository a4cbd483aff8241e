//! One request from its head to its answer.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{HeaderMap, Method, Request, Response};
use opsdrill_engine::api::Identity;
use opsdrill_objects::Status;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::answer::{Answer, JSON};
use crate::body::Body;
use crate::credentials::{self, Credentials};
use crate::desk::DeskDoor;
use crate::discovery::kept::{Document, Kept};
use crate::discovery::resources::Resource;
use crate::discovery::{aggregated, plain, resources};
use crate::media::{self, Accepted, For, Shape};
use crate::path::{Route, route};
use crate::query::Query;
use crate::streams::{self, Visit};
use crate::{content, health, metrics, objects, openapi, proxy};

/// The most requests that are answered at a time, watches apart (`--max-requests-inflight` and the mutating ones).
pub(crate) const IN_FLIGHT_MAX: usize = 600;

/// The most connections that go both ways.
pub(crate) const STREAMS_MAX: usize = 1_000;

/// How long a client may take to send a body.
const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// What every request needs.
pub(crate) struct Context {
    /// The way to the session.
    pub(crate) door: DeskDoor,
    /// Who may come in.
    pub(crate) credentials: Arc<Credentials>,
    /// Where the server listens, such as `127.0.0.1:6443`.
    pub(crate) address: String,
    /// Places for requests.
    pub(crate) places: Arc<Semaphore>,
    /// Places for connections that go both ways.
    pub(crate) streams: Arc<Semaphore>,
    /// What discovery has answered.
    pub(crate) kept: Kept,
}

/// A request whose sender is known and whose body has come.
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) identity: Identity,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Asked {
    /// A header as text; empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        header(&self.headers, name)
    }

    /// What the client accepts.
    ///
    /// # Errors
    /// 406 if it cannot be had.
    pub(crate) fn accepted(&self, what: For) -> Result<Accepted, Status> {
        media::accepted(self.header("accept"), what)
    }
}

pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default()
}

/// Answers a request; `certificate` is whoever the connection has proved to be.
pub(crate) async fn serve(
    context: Arc<Context>,
    certificate: Option<Identity>,
    request: Request<Incoming>,
) -> Response<Body> {
    let gzip = header(request.headers(), "accept-encoding").contains("gzip");
    let head = request.method() == Method::HEAD;
    let mut response = match answer(&context, certificate, request).await {
        Ok(Answered::Whole(answer)) => answer.into_http(gzip && !head),
        Ok(Answered::Ready(response)) => return response,
        Err(status) => Answer::refusal(&status).into_http(gzip && !head),
    };
    if head {
        *response.body_mut() = Body::none();
    }
    response
}

/// An answer of the server's own, or one that is ready.
enum Answered {
    Whole(Answer),
    /// Somebody else's answer, or a change of the protocol.
    Ready(Response<Body>),
}

async fn answer(
    context: &Arc<Context>,
    certificate: Option<Identity>,
    mut request: Request<Incoming>,
) -> Result<Answered, Status> {
    let upgrade = hyper::upgrade::on(&mut request);
    let (head, body) = request.into_parts();
    if !is_escaped(head.uri.path()) {
        return Ok(Answered::Whole(Answer::text(400, "400 Bad Request")));
    }
    let route = route(head.uri.path());
    let query = Query::parse(head.uri.query().unwrap_or_default());
    if let Route::Health(name, check) = &route {
        return Ok(Answered::Whole(health_answer(name, check.as_deref(), &query)));
    }
    let identity = identity(context, certificate, &head.headers).await?;
    let _place = context.places.clone().try_acquire_owned().map_err(|_| busy())?;
    if let Route::Objects(path) = &route
        && streams::is_stream(path)
    {
        let visit = Visit { identity, path: path.clone(), query };
        return streams::answer(context, visit, &head, upgrade).await.map(Answered::Ready);
    }
    let body = collect(body).await?;
    let asked = Asked { method: head.method, identity, query, headers: head.headers, body };
    let answer = match route {
        Route::Objects(path) if proxy::is_proxied(&path) => {
            let query = head.uri.query().unwrap_or_default();
            let passed_on = proxy::answer(context, &asked, &path, query).await;
            return passed_on.map(Answered::Ready);
        }
        Route::Objects(path) if path.group == metrics::GROUP => {
            metrics::answer(context, &asked, &path).await
        }
        Route::Objects(path) => objects::answer(context, &asked, &path).await,
        other => documents(context, &asked, &other),
    };
    answer.map(Answered::Whole)
}

/// Whether each `%` of a path begins an escape; Go's server answers nothing else.
fn is_escaped(path: &str) -> bool {
    let mut after = path.split('%').skip(1);
    after.all(|it| it.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2)
}

/// The whole body, if it is not too large and comes in time.
async fn collect(body: Incoming) -> Result<Bytes, Status> {
    let limited = Limited::new(body, content::BODY_BYTES_MAX).collect();
    match tokio::time::timeout(BODY_PATIENCE, limited).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            Err(content::too_large())
        }
        Ok(Err(error)) => Err(Status::bad_request(error.to_string())),
        Err(_) => Err(Status::new(408, "Timeout", "the body of the request did not come in time")),
    }
}

fn busy() -> Status {
    Status::new(429, "TooManyRequests", "Too many requests, please try again later.")
}

/// Who asks: a certificate counts before a token, and whoever may can ask as somebody else.
async fn identity(
    context: &Context,
    certificate: Option<Identity>,
    headers: &HeaderMap,
) -> Result<Identity, Status> {
    let token = credentials::bearer(header(headers, "authorization"));
    let known = certificate.or_else(|| context.credentials.of_token(token?));
    let own = match (known, token) {
        (Some(known), _) => known,
        (None, Some(token)) => {
            context.door.identify(token).await.ok_or_else(credentials::unauthorized)?
        }
        (None, None) => return Err(credentials::unauthorized()),
    };
    let groups: Vec<&str> =
        headers.get_all("impersonate-group").iter().filter_map(|it| it.to_str().ok()).collect();
    let user = headers.get("impersonate-user").and_then(|it| it.to_str().ok());
    let further = headers
        .keys()
        .any(|it| it == "impersonate-uid" || it.as_str().starts_with("impersonate-extra-"));
    let Some(other) = credentials::impersonated(user, &groups, further)? else { return Ok(own) };
    context.door.impersonate(&own, &other).await?;
    Ok(other)
}

fn health_answer(name: &str, check: Option<&str>, query: &Query) -> Answer {
    match health::text(name, check, query.has("verbose")) {
        Some(text) => {
            let mut answer = Answer::text(200, &text);
            answer.headers.push(("x-content-type-options", "nosniff".to_owned()));
            answer
        }
        None => Answer::nowhere(),
    }
}

/// What is no object: discovery, version.
fn documents(context: &Context, asked: &Asked, route: &Route) -> Result<Answer, Status> {
    if asked.method != Method::GET && asked.method != Method::HEAD {
        return Err(objects::not_allowed());
    }
    let kinds = context.door.kinds();
    let all = context.kept.resources(&kinds, || resources::all(&kinds));
    let what = match route {
        Route::CoreVersions | Route::Groups => For::Discovery,
        _ => For::Plain,
    };
    let accepted = match route {
        Route::OpenApiV2 | Route::OpenApi(_) => Accepted::default(),
        _ => asked.accepted(what)?,
    };
    let of = |document| Answer::document(200, &document, accepted);
    let core = *route == Route::CoreVersions;
    let (name, make): (String, Box<dyn FnOnce() -> Option<Answer> + '_>) =
        match (route, accepted.shape) {
            (Route::Version, _) => return Ok(Answer::bytes(200, JSON, health::version_text())),
            (Route::OpenApi(path), _) => {
                return Ok(openapi::document(&all, path, asked).unwrap_or_else(Answer::nowhere));
            }
            (Route::OpenApiV2, _) => {
                let form = openapi::version_2::Form::of(asked.header("accept"))?;
                let all = all.clone();
                let make = move || Some(openapi::version_2::answer(&all, form));
                (format!("{route:?} {form:?}"), Box::new(make))
            }
            (Route::CoreVersions | Route::Groups, Shape::Discovery(version)) => (
                String::new(),
                Box::new(move || Some(of(aggregated::document(&all, core, version)))),
            ),
            _ => (String::new(), Box::new(|| plain_document(context, &all, route).map(of))),
        };
    let name = if name.is_empty() { format!("{route:?} {accepted:?}") } else { name };
    let Some(document) = context.kept.document(&kinds, name, make) else {
        return Ok(Answer::nowhere());
    };
    let tagged = *route == Route::OpenApiV2 || matches!(accepted.shape, Shape::Discovery(_));
    Ok(if tagged { with_tag(document, asked) } else { document.answer() })
}

/// A document of discovery as it has been from the beginning.
fn plain_document(context: &Context, all: &[Resource], route: &Route) -> Option<Value> {
    match route {
        Route::Root => Some(serde_json::json!({ "paths": paths(all) })),
        Route::CoreVersions => Some(plain::core_versions(&context.address)),
        Route::Groups => Some(plain::group_list(all)),
        Route::Group(name) => plain::group(all, name),
        Route::OpenApiIndex => Some(openapi::index(all)),
        Route::Resources(group, version) => plain::resource_list(all, group, version),
        _ => None,
    }
}

/// A document with its tag; empty if the client has it already.
fn with_tag(document: Document, asked: &Asked) -> Answer {
    let tag = format!("\"{}\"", document.tag);
    let mut answer = if asked.header("if-none-match") == tag {
        Answer::bytes(304, "", Bytes::new())
    } else {
        document.answer()
    };
    answer.headers.push(("etag", tag));
    answer.headers.push(("cache-control", "public".to_owned()));
    answer.headers.push(("vary", "Accept".to_owned()));
    answer
}

/// The paths that `/` lists.
fn paths(all: &[Resource]) -> Vec<String> {
    let mut paths = vec!["/api".to_owned(), "/api/v1".to_owned(), "/apis".to_owned()];
    for (group, versions) in resources::groups(all).into_iter().filter(|it| !it.0.is_empty()) {
        paths.push(format!("/apis/{group}"));
        paths.extend(versions.iter().map(|it| format!("/apis/{group}/{it}")));
    }
    let others = ["/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"];
    paths.extend(others.map(str::to_owned));
    paths.sort();
    paths
}
