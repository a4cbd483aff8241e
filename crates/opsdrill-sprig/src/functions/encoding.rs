//! Base 64 and base 32.
#![expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use opsdrill_template::Value;

use crate::arguments::text;

type Answer = Result<Value, String>;

const ALPHABET_32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn engine() -> GeneralPurpose {
    let padded = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&alphabet::STANDARD, padded)
}

/// Base 64 of bytes.
pub(super) fn base64(bytes: &[u8]) -> String {
    engine().encode(bytes)
}

pub(super) fn b64enc(arguments: &[Value]) -> Answer {
    Ok(base64(text(arguments, 0).as_bytes()).into())
}

/// The bytes of a text in base 64, whose line breaks do not count.
///
/// # Errors
/// With Go's words.
pub(super) fn base64_bytes(text: &str) -> Result<Vec<u8>, String> {
    let compact: String = text.chars().filter(|it| !matches!(it, '\r' | '\n')).collect();
    engine().decode(&compact).map_err(|_| illegal("base64", wrong_at(text, is_of_64, 4)))
}

/// The decoded text; what is wrong is answered, not complained about.
pub(super) fn b64dec(arguments: &[Value]) -> Answer {
    Ok(match base64_bytes(text(arguments, 0)) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
        Err(why) => why.into(),
    })
}

fn illegal(name: &str, place: usize) -> String {
    format!("illegal {name} data at input byte {place}")
}

fn is_of_64(it: u8) -> bool {
    it.is_ascii_alphanumeric() || it == b'+' || it == b'/'
}

fn is_of_32(it: u8) -> bool {
    ALPHABET_32.contains(&it)
}

/// Where Go stops reading: at the first byte that does not fit, or at the end of a group that is not whole.
fn wrong_at(whole: &str, fits: fn(u8) -> bool, group: usize) -> usize {
    let mut read = 0;
    for (place, byte) in whole.bytes().enumerate() {
        match byte {
            b'\r' | b'\n' => {}
            b'=' if read % group == 0 || (group == 4 && read % group == 1) => return place,
            b'=' => return padding_at(whole, place, group - read % group),
            it if fits(it) => read += 1,
            _ => return place,
        }
    }
    whole.len() - read % group
}

/// Where the padding is wrong: a byte in it, too little of it, or something after it.
fn padding_at(whole: &str, start: usize, expected: usize) -> usize {
    let mut seen = 0;
    for (place, byte) in whole.bytes().enumerate().skip(start) {
        match byte {
            b'\r' | b'\n' => {}
            b'=' if seen < expected => seen += 1,
            _ => return place,
        }
    }
    whole.len()
}

pub(super) fn b32enc(arguments: &[Value]) -> Answer {
    let mut encoded = String::new();
    for group in text(arguments, 0).as_bytes().chunks(5) {
        let mut bits = [0_u8; 5];
        bits[..group.len()].copy_from_slice(group);
        let number = bits.iter().fold(0_u64, |sum, it| sum << 8 | u64::from(*it));
        let digits = (group.len() * 8).div_ceil(5);
        for digit in 0..8 {
            let value = (number >> (35 - 5 * digit)) & 31;
            let letter = if digit < digits { ALPHABET_32[value as usize] } else { b'=' };
            encoded.push(char::from(letter));
        }
    }
    Ok(encoded.into())
}

pub(super) fn b32dec(arguments: &[Value]) -> Answer {
    let whole = text(arguments, 0);
    let compact: Vec<u8> = whole.bytes().filter(|it| !matches!(it, b'\r' | b'\n')).collect();
    let mut decoded = Vec::new();
    for (index, group) in compact.chunks(8).enumerate() {
        let is_last = (index + 1) * 8 >= compact.len();
        let digits = group.iter().position(|it| *it == b'=').unwrap_or(group.len());
        let is_padded = group[digits..].iter().all(|it| *it == b'=');
        let is_whole = group.len() == 8 && (digits == 8 || is_last) && is_padded;
        if !is_whole || !matches!(digits, 2 | 4 | 5 | 7 | 8) {
            return Ok(illegal("base32", wrong_at(whole, is_of_32, 8)).into());
        }
        let mut number = 0_u64;
        for byte in &group[..digits] {
            let Some(value) = ALPHABET_32.iter().position(|it| it == byte) else {
                return Ok(illegal("base32", wrong_at(whole, is_of_32, 8)).into());
            };
            number = number << 5 | value as u64;
        }
        number <<= 5 * (8 - digits);
        decoded.extend(&number.to_be_bytes()[3..3 + digits * 5 / 8]);
    }
    Ok(String::from_utf8_lossy(&decoded).into_owned().into())
}
