//! SPDY/3.1, the server's end: streams of bytes that a client opens within one connection.
//!
//! Kubernetes' older clients speak it on its own, newer ones within WebSocket for ports. Windows are not kept, as its
//! clients keep none.

mod headers;

use std::collections::BTreeMap;

use headers::{Decoder, Encoder};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::mpsc;

pub(crate) use headers::Headers;

/// The version in control frames.
const VERSION: u16 = 3;
/// The longest frame.
const FRAME_BYTES_MAX: usize = 1 << 20;
/// The most streams that are open at a time.
const STREAMS_MAX: usize = 512;
/// How many pieces may wait for the reader of a stream.
const PIECES_MAX: usize = 64;

const SYN_STREAM: u16 = 1;
const SYN_REPLY: u16 = 2;
const RST_STREAM: u16 = 3;
const PING: u16 = 6;
const GOAWAY: u16 = 7;

/// The flag of a side's last frame.
const FIN: u8 = 1;
/// The reason of a stream that is not wanted.
const REFUSED_STREAM: u32 = 3;

/// Where frames go.
pub(crate) type Frames = mpsc::Sender<Vec<u8>>;

/// A stream that the client has opened.
pub(crate) struct Stream {
    id: u32,
    pub(crate) headers: Headers,
    /// What the client sends; ends when it closes its side.
    pub(crate) incoming: mpsc::Receiver<Vec<u8>>,
    frames: Frames,
}

impl Stream {
    /// A header's value; empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|it| it.0 == name).map(|it| it.1.as_str()).unwrap_or_default()
    }

    /// The way to the client, without the way back.
    pub(crate) fn sender(&self) -> StreamSender {
        StreamSender { id: self.id, frames: self.frames.clone() }
    }
}

/// The server's side of a stream.
#[derive(Clone)]
pub(crate) struct StreamSender {
    id: u32,
    frames: Frames,
}

impl StreamSender {
    /// Sends bytes; false if the client has gone.
    pub(crate) async fn send(&self, bytes: &[u8]) -> bool {
        for piece in bytes.chunks(FRAME_BYTES_MAX / 2) {
            if self.frames.send(data(self.id, 0, piece)).await.is_err() {
                return false;
            }
        }
        true
    }

    /// Closes the server's side.
    pub(crate) async fn finish(&self) {
        let _ = self.frames.send(data(self.id, FIN, &[])).await;
    }
}

fn data(id: u32, flags: u8, bytes: &[u8]) -> Vec<u8> {
    let mut frame = (id & 0x7fff_ffff).to_be_bytes().to_vec();
    frame.extend((u32::from(flags) << 24 | bytes.len() as u32).to_be_bytes());
    frame.extend(bytes);
    frame
}

fn control(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = (0x8000 | VERSION).to_be_bytes().to_vec();
    frame.extend(kind.to_be_bytes());
    frame.extend((payload.len() as u32).to_be_bytes());
    frame.extend(payload);
    frame
}

/// A connection.
struct Connection {
    frames: Frames,
    opened: mpsc::Sender<Stream>,
    open: BTreeMap<u32, mpsc::Sender<Vec<u8>>>,
    last: u32,
    decoder: Decoder,
    encoder: Encoder,
}

/// Reads frames until the connection is over; new streams go to `opened`.
pub(crate) async fn serve(
    mut from: impl AsyncRead + Unpin,
    frames: Frames,
    opened: mpsc::Sender<Stream>,
) {
    let mut connection = Connection {
        frames,
        opened,
        open: BTreeMap::new(),
        last: 0,
        decoder: Decoder::new(),
        encoder: Encoder::default(),
    };
    while let Some((head, payload)) = frame(&mut from).await {
        if connection.take(head, payload).await.is_none() {
            return;
        }
    }
}

/// A frame: its first word, its flags, and what follows; `None` at the end.
async fn frame(from: &mut (impl AsyncRead + Unpin)) -> Option<((u32, u8), Vec<u8>)> {
    let first = from.read_u32().await.ok()?;
    let second = from.read_u32().await.ok()?;
    let size = (second & 0x00ff_ffff) as usize;
    if size > FRAME_BYTES_MAX {
        return None;
    }
    let mut payload = vec![0; size];
    from.read_exact(&mut payload).await.ok()?;
    Some(((first, (second >> 24) as u8), payload))
}

impl Connection {
    /// Takes a frame; `None` when the connection is over.
    async fn take(&mut self, (first, flags): (u32, u8), payload: Vec<u8>) -> Option<()> {
        if first & 0x8000_0000 == 0 {
            return self.data(first, flags, payload).await;
        }
        if (first >> 16) as u16 & 0x7fff != VERSION {
            return None;
        }
        match first as u16 {
            SYN_STREAM => self.open(flags, &payload).await,
            RST_STREAM => {
                self.open.remove(&word(&payload)?);
                Some(())
            }
            PING => self.frames.send(control(PING, &payload)).await.ok(),
            GOAWAY => None,
            _ => Some(()),
        }
    }

    async fn data(&mut self, id: u32, flags: u8, payload: Vec<u8>) -> Option<()> {
        if let Some(stream) = self.open.get(&id) {
            // Whoever reads the stream may be done with it.
            let _ = stream.send(payload).await;
        }
        if flags & FIN != 0 {
            self.open.remove(&id);
        }
        Some(())
    }

    async fn open(&mut self, flags: u8, payload: &[u8]) -> Option<()> {
        let id = word(payload)? & 0x7fff_ffff;
        let headers = self.decoder.read(payload.get(10..)?).ok()?;
        if id % 2 == 0 || id <= self.last || self.open.len() >= STREAMS_MAX {
            let payload = [id.to_be_bytes(), REFUSED_STREAM.to_be_bytes()].concat();
            return self.frames.send(control(RST_STREAM, &payload)).await.ok();
        }
        self.last = id;
        let (sender, incoming) = mpsc::channel(PIECES_MAX);
        if flags & FIN == 0 {
            self.open.insert(id, sender);
        }
        let reply = [id.to_be_bytes().to_vec(), self.encoder.write(&[])].concat();
        self.frames.send(control(SYN_REPLY, &reply)).await.ok()?;
        let frames = self.frames.clone();
        self.opened.send(Stream { id, headers, incoming, frames }).await.ok()
    }
}

fn word(payload: &[u8]) -> Option<u32> {
    payload.first_chunk::<4>().map(|it| u32::from_be_bytes(*it))
}
