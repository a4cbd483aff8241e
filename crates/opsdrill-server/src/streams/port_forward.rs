//! Ports of pods: each connection of a client's is a pair of streams, one for bytes and one for what goes wrong.

use std::collections::BTreeMap;

use opsdrill_engine::physical::network::{ConnectError, HttpError, HttpRequest, Origin};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;

use super::Visit;
use super::pipe;
use super::websocket::{self, Ended, Message, NORMAL, Reader};
use crate::application::{self, Listens};
use crate::service::Context;
use crate::spdy::{self, StreamSender};

/// The bytes that may wait between WebSocket and SPDY.
const TUNNEL_BYTES: usize = 64 * 1024;
/// The most ports in one connection.
const PORTS_MAX: usize = 64;

/// Where the bytes of a connection go.
enum To {
    Stream(StreamSender),
    Channel(u8, mpsc::Sender<Vec<u8>>),
}

impl To {
    async fn send(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Stream(sender) => sender.send(bytes).await,
            Self::Channel(channel, frames) => {
                frames.send(websocket::data(&[&[*channel], bytes])).await.is_ok()
            }
        }
    }

    async fn finish(&self) {
        if let Self::Stream(sender) = self {
            sender.finish().await;
        }
    }
}

/// SPDY in the messages of a WebSocket.
pub(super) async fn tunnelled(
    context: &Context,
    visit: &Visit,
    connection: impl AsyncRead + AsyncWrite + Send + 'static,
) {
    let (from, to) = tokio::io::split(connection);
    let (frames, written) = pipe::writer(to);
    let (mut inner, outer) = tokio::io::duplex(TUNNEL_BYTES);
    let pongs = frames.clone();
    let mut reader = Reader::new(Box::pin(from));
    let reading = tokio::spawn(async move {
        loop {
            match reader.next().await {
                Ok(Message::Data(bytes)) => {
                    if inner.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
                Ok(Message::Ping(payload)) => {
                    let _ = pongs.send(websocket::pong(&payload)).await;
                }
                Ok(Message::Close) | Err(Ended(None)) => return,
                Err(Ended(Some(code))) => {
                    let _ = pongs.send(websocket::close(code)).await;
                    return;
                }
            }
        }
    });
    let (sender, mut spdy_frames) = mpsc::channel::<Vec<u8>>(64);
    let wrapping = tokio::spawn(async move {
        while let Some(frame) = spdy_frames.recv().await {
            if frames.send(websocket::data(&[&frame])).await.is_err() {
                return;
            }
        }
        let _ = frames.send(websocket::close(NORMAL)).await;
    });
    serve(context, visit, outer, sender).await;
    reading.abort();
    let _ = reading.await;
    let _ = wrapping.await;
    let _ = written.await;
}

/// SPDY itself.
pub(super) async fn spdy(
    context: &Context,
    visit: &Visit,
    connection: impl AsyncRead + AsyncWrite + Send + 'static,
) {
    let (from, to) = tokio::io::split(connection);
    let (frames, written) = pipe::writer(to);
    serve(context, visit, Box::pin(from), frames).await;
    let _ = written.await;
}

/// Serves the connections of a client that opens streams.
async fn serve(
    context: &Context,
    visit: &Visit,
    from: impl AsyncRead + Unpin + Send + 'static,
    frames: spdy::Frames,
) {
    let (sender, mut opened) = mpsc::channel(16);
    let reading = tokio::spawn(spdy::serve(from, frames, sender));
    let mut halves: BTreeMap<String, spdy::Stream> = BTreeMap::new();
    let mut pairs = tokio::task::JoinSet::new();
    while let Some(stream) = opened.recv().await {
        while pairs.try_join_next().is_some() {}
        let number = stream.header("requestid").to_owned();
        let Some(other) = halves.remove(&number) else {
            if halves.len() < PORTS_MAX {
                halves.insert(number, stream);
            }
            continue;
        };
        let is_error = stream.header("streamtype") == "error";
        let (error, data) = if is_error { (stream, other) } else { (other, stream) };
        let forward = Forward {
            door: context.door.clone(),
            namespace: visit.path.namespace.clone(),
            pod: visit.path.name.clone(),
            port: data.header("port").parse().unwrap_or_default(),
            data: To::Stream(data.sender()),
            error: To::Stream(error.sender()),
        };
        pairs.spawn(async move {
            forward.run(data.incoming).await;
            drop(error);
        });
    }
    pairs.abort_all();
    let _ = reading.await;
}

/// Ports in the channels of a WebSocket: two for each port that the query names.
pub(super) async fn in_channels(
    context: &Context,
    visit: &Visit,
    connection: impl AsyncRead + AsyncWrite + Send + 'static,
) {
    let words = visit.query.all("ports").flat_map(|it| it.split(','));
    let ports: Vec<u16> = words.filter_map(|it| it.parse().ok()).take(PORTS_MAX).collect();
    let (from, to) = tokio::io::split(connection);
    let (frames, written) = pipe::writer(to);
    let mut reader = Reader::new(Box::pin(from));
    let mut inputs = Vec::new();
    let mut running = tokio::task::JoinSet::new();
    for (place, port) in ports.into_iter().enumerate() {
        let channel = 2 * place as u8;
        // Each channel begins with its port.
        for channel in [channel, channel + 1] {
            let _ = frames.send(websocket::data(&[&[channel], &port.to_le_bytes()])).await;
        }
        let (sender, incoming) = mpsc::channel(64);
        inputs.push(sender);
        let forward = Forward {
            door: context.door.clone(),
            namespace: visit.path.namespace.clone(),
            pod: visit.path.name.clone(),
            port,
            data: To::Channel(channel, frames.clone()),
            error: To::Channel(channel + 1, frames.clone()),
        };
        running.spawn(forward.run(incoming));
    }
    loop {
        match reader.next().await {
            Ok(Message::Data(message)) => {
                let Some((channel, bytes)) = message.split_first() else { continue };
                if let Some(input) = inputs.get(usize::from(channel / 2)) {
                    let _ = input.send(bytes.to_vec()).await;
                }
            }
            Ok(Message::Ping(payload)) => {
                let _ = frames.send(websocket::pong(&payload)).await;
            }
            Ok(Message::Close) => break,
            Err(Ended(code)) => {
                let _ = frames.send(websocket::close(code.unwrap_or(NORMAL))).await;
                break;
            }
        }
    }
    running.abort_all();
    while running.join_next().await.is_some() {}
    let _ = frames.send(websocket::close(NORMAL)).await;
    drop(frames);
    let _ = written.await;
}

/// One connection to a port.
struct Forward {
    door: crate::desk::DeskDoor,
    namespace: String,
    pod: String,
    port: u16,
    data: To,
    error: To,
}

impl Forward {
    async fn run(self, incoming: mpsc::Receiver<Vec<u8>>) {
        if let Err(complaint) = self.pass(incoming).await {
            self.error.send(complaint.as_bytes()).await;
        }
        self.data.finish().await;
        self.error.finish().await;
    }

    /// Passes requests on and answers back, one after the other.
    async fn pass(&self, mut incoming: mpsc::Receiver<Vec<u8>>) -> Result<(), String> {
        self.connect().await?;
        let mut bytes = Vec::new();
        loop {
            let request = match application::arrived(&bytes) {
                Ok(Some(request)) => request,
                Ok(None) => match incoming.recv().await {
                    Some(more) => {
                        bytes.extend(more);
                        continue;
                    }
                    None => return Ok(()),
                },
                Err(()) => {
                    let bad = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                    self.data.send(bad.as_bytes()).await;
                    return Ok(());
                }
            };
            bytes.drain(..request.size);
            let (head_only, stays) = (request.method == "HEAD", request.stays);
            let asked = HttpRequest {
                method: request.method,
                url: format!("http://127.0.0.1:{}{}", self.port, request.target),
                headers: request.headers,
                body: request.body,
                ..HttpRequest::default()
            };
            let (namespace, pod) = (self.namespace.clone(), self.pod.clone());
            let look = move |cluster: &opsdrill_engine::Cluster| {
                let uid = application::pod_uid(cluster, &namespace, &pod)?;
                Some(application::ask(cluster, &Origin::Pod(uid), &asked))
            };
            match self.door.look(look).await {
                Ok(Some(Ok(outcome))) => {
                    let answer = application::written(&outcome, head_only, stays);
                    if !self.data.send(&answer).await || !stays {
                        return Ok(());
                    }
                }
                Ok(Some(Err(HttpError::Timeout { .. }))) => {
                    // Nothing ever comes; the client decides how long it waits.
                    while incoming.recv().await.is_some() {}
                    return Ok(());
                }
                Ok(Some(Err(HttpError::Connect { error, .. }))) => {
                    return Err(self.refusal(error).await);
                }
                _ => return Ok(()),
            }
        }
    }

    async fn connect(&self) -> Result<(), String> {
        let (namespace, pod, port) = (self.namespace.clone(), self.pod.clone(), self.port);
        let look = move |cluster: &opsdrill_engine::Cluster| {
            let uid = application::pod_uid(cluster, &namespace, &pod);
            uid.map_or(Listens::Gone, |it| application::listens(cluster, it, port))
        };
        match self.door.look(look).await {
            Ok(Listens::Http) => Ok(()),
            Ok(Listens::Otherwise) => Err(format!(
                "opsdrill: not simulated: port {port}, where no HTTP is spoken, through port-forward"
            )),
            Ok(Listens::Refused(why)) => Err(self.refusal(why).await),
            Ok(Listens::Gone) | Err(_) => Err(format!(
                "error forwarding port {port} to pod {}, uid : the pod is gone",
                self.pod
            )),
        }
    }

    /// What kubelet and containerd say of a port that cannot be reached.
    async fn refusal(&self, why: ConnectError) -> String {
        let (namespace, pod) = (self.namespace.clone(), self.pod.clone());
        let look = move |cluster: &opsdrill_engine::Cluster| {
            application::pod_uid(cluster, &namespace, &pod).map(|it| it.to_string())
        };
        let uid = self.door.look(look).await.ok().flatten().unwrap_or_default();
        let sandbox = blake3::hash(format!("sandbox of {uid}").as_bytes()).to_hex();
        let Self { port, .. } = self;
        format!(
            "error forwarding port {port} to pod {sandbox}, uid : failed to execute portforward in network namespace \"/var/run/netns/cni-{uid}\": failed to connect to localhost:{port} inside namespace \"{sandbox}\", IPv4: dial tcp4 127.0.0.1:{port}: connect: {why} IPv6 dial tcp6: address localhost: no suitable address"
        )
    }
}
