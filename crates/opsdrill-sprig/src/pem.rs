//! The text form (PEM) of keys and certificates, as Go writes and finds it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Characters of a line.
const LINE: usize = 64;

/// A block with a label.
pub(crate) fn encode(label: &str, body: &[u8]) -> String {
    let text = STANDARD.encode(body);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}

/// The first whole block of a text: its label and its body. Lines with a name and a colon at its head are passed over.
pub(crate) fn decode(text: &str) -> Option<(&str, Vec<u8>)> {
    let mut lines = text.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        let label = line.strip_prefix("-----BEGIN ").and_then(|it| it.strip_suffix("-----"));
        let Some(label) = label else { continue };
        let end = format!("-----END {label}-----");
        let mut after = lines.clone();
        let mut body = String::new();
        let mut is_closed = false;
        for line in after.by_ref() {
            if line == end {
                is_closed = true;
                break;
            }
            // Another block begins: this one is not whole. No line is looked at more than twice.
            if line.starts_with("-----") {
                break;
            }
            if !line.contains(':') {
                body.extend(line.split_whitespace());
            }
        }
        if is_closed && let Ok(body) = STANDARD.decode(&body) {
            return Some((label, body));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_written_and_found() {
        let body: Vec<u8> = (0..100).collect();
        let pem = encode("A KEY", &body);
        assert_eq!(pem.lines().nth(1).map(str::len), Some(64));
        assert_eq!(decode(&pem), Some(("A KEY", body.clone())));
        let within = format!("words\n-----BEGIN B-----\n!\n-----END B-----\n{pem}more");
        assert_eq!(decode(&within), Some(("A KEY", body)));
        let headed = "-----BEGIN C-----\nName: value\n\nAQI=\n-----END C-----\n";
        assert_eq!(decode(headed), Some(("C", vec![1, 2])));
        assert_eq!(decode("-----BEGIN C-----\nAQI=\n"), None);
        let cut = format!("-----BEGIN C-----\nAQI=\n{headed}");
        assert_eq!(decode(&cut), Some(("C", vec![1, 2])));
    }
}
