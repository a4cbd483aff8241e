//! WebSocket (RFC 6455), the server's end: the handshake's answer and the frames.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// What the server adds to a client's key (RFC 6455, 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The longest message, in bytes.
const MESSAGE_BYTES_MAX: usize = 9 << 20;

/// The longest control frame.
const CONTROL_BYTES_MAX: u64 = 125;

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// The code of a normal end.
pub(crate) const NORMAL: u16 = 1000;
/// The code of a violation.
const PROTOCOL_ERROR: u16 = 1002;
/// The code of a message that is too long.
const TOO_BIG: u16 = 1009;

/// What a client sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// Data, put together from its fragments; text counts as its bytes.
    Data(Vec<u8>),
    /// To be answered with the same.
    Ping(Vec<u8>),
    /// The client goes.
    Close,
}

/// Why nothing more can be read: the code with which to close, if there is still somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended(pub(crate) Option<u16>);

impl From<std::io::Error> for Ended {
    fn from(_: std::io::Error) -> Self {
        Self(None)
    }
}

/// `Sec-WebSocket-Accept` for a client's key.
pub(crate) fn accept(key: &str) -> String {
    let text = format!("{}{GUID}", key.trim());
    STANDARD.encode(ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()))
}

/// Reads messages.
pub(crate) struct Reader<R> {
    from: R,
    /// The fragments of the message that is coming.
    begun: Option<Vec<u8>>,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    pub(crate) fn new(from: R) -> Self {
        Self { from, begun: None }
    }

    /// The next message.
    ///
    /// # Errors
    /// When the connection is over, or the client breaks the rules.
    pub(crate) async fn next(&mut self) -> Result<Message, Ended> {
        loop {
            let Frame { last, opcode, payload } = self.frame().await?;
            match (opcode, self.begun.take()) {
                (TEXT | BINARY, None) if last => return Ok(Message::Data(payload)),
                (TEXT | BINARY, None) => self.begun = Some(payload),
                (CONTINUATION, Some(mut begun)) => {
                    if begun.len() + payload.len() > MESSAGE_BYTES_MAX {
                        return Err(Ended(Some(TOO_BIG)));
                    }
                    begun.extend(payload);
                    if last {
                        return Ok(Message::Data(begun));
                    }
                    self.begun = Some(begun);
                }
                (CLOSE, _) => return Ok(Message::Close),
                (PING, begun) => {
                    self.begun = begun;
                    return Ok(Message::Ping(payload));
                }
                (PONG, begun) => self.begun = begun,
                _ => return Err(Ended(Some(PROTOCOL_ERROR))),
            }
        }
    }

    async fn frame(&mut self) -> Result<Frame, Ended> {
        let mut head = [0; 2];
        self.from.read_exact(&mut head).await?;
        let (last, opcode) = (head[0] & 0x80 != 0, head[0] & 0x0f);
        let is_masked = head[1] & 0x80 != 0;
        let size = match head[1] & 0x7f {
            126 => u64::from(self.from.read_u16().await?),
            127 => self.from.read_u64().await?,
            size => u64::from(size),
        };
        let is_control = opcode >= CLOSE;
        let breaks_rules =
            head[0] & 0x70 != 0 || !is_masked || is_control && (!last || size > CONTROL_BYTES_MAX);
        if breaks_rules {
            return Err(Ended(Some(PROTOCOL_ERROR)));
        }
        if size > MESSAGE_BYTES_MAX as u64 {
            return Err(Ended(Some(TOO_BIG)));
        }
        let mut mask = [0; 4];
        self.from.read_exact(&mut mask).await?;
        // Memory is taken as the bytes come, not as the head announces them.
        let mut payload = Vec::new();
        (&mut self.from).take(size).read_to_end(&mut payload).await?;
        if payload.len() as u64 != size {
            return Err(Ended(None));
        }
        for (place, byte) in payload.iter_mut().enumerate() {
            *byte ^= mask[place % 4];
        }
        Ok(Frame { last, opcode, payload })
    }
}

struct Frame {
    last: bool,
    opcode: u8,
    payload: Vec<u8>,
}

fn frame(opcode: u8, parts: &[&[u8]]) -> Vec<u8> {
    let size: usize = parts.iter().map(|it| it.len()).sum();
    let mut frame = vec![0x80 | opcode];
    match size {
        0..=125 => frame.push(size as u8),
        126..=0xffff => {
            frame.push(126);
            frame.extend((size as u16).to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend((size as u64).to_be_bytes());
        }
    }
    for part in parts {
        frame.extend(*part);
    }
    frame
}

/// A message of data, given in parts.
pub(crate) fn data(parts: &[&[u8]]) -> Vec<u8> {
    frame(BINARY, parts)
}

/// The answer to a ping.
pub(crate) fn pong(payload: &[u8]) -> Vec<u8> {
    frame(PONG, &[payload])
}

/// The end.
pub(crate) fn close(code: u16) -> Vec<u8> {
    frame(CLOSE, &[&code.to_be_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame as a client masks it.
    fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![first];
        match payload.len() {
            size @ 0..=125 => frame.push(0x80 | size as u8),
            size => {
                frame.push(0xfe);
                frame.extend((size as u16).to_be_bytes());
            }
        }
        let mask = [1, 2, 3, 4];
        frame.extend(mask);
        frame.extend(payload.iter().enumerate().map(|(place, it)| it ^ mask[place % 4]));
        frame
    }

    fn read(bytes: &[u8]) -> (Vec<Message>, Ended) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut reader = Reader::new(bytes);
            let mut messages = Vec::new();
            loop {
                match reader.next().await {
                    Ok(message) => messages.push(message),
                    Err(ended) => return (messages, ended),
                }
            }
        })
    }

    #[test]
    fn the_example_of_the_rfc() {
        assert_eq!(accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn fragments_are_put_together_around_a_ping() {
        let bytes = [
            masked(BINARY, b"ab"),
            masked(0x80 | PING, b"!"),
            masked(CONTINUATION, &[b'c'; 300]),
            masked(0x80 | CONTINUATION, b""),
            masked(0x80 | TEXT, b"x"),
            masked(0x80 | CLOSE, &[]),
        ]
        .concat();
        let (messages, ended) = read(&bytes);
        assert_eq!(messages[0], Message::Ping(b"!".to_vec()));
        let Message::Data(whole) = &messages[1] else { panic!("{messages:?}") };
        assert_eq!(whole.len(), 302);
        assert_eq!(messages[2..], [Message::Data(b"x".to_vec()), Message::Close]);
        assert_eq!(ended, Ended(None));
    }

    #[test]
    fn violations_end_the_connection() {
        let unmasked = data(&[b"a"]);
        let reserved = masked(0xc0 | BINARY, b"a");
        let cut_control = masked(PING, b"a");
        let endless = [&[0x80 | BINARY, 0x80 | 127][..], &u64::MAX.to_be_bytes()].concat();
        let orphan = masked(0x80 | CONTINUATION, b"a");
        for (bytes, code) in [
            (unmasked, PROTOCOL_ERROR),
            (reserved, PROTOCOL_ERROR),
            (cut_control, PROTOCOL_ERROR),
            (endless, TOO_BIG),
            (orphan, PROTOCOL_ERROR),
        ] {
            assert_eq!(read(&bytes), (Vec::new(), Ended(Some(code))), "{bytes:?}");
        }
    }
}
