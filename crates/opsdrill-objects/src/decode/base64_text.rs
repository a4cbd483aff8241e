//! Base64 as Go's `encoding/base64` reads it, for the place in its complaint.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// The text without line breaks, if it is base64; otherwise Go's complaint.
pub(super) fn check(text: &str) -> Result<String, String> {
    match first_bad_byte(text.as_bytes()) {
        None => Ok(text.chars().filter(|it| !matches!(it, '\r' | '\n')).collect()),
        Some(at) => Err(format!("illegal base64 data at input byte {at}")),
    }
}

/// The bytes of a base64 text.
///
/// # Errors
/// Go's complaint.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, String> {
    let text = check(text)?;
    BASE64_STANDARD.decode(&text).map_err(|why| format!("illegal base64 data: {why}"))
}

/// Bytes as base64.
pub(super) fn encode(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// Where Go stops: at a byte outside of the alphabet, at padding out of place, or at the start of the last
/// quantum when it is cut off.
fn first_bad_byte(bytes: &[u8]) -> Option<usize> {
    let mut in_quantum = 0;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\r' | b'\n' => {}
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {
                in_quantum = (in_quantum + 1) % 4;
            }
            b'=' => return bad_padding(bytes, at, in_quantum),
            _ => return Some(at),
        }
        at += 1;
    }
    (in_quantum != 0).then(|| at - in_quantum)
}

/// The same from the first `=` at `at` on, `in_quantum` digits after the last full quantum.
fn bad_padding(bytes: &[u8], at: usize, in_quantum: usize) -> Option<usize> {
    let skip_breaks = |from: usize| {
        from + bytes[from..].iter().take_while(|it| matches!(it, b'\r' | b'\n')).count()
    };
    let mut next = at + 1;
    match in_quantum {
        0 | 1 => return Some(at),
        2 => {
            let second = skip_breaks(next);
            match bytes.get(second) {
                None => return Some(bytes.len()),
                Some(b'=') => next = second + 1,
                Some(_) => return Some(second),
            }
        }
        _ => {}
    }
    let rest = skip_breaks(next);
    (rest < bytes.len()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_name_the_byte() {
        assert_eq!(check("YWJj"), Ok("YWJj".into()));
        assert_eq!(check("YWJj\nYQ==\n"), Ok("YWJjYQ==".into()));
        assert_eq!(check("not base64!"), Err("illegal base64 data at input byte 3".into()));
        assert_eq!(check("hunter2"), Err("illegal base64 data at input byte 4".into()));
        assert_eq!(check("YQ=="), Ok("YQ==".into()));
        assert_eq!(check("YQ="), Err("illegal base64 data at input byte 3".into()));
        assert_eq!(check("YQ==x"), Err("illegal base64 data at input byte 4".into()));
    }
}
