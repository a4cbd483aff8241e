//! Several streams in one WebSocket: the first byte of each message is its channel (`v4.` and `v5.channel.k8s.io`).

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;

use super::Visit;
use super::command::{self, Incoming, Outgoing, Peer};
use super::pipe::{self, Frames};
use super::websocket::{self, Ended, Message, NORMAL, Reader};
use crate::service::Context;

/// The channels of a command.
const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const ERROR: u8 = 3;
const RESIZE: u8 = 4;
/// Closes the channel that the next byte names (version 5).
const CLOSE: u8 = 255;

/// How many pieces of input may wait.
const INPUT_MAX: usize = 64;

/// Runs a command for a client.
pub(super) async fn command(
    context: &Context,
    visit: &Visit,
    protocol: &str,
    connection: impl AsyncRead + AsyncWrite + Send + 'static,
) {
    let (from, to) = tokio::io::split(connection);
    let (frames, written) = pipe::writer(to);
    let (sender, incoming) = mpsc::channel(INPUT_MAX);
    let (outgoing, out) = mpsc::channel(INPUT_MAX);
    let closes = protocol == "v5.channel.k8s.io";
    let reading = tokio::spawn(read(Reader::new(Box::pin(from)), closes, sender, frames.clone()));
    let writing = tokio::spawn(write(out, frames));
    command::run(
        context,
        visit,
        Peer { incoming, outgoing, closes_stdin: closes, translated: closes },
    )
    .await;
    let _ = writing.await;
    reading.abort();
    let _ = reading.await;
    let _ = written.await;
}

/// Takes what the client sends apart.
async fn read(
    mut reader: Reader<impl AsyncRead + Unpin>,
    closes: bool,
    to: mpsc::Sender<Incoming>,
    frames: Frames,
) {
    loop {
        let message = match reader.next().await {
            Ok(Message::Data(message)) => message,
            Ok(Message::Ping(payload)) => {
                let _ = frames.send(websocket::pong(&payload)).await;
                continue;
            }
            Ok(Message::Close) | Err(Ended(None)) => return,
            Err(Ended(Some(code))) => {
                let _ = frames.send(websocket::close(code)).await;
                return;
            }
        };
        let input = match message.split_first() {
            Some((&STDIN, bytes)) => Incoming::Stdin(bytes.to_vec()),
            Some((&CLOSE, [STDIN])) if closes => Incoming::StdinClosed,
            // The pretend terminal is as wide as it is.
            Some((&RESIZE | &CLOSE, _)) | None => continue,
            Some(_) => return,
        };
        // When the command is over, what still comes is read, so that the client can finish writing.
        let _ = to.send(input).await;
    }
}

async fn write(mut out: mpsc::Receiver<Outgoing>, frames: Frames) {
    while let Some(piece) = out.recv().await {
        let (channel, bytes) = match piece {
            Outgoing::Stdout(bytes) => (STDOUT, bytes),
            Outgoing::Stderr(bytes) => (STDERR, bytes),
            Outgoing::Error(bytes) => (ERROR, bytes),
        };
        if frames.send(websocket::data(&[&[channel], &bytes])).await.is_err() {
            return;
        }
    }
    let _ = frames.send(websocket::close(NORMAL)).await;
}
