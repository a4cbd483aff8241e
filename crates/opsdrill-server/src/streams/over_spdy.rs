//! A command for a client who speaks SPDY: each stream is one of the connection's.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;

use super::command::{Incoming, Outgoing, Peer, run};
use super::{Visit, pipe};
use crate::service::Context;
use crate::spdy::{self, StreamSender};

/// How long a client may take to open its streams.
const STREAMS_PATIENCE: Duration = Duration::from_secs(30);

/// Runs a command for a client who speaks SPDY: each stream is one of the connection's.
pub(super) async fn command(
    context: &Context,
    visit: &Visit,
    connection: impl AsyncRead + AsyncWrite + Send + 'static,
) {
    let (from, to) = tokio::io::split(connection);
    let (frames, written) = pipe::writer(to);
    let (sender, mut opened) = mpsc::channel(8);
    let reading = tokio::spawn(spdy::serve(Box::pin(from), frames, sender));
    let query = &visit.query;
    let terminal = query.is_set("tty");
    // A terminal has one output.
    let of = |name: &str| query.is_set(name) && !(name == "stderr" && terminal);
    let mut missing = vec!["error"];
    missing.extend(["stdin", "stdout", "stderr"].into_iter().filter(|it| of(it)));
    missing.extend(terminal.then_some("resize"));
    let mut streams: BTreeMap<String, spdy::Stream> = BTreeMap::new();
    while !missing.iter().all(|it| streams.contains_key(*it)) {
        match tokio::time::timeout(STREAMS_PATIENCE, opened.recv()).await {
            Ok(Some(stream)) => streams.insert(stream.header("streamtype").to_owned(), stream),
            _ => return reading.abort(),
        };
    }
    let (sender, incoming) = mpsc::channel(64);
    let (outgoing, out) = mpsc::channel(64);
    let mut resize = streams.remove("resize");
    let stdin = streams.remove("stdin");
    let senders = streams.iter().map(|(name, it)| (name.clone(), it.sender())).collect();
    let read = async move {
        if let Some(mut stdin) = stdin {
            while let Some(bytes) = stdin.incoming.recv().await {
                if sender.send(Incoming::Stdin(bytes)).await.is_err() {
                    break;
                }
            }
            let _ = sender.send(Incoming::StdinClosed).await;
        }
        // The pretend terminal is as wide as it is.
        while let Some(resize) = &mut resize
            && resize.incoming.recv().await.is_some()
        {}
        // Until the client goes.
        while opened.recv().await.is_some() {}
        drop(sender);
    };
    let read = tokio::spawn(read);
    let writing = tokio::spawn(write_streams(out, senders));
    run(context, visit, Peer { incoming, outgoing, closes_stdin: true, translated: false }).await;
    let _ = writing.await;
    drop(streams);
    read.abort();
    // The client closes once it has read the end of every stream.
    let _ = tokio::time::timeout(STREAMS_PATIENCE, reading).await;
    written.abort();
}

async fn write_streams(mut out: mpsc::Receiver<Outgoing>, senders: BTreeMap<String, StreamSender>) {
    while let Some(piece) = out.recv().await {
        let (name, bytes) = match piece {
            Outgoing::Stdout(bytes) => ("stdout", bytes),
            Outgoing::Stderr(bytes) => ("stderr", bytes),
            Outgoing::Error(bytes) => ("error", bytes),
        };
        if let Some(sender) = senders.get(name) {
            sender.send(&bytes).await;
        }
    }
    for sender in senders.values() {
        sender.finish().await;
    }
}
