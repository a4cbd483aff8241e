//! What a pod's program answers: requests that come through the server to it.

use std::sync::Arc;

use http::StatusCode;
use opsdrill_engine::Cluster;
use opsdrill_engine::physical::container;
use opsdrill_engine::physical::network::{
    ConnectError, HttpError, HttpOutcome, HttpRequest, Origin, Peer, http_request,
};
use opsdrill_engine::physical::process;
use opsdrill_objects::{Kind, Uid};

/// What listens on a port of a pod, seen from within the pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listens {
    /// A program that answers HTTP.
    Http,
    /// A program that speaks something else.
    Otherwise,
    /// Nobody.
    Refused(ConnectError),
    /// There is no such pod any more.
    Gone,
}

/// The pod of a name.
pub(crate) fn pod_uid(cluster: &Cluster, namespace: &str, name: &str) -> Option<Uid> {
    cluster.view().get(Kind::Pod, namespace, name).map(|it| it.meta.uid)
}

/// What listens on a port.
pub(crate) fn listens(cluster: &Cluster, pod: Uid, port: u16) -> Listens {
    let world = cluster.world();
    if cluster.view().by_uid(pod).is_none() {
        return Listens::Gone;
    }
    match container::connect(world, &Origin::Pod(pod), "127.0.0.1", port) {
        Ok(Peer::Process(id)) => {
            let runtime = process::get(world, id).map(|it| it.model.runtime);
            match runtime {
                Some(runtime) if runtime.is_database() => Listens::Otherwise,
                _ => Listens::Http,
            }
        }
        Ok(_) => Listens::Http,
        Err(why) => Listens::Refused(why),
    }
}

/// Asks a pod on one of its ports.
pub(crate) fn ask(
    cluster: &Cluster,
    from: &Origin,
    request: &HttpRequest,
) -> Result<HttpOutcome, HttpError> {
    http_request(cluster.world(), from, request)
}

/// The node on which the API server stands: where requests to pods and services come from.
pub(crate) fn origin(cluster: &Cluster) -> Origin {
    let mut nodes: Vec<_> = cluster.view().list(Kind::Node, "").collect();
    let label = "node-role.kubernetes.io/control-plane";
    nodes.sort_by_key(|it| it.meta.label(label).is_none());
    nodes.first().map_or(Origin::Outside, |it| Origin::Node(Arc::clone(&it.meta.name)))
}

/// A request that arrived as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrived {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// How many bytes it takes.
    pub(crate) size: usize,
    /// Whether the connection stays open after the answer.
    pub(crate) stays: bool,
}

/// The longest head of a request.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// The longest body.
const BODY_BYTES_MAX: usize = 4 << 20;

/// The request that bytes begin with: `None` if it is not complete.
///
/// # Errors
/// When it is none.
pub(crate) fn arrived(bytes: &[u8]) -> Result<Option<Arrived>, ()> {
    let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") else {
        return if bytes.len() > HEAD_BYTES_MAX { Err(()) } else { Ok(None) };
    };
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| ())?;
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next())
    else {
        return Err(());
    };
    if !version.starts_with("HTTP/1.") {
        return Err(());
    }
    let mut headers = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':').ok_or(())?;
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    let value = |wanted: &str| {
        let found = headers.iter().find(|it| it.0.eq_ignore_ascii_case(wanted));
        found.map(|it| it.1.to_ascii_lowercase()).unwrap_or_default()
    };
    let length = value("content-length");
    let length: usize = if length.is_empty() { 0 } else { length.parse().map_err(|_| ())? };
    if length > BODY_BYTES_MAX || value("transfer-encoding").contains("chunked") {
        return Err(());
    }
    let begin = end + 4;
    let Some(body) = bytes.get(begin..begin + length) else { return Ok(None) };
    let stays = match value("connection").as_str() {
        "close" => false,
        "keep-alive" => true,
        _ => version == "HTTP/1.1",
    };
    Ok(Some(Arrived {
        method: method.to_owned(),
        target: target.to_owned(),
        body: body.to_vec(),
        size: begin + length,
        headers,
        stays,
    }))
}

/// An answer as bytes.
pub(crate) fn written(outcome: &HttpOutcome, head_only: bool, stays: bool) -> Vec<u8> {
    let reason = StatusCode::from_u16(outcome.status).ok().and_then(|it| it.canonical_reason());
    let mut head = format!("HTTP/1.1 {} {}\r\n", outcome.status, reason.unwrap_or_default());
    let has = |name: &str| outcome.headers.iter().any(|it| it.0.eq_ignore_ascii_case(name));
    for (name, value) in &outcome.headers {
        head += &format!("{name}: {value}\r\n");
    }
    if !has("content-length") {
        head += &format!("Content-Length: {}\r\n", outcome.body.len());
    }
    if !has("connection") {
        head += if stays { "Connection: keep-alive\r\n" } else { "Connection: close\r\n" };
    }
    let mut bytes = (head + "\r\n").into_bytes();
    if !head_only {
        bytes.extend(&outcome.body);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_when_it_is_complete() {
        let bytes = b"POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET";
        assert_eq!(arrived(&bytes[..50]), Ok(None));
        let request = arrived(bytes).unwrap().unwrap();
        assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/a?b"));
        assert_eq!((request.body.as_slice(), request.size, request.stays), (&b"abc"[..], 53, true));
        let closed = arrived(b"GET / HTTP/1.0\r\n\r\n").unwrap().unwrap();
        assert!(!closed.stays);
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for bytes in [
            &b"*1\r\n$4\r\nPING\r\n\r\n"[..],
            b"GET / HTTP/1.1\r\nnonsense\r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        ] {
            assert_eq!(arrived(bytes), Err(()));
        }
        assert_eq!(arrived(&vec![b'a'; HEAD_BYTES_MAX + 1]), Err(()));
    }

    #[test]
    fn an_answer_says_how_long_it_is() {
        let outcome = HttpOutcome { status: 200, body: b"ok".to_vec(), ..HttpOutcome::default() };
        let text = String::from_utf8(written(&outcome, false, false)).unwrap();
        assert_eq!(text, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    }
}
