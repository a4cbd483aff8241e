//! Headers as SPDY sends them: one stream of zlib for each direction, with a dictionary that both sides know.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_HAS_MORE_INPUT;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// Names and values of headers.
pub(crate) type Headers = Vec<(String, String)>;

/// The window of deflate.
const WINDOW_BYTES: usize = 32 * 1024;
/// The most bytes of one block of headers.
const BLOCK_BYTES_MAX: usize = 64 * 1024;
/// The bit of zlib's second byte that announces a dictionary.
const HAS_DICTIONARY: u8 = 0x20;

/// The words of the dictionary (SPDY/3, 2.6.10.1), each with its length before it.
const WORDS: &str = "options head post put delete trace accept accept-charset accept-encoding accept-language \
    accept-ranges age allow authorization cache-control connection content-base content-encoding content-language \
    content-length content-location content-md5 content-range content-type date etag expect expires from host \
    if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma \
    proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade \
    user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie \
    keep-alive origin";

/// What follows them.
const TAIL: &str = "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 \
    Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 \
    Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept \
    Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,\
    application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdch\
    charset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

fn dictionary() -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in WORDS.split(' ') {
        let word = word.replace('_', " ");
        bytes.extend((word.len() as u32).to_be_bytes());
        bytes.extend(word.as_bytes());
    }
    bytes.extend(TAIL.as_bytes());
    bytes
}

/// Reads the headers of one direction.
pub(super) struct Decoder {
    inflate: Box<DecompressorOxide>,
    window: Vec<u8>,
    /// Where in the window the next byte goes.
    place: usize,
    begun: bool,
}

/// What is no block of headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl Decoder {
    pub(super) fn new() -> Self {
        let mut window = dictionary();
        let place = window.len();
        window.resize(WINDOW_BYTES, 0);
        Self { inflate: Box::default(), window, place, begun: false }
    }

    /// Reads a block.
    pub(super) fn read(&mut self, mut block: &[u8]) -> Result<Headers, Malformed> {
        if !std::mem::replace(&mut self.begun, true) {
            // zlib's own head; the check sum at its end never comes.
            let has_dictionary = block.get(1).ok_or(Malformed)? & HAS_DICTIONARY != 0;
            block = block.get(if has_dictionary { 6 } else { 2 }..).ok_or(Malformed)?;
        }
        let mut plain = Vec::new();
        loop {
            let (status, read, written) = decompress(
                &mut self.inflate,
                block,
                &mut self.window,
                self.place,
                TINFL_FLAG_HAS_MORE_INPUT,
            );
            block = &block[read..];
            plain.extend(&self.window[self.place..self.place + written]);
            self.place = (self.place + written) % WINDOW_BYTES;
            if plain.len() > BLOCK_BYTES_MAX {
                return Err(Malformed);
            }
            match status {
                TINFLStatus::HasMoreOutput => {}
                TINFLStatus::NeedsMoreInput if block.is_empty() => return pairs(&plain),
                _ => return Err(Malformed),
            }
        }
    }
}

/// Takes a block apart: a number of pairs, each text with its length before it.
fn pairs(block: &[u8]) -> Result<Headers, Malformed> {
    let mut rest = block;
    let number = |rest: &mut &[u8]| {
        let (bytes, after) = rest.split_first_chunk::<4>().ok_or(Malformed)?;
        *rest = after;
        Ok(u32::from_be_bytes(*bytes) as usize)
    };
    let count = number(&mut rest)?;
    let mut headers = Vec::new();
    for _ in 0..count {
        let mut text = || {
            let size = number(&mut rest)?;
            let (bytes, after) = rest.split_at_checked(size).ok_or(Malformed)?;
            rest = after;
            String::from_utf8(bytes.to_vec()).map_err(|_| Malformed)
        };
        headers.push((text()?, text()?));
    }
    Ok(headers)
}

/// Writes the headers of one direction, without compressing them.
#[derive(Default)]
pub(super) struct Encoder {
    begun: bool,
}

impl Encoder {
    pub(super) fn write(&mut self, headers: &[(&str, &str)]) -> Vec<u8> {
        let mut plain = (headers.len() as u32).to_be_bytes().to_vec();
        for text in headers.iter().flat_map(|(name, value)| [*name, *value]) {
            plain.extend((text.len() as u32).to_be_bytes());
            plain.extend(text.as_bytes());
        }
        let mut block = Vec::new();
        if !std::mem::replace(&mut self.begun, true) {
            block.extend([0x78, 0x01]);
        }
        // A stored block, and an empty one, after which a reader hands over what it has.
        for part in [plain.as_slice(), &[]] {
            let size = part.len() as u16;
            block.push(0);
            block.extend(size.to_le_bytes());
            block.extend((!size).to_le_bytes());
            block.extend(part);
        }
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_is_the_one_that_clients_mean() {
        let (mut low, mut high) = (1_u32, 0_u32);
        for byte in dictionary() {
            low = (low + u32::from(byte)) % 65_521;
            high = (high + low) % 65_521;
        }
        // Its Adler-32, which stands in every client's first block.
        assert_eq!((high << 16) | low, 0xe3c6_a7c2);
    }

    #[test]
    fn headers_of_a_real_client_are_read() {
        // `streamtype: error, port: 80, requestid: 0`, then `streamtype: data` with the same, as zlib with the dictionary
        // writes them.
        let first = hex(FIRST);
        let second = hex(SECOND);
        let mut decoder = Decoder::new();
        let of = |kind: &str| {
            [("port", "80"), ("requestid", "0"), ("streamtype", kind)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec()
        };
        assert_eq!(decoder.read(&first).unwrap(), of("error"));
        assert_eq!(decoder.read(&second).unwrap(), of("data"));
        assert!(decoder.read(b"nonsense").is_err());
    }

    #[test]
    fn what_was_written_is_read() {
        let mut encoder = Encoder::default();
        let mut decoder = Decoder::new();
        for _ in 0..2 {
            let block = encoder.write(&[("a", "1"), ("bc", "")]);
            let read = decoder.read(&block).unwrap();
            assert_eq!(read, [("a".into(), "1".into()), ("bc".into(), String::new())]);
        }
    }

    fn hex(text: &str) -> Vec<u8> {
        let digits = text.as_bytes().chunks(2);
        digits.map(|it| u8::from_str_radix(std::str::from_utf8(it).unwrap(), 16).unwrap()).collect()
    }

    const FIRST: &str = "78f9e3c6a7c202253a48f95b044aab4c16064092b308125b99a054cc68004e872545a989b9d0a2863515141100000000ffff";
    const SECOND: &str = "224b2ba8944a04000000ffff";
}
