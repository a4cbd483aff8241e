//! Sums over texts.
#![expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]

use opsdrill_template::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::arguments::text;

type Answer = Result<Value, String>;

fn hex(bytes: &[u8]) -> Value {
    bytes.iter().map(|it| format!("{it:02x}")).collect::<String>().into()
}

pub(super) fn sha1sum(arguments: &[Value]) -> Answer {
    Ok(hex(&Sha1::digest(text(arguments, 0))))
}

pub(super) fn sha256sum(arguments: &[Value]) -> Answer {
    Ok(hex(&Sha256::digest(text(arguments, 0))))
}

pub(super) fn sha512sum(arguments: &[Value]) -> Answer {
    Ok(hex(&Sha512::digest(text(arguments, 0))))
}

/// Adler-32, in decimal.
pub(super) fn adler32sum(arguments: &[Value]) -> Answer {
    const MODULUS: u32 = 65_521;
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in text(arguments, 0).bytes() {
        low = (low + u32::from(byte)) % MODULUS;
        high = (high + low) % MODULUS;
    }
    Ok((high << 16 | low).to_string().into())
}
