//! Connections that go both ways: commands in containers, and ports of pods.
//!
//! What is refused is refused before the protocol changes, so that whatever a client tries next is told the same.
//!
//! - [`websocket`]: the frames; [`channels`]: several streams in one connection of it
//! - [`command`]: exec and attach, whatever carries them, [`over_spdy`] if that does; [`typing`], [`line_editor`]: what a
//!   client types
//! - [`port_forward`]: ports, over SPDY within WebSocket and over plain channels

mod channels;
mod command;
mod line_editor;
mod over_spdy;
mod pipe;
mod port_forward;
mod typing;
mod websocket;

use std::sync::Arc;

use hyper::header::HeaderValue;
use hyper::http::request::Parts;
use hyper::upgrade::OnUpgrade;
use hyper::{HeaderMap, Response, StatusCode};
use opsdrill_engine::api::Identity;
use opsdrill_engine::api::authorization::Action;
use opsdrill_objects::{Kind, Status};

use crate::body::Body;
use crate::objects::not_allowed;
use crate::path::ObjectPath;
use crate::query::Query;
use crate::service::{Context, header};

/// Whether a path leads to a connection that goes both ways.
pub(crate) fn is_stream(path: &ObjectPath) -> bool {
    path.group.is_empty()
        && path.resource == "pods"
        && matches!(path.subresource.as_str(), "exec" | "attach" | "portforward")
}

/// Who asks for a connection, and for which.
pub(crate) struct Visit {
    pub(crate) identity: Identity,
    pub(crate) path: ObjectPath,
    pub(crate) query: Query,
}

/// How a client wants to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carrier {
    /// WebSocket in one of our protocols.
    WebSocket(&'static str),
    /// SPDY itself, in one of our protocols.
    Spdy(&'static str),
}

/// The protocols of commands, the newest first.
const COMMAND_PROTOCOLS: &[&str] = &["v5.channel.k8s.io", "v4.channel.k8s.io"];
/// Those over SPDY: the newest is for WebSocket only.
const COMMAND_PROTOCOLS_SPDY: &[&str] = &["v4.channel.k8s.io"];
/// SPDY within WebSocket.
const TUNNEL: &str = "SPDY/3.1+portforward.k8s.io";
/// The protocols of ports over WebSocket.
const PORT_PROTOCOLS: &[&str] = &[TUNNEL, "v4.channel.k8s.io"];
/// The protocol of ports over SPDY.
const PORT_PROTOCOLS_SPDY: &[&str] = &["portforward.k8s.io"];

/// Answers a request for a connection.
///
/// # Errors
/// The server's refusal.
pub(crate) async fn answer(
    context: &Arc<Context>,
    visit: Visit,
    head: &Parts,
    upgrade: OnUpgrade,
) -> Result<Response<Body>, Status> {
    let verb = match head.method.as_str() {
        "GET" => "get",
        "POST" => "create",
        _ => return Err(not_allowed()),
    };
    let ports = visit.path.subresource == "portforward";
    admit(context, &visit, verb).await?;
    let carrier = carrier(&head.headers, ports)?;
    let place = context.streams.clone().try_acquire_owned();
    let place = place.map_err(|_| {
        Status::new(429, "TooManyRequests", "Too many requests, please try again later.")
    })?;
    let answer = switch(carrier, &head.headers);
    let context = context.clone();
    tokio::spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let upgraded = hyper_util::rt::TokioIo::new(upgraded);
        match (carrier, ports) {
            (Carrier::WebSocket(TUNNEL), _) => {
                port_forward::tunnelled(&context, &visit, upgraded).await;
            }
            (Carrier::WebSocket(_), true) => {
                port_forward::in_channels(&context, &visit, upgraded).await;
            }
            (Carrier::Spdy(_), true) => port_forward::spdy(&context, &visit, upgraded).await,
            (Carrier::WebSocket(protocol), false) => {
                channels::command(&context, &visit, protocol, upgraded).await;
            }
            (Carrier::Spdy(_), false) => over_spdy::command(&context, &visit, upgraded).await,
        }
        drop(place);
    });
    Ok(answer)
}

/// Whether the client may, and whether there is what it wants to be connected to.
async fn admit(context: &Context, visit: &Visit, verb: &'static str) -> Result<(), Status> {
    let (identity, path) = (visit.identity.clone(), visit.path.clone());
    let ports = path.subresource == "portforward";
    let container = visit.query.get("container").to_owned();
    let look = move |cluster: &opsdrill_engine::Cluster| {
        let action = Action::Resource {
            verb,
            group: "",
            resource: "pods",
            subresource: &path.subresource,
            namespace: &path.namespace,
            name: &path.name,
        };
        cluster.authorize(&identity, &action)?;
        if ports {
            let pod = cluster.view().get(Kind::Pod, &path.namespace, &path.name);
            let pod = pod.ok_or_else(|| Status::not_found(Kind::Pod, &path.name))?;
            let bound = pod.pod().is_some_and(|it| it.node_name.is_some());
            let name = &path.name;
            let unbound =
                || Status::bad_request(format!("pod {name} does not have a host assigned"));
            return if bound { Ok(()) } else { Err(unbound()) };
        }
        let container = Some(container.as_str()).filter(|it| !it.is_empty());
        cluster.container(&path.namespace, &path.name, container).map(drop)
    };
    context.door.look(look).await??;
    let streams = ["stdin", "stdout", "stderr"];
    if !ports && !streams.iter().any(|it| visit.query.is_set(it)) {
        return Err(Status::bad_request("you must specify at least 1 of stdin, stdout, stderr"));
    }
    Ok(())
}

/// What carries the connection.
fn carrier(headers: &HeaderMap, ports: bool) -> Result<Carrier, Status> {
    let upgrade = header(headers, "upgrade").to_ascii_lowercase();
    let choose = |offered: &str, known: &[&'static str]| {
        let words = offered.split([',', '|']).map(str::trim);
        words.into_iter().find_map(|it| known.iter().copied().find(|known| *known == it))
    };
    let all = |name: &str| -> String {
        let values = headers.get_all(name).iter().filter_map(|it| it.to_str().ok());
        values.collect::<Vec<_>>().join(",")
    };
    if upgrade == "websocket" {
        let known = if ports { PORT_PROTOCOLS } else { COMMAND_PROTOCOLS };
        let offered = all("sec-websocket-protocol");
        let found = choose(&offered, known).map(Carrier::WebSocket);
        return found.ok_or_else(|| {
            let text =
                format!("requested protocol(s) are not supported: [{offered}]; supports {known:?}");
            Status::new(403, "Forbidden", text)
        });
    }
    if upgrade == "spdy/3.1" {
        let known = if ports { PORT_PROTOCOLS_SPDY } else { COMMAND_PROTOCOLS_SPDY };
        let offered = all("x-stream-protocol-version");
        let found = choose(&offered, known).map(Carrier::Spdy);
        return found.ok_or_else(|| {
            let text = format!(
                "unable to upgrade: unable to negotiate protocol: client supports [{offered}], server accepts {known:?}"
            );
            Status::new(403, "Forbidden", text)
        });
    }
    Err(Status::bad_request("Upgrade request required"))
}

/// `101 Switching Protocols`.
fn switch(carrier: Carrier, headers: &HeaderMap) -> Response<Body> {
    let mut response = Response::new(Body::none());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let mut set = |name: &'static str, value: &str| {
        let value = HeaderValue::from_str(value).expect("words of protocols");
        response.headers_mut().insert(name, value);
    };
    set("connection", "Upgrade");
    match carrier {
        Carrier::WebSocket(protocol) => {
            set("upgrade", "websocket");
            set("sec-websocket-accept", &websocket::accept(header(headers, "sec-websocket-key")));
            set("sec-websocket-protocol", protocol);
        }
        Carrier::Spdy(protocol) => {
            set("upgrade", "SPDY/3.1");
            set("x-stream-protocol-version", protocol);
        }
    }
    response
}
