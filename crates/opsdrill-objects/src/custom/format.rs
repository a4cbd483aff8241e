//! Formats of texts that the server checks (`k8s.io/kube-openapi/pkg/validation/strfmt`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{decode, duration, timestamp};

/// Whether a text is of a format; every text is of one that is not known.
pub(super) fn fits(format: &str, text: &str) -> bool {
    let hex = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_hexdigit());
    match format {
        "date-time" | "datetime" => timestamp::parse(text).is_ok(),
        "date" => is_date(text),
        "duration" => duration::parse(text).is_ok() || is_scala_duration(text),
        "byte" => decode::base64(text).is_ok(),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "cidr" => is_cidr(text),
        "mac" => is_mac(text),
        "hostname" => is_host_name(text),
        "email" => is_email(text),
        "uri" => is_uri(text),
        "uuid" => is_uuid(text, None),
        "uuid3" => is_uuid(text, Some('3')),
        "uuid4" => is_uuid(text, Some('4')),
        "uuid5" => is_uuid(text, Some('5')),
        "bsonobjectid" => text.len() == 24 && hex(text),
        "hexcolor" => {
            let digits = text.strip_prefix('#').unwrap_or(text);
            matches!(digits.len(), 3 | 6) && hex(digits)
        }
        "ssn" => is_social_security_number(text),
        "isbn10" => is_isbn10(text),
        "isbn13" => is_isbn13(text),
        "isbn" => is_isbn10(text) || is_isbn13(text),
        _ => true,
    }
}

fn is_date(text: &str) -> bool {
    let shape = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    shape && timestamp::parse(&format!("{text}T00:00:00Z")).is_ok()
}

/// `22 ns`, `3 hours`: what Scala reads beside what Go reads.
fn is_scala_duration(text: &str) -> bool {
    const UNITS: &[&str] = &[
        "ns",
        "nano",
        "nanosecond",
        "us",
        "µs",
        "micro",
        "microsecond",
        "ms",
        "milli",
        "millisecond",
        "s",
        "sec",
        "second",
        "m",
        "min",
        "minute",
        "h",
        "hr",
        "hour",
        "d",
        "day",
        "w",
        "wk",
        "week",
    ];
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = text[digits..].trim_start();
    digits > 0 && UNITS.iter().any(|it| unit == *it || unit.strip_suffix('s') == Some(it))
}

fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    let plain = bits.len() < 4 && (bits == "0" || !bits.starts_with(['0', '+']));
    plain && bits.parse::<u8>().is_ok_and(|it| it <= most)
}

fn is_mac(text: &str) -> bool {
    let separator = if text.contains(':') { ':' } else { '-' };
    let parts: Vec<&str> = text.split(separator).collect();
    let pair = |it: &&str| it.len() == 2 && it.bytes().all(|it| it.is_ascii_hexdigit());
    matches!(parts.len(), 6 | 8 | 20) && parts.iter().all(pair)
}

fn is_host_name(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    let label = |it: &str| {
        let inner = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
        (1..=63).contains(&it.len())
            && it.bytes().all(inner)
            && !it.starts_with('-')
            && !it.ends_with('-')
    };
    text.len() <= 255 && text.split('.').all(label)
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |it: char| !it.is_whitespace() && !"()<>[]:;,\\\"@".contains(it);
    !local.is_empty()
        && local.chars().all(plain)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && is_host_name(domain)
}

/// What `url.ParseRequestURI` takes: an absolute address, or a path from the root.
fn is_uri(text: &str) -> bool {
    if text.chars().any(|it| it.is_control() || it == ' ') {
        return false;
    }
    if text.starts_with('/') {
        return true;
    }
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let mut letters = scheme.chars();
    letters.next().is_some_and(|it| it.is_ascii_alphabetic())
        && letters.all(|it| it.is_ascii_alphanumeric() || "+-.".contains(it))
        && !rest.is_empty()
}

fn is_uuid(text: &str, version: Option<char>) -> bool {
    let digits: Vec<char> = text.chars().filter(|it| *it != '-').collect();
    let dashes: Vec<usize> = text.match_indices('-').map(|it| it.0).collect();
    let placed = matches!(dashes[..], [] | [8, 13, 18, 23]);
    let variant = |it: char| matches!(version, Some('3') | None) || "89abAB".contains(it);
    digits.len() == 32
        && placed
        && digits.iter().all(char::is_ascii_hexdigit)
        && version.is_none_or(|it| digits[12] == it)
        && variant(digits[16])
}

fn is_social_security_number(text: &str) -> bool {
    let digits: String = text.chars().filter(|it| !matches!(it, '-' | ' ')).collect();
    let separators: Vec<usize> = text.match_indices(['-', ' ']).map(|it| it.0).collect();
    digits.len() == 9
        && digits.bytes().all(|it| it.is_ascii_digit())
        && matches!(separators[..], [] | [3 | 5] | [3, 6])
}

fn isbn_digits(text: &str) -> Vec<u32> {
    let plain = text.chars().filter(|it| !matches!(it, '-' | ' '));
    plain.map(|it| if it == 'X' { 10 } else { it.to_digit(10).unwrap_or(99) }).collect()
}

fn is_isbn10(text: &str) -> bool {
    let digits = isbn_digits(text);
    let plain = digits.iter().enumerate().all(|(place, it)| *it < 10 || *it == 10 && place == 9);
    let sum: u32 = digits.iter().zip(1..).map(|(it, place)| it * place).sum();
    digits.len() == 10 && plain && sum.is_multiple_of(11)
}

fn is_isbn13(text: &str) -> bool {
    let digits = isbn_digits(text);
    let sum: u32 =
        digits.iter().enumerate().map(|(place, it)| it * (1 + 2 * (place as u32 % 2))).sum();
    digits.len() == 13 && digits.iter().all(|it| *it < 10) && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn texts_are_of_their_formats() {
        for (format, good, bad) in [
            ("date-time", "2026-11-22T21:30:08Z", "yesterday"),
            ("date", "2026-11-22", "2026-13-22"),
            ("duration", "1h30m", "soon"),
            ("duration", "22 ns", "ns"),
            ("byte", "aGVsbG8=", "a*"),
            ("ipv4", "10.0.0.1", "10.0.0"),
            ("cidr", "10.0.0.0/8", "10.0.0.0/33"),
            ("mac", "00:00:5e:00:53:01", "00:00"),
            ("hostname", "api.example.com", "-x"),
            ("email", "jane@example.com", "jane"),
            ("uri", "https://example.com/x", "example"),
            ("uuid", "246e18fa-e3f2-403a-88a7-20e64b2adb48", "246e18fa"),
            (
                "uuid4",
                "246e18fa-e3f2-403a-88a7-20e64b2adb48",
                "246e18fa-e3f2-303a-88a7-20e64b2adb48",
            ),
            ("hexcolor", "#FFF", "#GGG"),
            ("isbn10", "0321751043", "0321751044"),
            ("isbn13", "978-0321751041", "978-0321751042"),
        ] {
            assert!(fits(format, good), "{format} {good}");
            assert!(!fits(format, bad), "{format} {bad}");
        }
        assert!(fits("something-else", "x"));
    }
}
