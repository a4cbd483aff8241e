//! A connection that takes frames: what is written goes out in order, whoever writes.

use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;

/// How many frames may wait to be written.
const FRAMES_MAX: usize = 64;

/// Where frames go.
pub(crate) type Frames = mpsc::Sender<Vec<u8>>;

/// Writes what comes; the connection ends with its last sender.
pub(crate) fn writer(
    mut to: impl AsyncWrite + Unpin + Send + 'static,
) -> (Frames, tokio::task::JoinHandle<()>) {
    let (sender, mut frames) = mpsc::channel::<Vec<u8>>(FRAMES_MAX);
    let task = tokio::spawn(async move {
        while let Some(frame) = frames.recv().await {
            if to.write_all(&frame).await.is_err() || to.flush().await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    });
    (sender, task)
}
