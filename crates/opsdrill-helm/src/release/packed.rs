//! A record as it is kept in a Secret: compressed, and as text.

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::{Record, json};

/// The largest record, unpacked, in bytes. A Secret holds 1 MiB, and what Helm keeps becomes a tenth of its size.
const RECORD_BYTES_MAX: usize = 16 << 20;

const MAGIC: &[u8] = b"\x1f\x8b\x08";

/// What the Secret holds under `release`, before the API encodes it once more.
pub fn pack(record: &Record) -> String {
    let text = json::text(record, true);
    // Helm asks for the best compression, which takes twice as long here for a few bytes less.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory does not fail.
    let bytes = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    STANDARD.encode(bytes.unwrap_or_default())
}

/// The record of a Secret.
///
/// # Errors
/// When it is none; with the words of the libraries that Helm uses.
pub fn unpack(text: &str) -> Result<Record, String> {
    let packed = STANDARD.decode(text).map_err(|_| "illegal base64 data".to_owned())?;
    let bytes = if packed.starts_with(MAGIC) {
        let mut bytes = Vec::new();
        let mut reader = GzDecoder::new(packed.as_slice()).take(RECORD_BYTES_MAX as u64 + 1);
        reader.read_to_end(&mut bytes).map_err(|_| "unexpected EOF".to_owned())?;
        if bytes.len() > RECORD_BYTES_MAX {
            return Err(format!(
                "opsdrill: not simulated: a release whose record has more than {RECORD_BYTES_MAX} bytes"
            ));
        }
        bytes
    } else {
        packed
    };
    json::record(&String::from_utf8_lossy(&bytes))
}

/// Base 64.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of base 64.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
