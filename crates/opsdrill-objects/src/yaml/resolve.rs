//! What an unquoted scalar means by YAML 1.1, as Go's `yaml.v2` understands it.

use std::sync::LazyLock;

use regex::Regex;

use super::timestamp::is_timestamp;

const TAG_PREFIX: &str = "tag:yaml.org,2002:";

/// The meaning of a scalar.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Integer(i64),
    Unsigned(u64),
    Float(f64),
    /// Text that looks like a point in time; it stays text, but is quoted on the way out.
    Timestamp,
    /// The key `<<`.
    Merge,
    Text,
}

impl Scalar {
    /// The tag's short name, as error messages have it.
    fn tag(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Integer(_) | Self::Unsigned(_) => "int",
            Self::Float(_) => "float",
            Self::Timestamp => "timestamp",
            Self::Merge => "merge",
            Self::Text => "str",
        }
    }
}

static FLOAT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
        .expect("the expression is a constant of this file")
});

static BASE_60_FLOAT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$")
        .expect("the expression is a constant of this file")
});

/// The meaning of a scalar without quotes and tag.
pub(super) fn resolve_plain(text: &str) -> Scalar {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Scalar::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Scalar::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        "<<" => return Scalar::Merge,
        _ => {}
    }
    match text.as_bytes().first() {
        Some(b'.') => finite(text).map_or(Scalar::Text, Scalar::Float),
        Some(b'0'..=b'9' | b'+' | b'-') => resolve_number(text),
        _ => Scalar::Text,
    }
}

fn resolve_number(text: &str) -> Scalar {
    if is_timestamp(text) {
        return Scalar::Timestamp;
    }
    let plain = text.replace('_', "");
    if let Some(integer) = integer(&plain) {
        return i64::try_from(integer)
            .map(Scalar::Integer)
            .or_else(|_| u64::try_from(integer).map(Scalar::Unsigned))
            .unwrap_or(Scalar::Text);
    }
    if FLOAT.is_match(&plain) {
        return finite(&plain).map_or(Scalar::Text, Scalar::Float);
    }
    Scalar::Text
}

/// An integer that fits into 64 bits, with Go's prefixes: `0x1F`, `0o17`, `017`, `0b1`.
fn integer(text: &str) -> Option<i128> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let lower = unsigned.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (&lower[..], 10),
    };
    if digits.starts_with(['-', '+']) {
        return None;
    }
    let magnitude = i128::from(u64::from_str_radix(digits, radix).ok()?);
    let value = if text.starts_with('-') { -magnitude } else { magnitude };
    let is_signed = text.starts_with(['-', '+']);
    let fits = i64::try_from(value).is_ok() || (!is_signed && u64::try_from(value).is_ok());
    fits.then_some(value)
}

/// A float; what is too large for one is none.
fn finite(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|it| it.is_finite())
}

/// The meaning of a scalar with an explicit tag, or Go's complaint.
pub(super) fn resolve_tagged(tag: &str, text: &str) -> Result<Scalar, String> {
    let name = tag.strip_prefix(TAG_PREFIX).unwrap_or(tag);
    if !matches!(name, "bool" | "int" | "float" | "null" | "timestamp") || name == tag {
        return Ok(Scalar::Text);
    }
    let scalar = match (name, resolve_plain(text)) {
        ("float", Scalar::Integer(integer)) => {
            integer.to_string().parse().map_or(Scalar::Text, Scalar::Float)
        }
        (_, scalar) => scalar,
    };
    if scalar.tag() == name {
        return Ok(scalar);
    }
    Err(format!("cannot decode !!{} `{text}` as a !!{name}", scalar.tag()))
}

/// Whether a tag says that the text is base64 of what is meant.
pub(super) fn is_binary(tag: &str) -> bool {
    tag.strip_prefix(TAG_PREFIX) == Some("binary")
}

/// Whether a tag says that the key is a merge key.
pub(super) fn is_merge(tag: &str) -> bool {
    tag.strip_prefix(TAG_PREFIX) == Some("merge")
}

/// Whether text can be written without quotes and still be text when read.
pub(super) fn is_text_when_plain(text: &str) -> bool {
    resolve_plain(text) == Scalar::Text && !BASE_60_FLOAT.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_by_yaml_1_1() {
        for (text, scalar) in [
            ("yes", Scalar::Bool(true)),
            ("y", Scalar::Bool(true)),
            ("Off", Scalar::Bool(false)),
            ("yEs", Scalar::Text),
            ("~", Scalar::Null),
            ("0644", Scalar::Integer(420)),
            ("0o17", Scalar::Integer(15)),
            ("0x1F", Scalar::Integer(31)),
            ("-0b11", Scalar::Integer(-3)),
            ("+5", Scalar::Integer(5)),
            ("1_000", Scalar::Integer(1000)),
            ("0899", Scalar::Float(899.0)),
            ("18446744073709551615", Scalar::Unsigned(u64::MAX)),
            ("-9223372036854775808", Scalar::Integer(i64::MIN)),
            ("18446744073709551616", Scalar::Float(18_446_744_073_709_551_616.0)),
            ("1e3", Scalar::Float(1000.0)),
            ("1.", Scalar::Float(1.0)),
            (".5", Scalar::Float(0.5)),
            ("-.5", Scalar::Float(-0.5)),
            ("1e1000", Scalar::Text),
            ("1:30", Scalar::Text),
            ("-", Scalar::Text),
            ("--1", Scalar::Text),
            ("0x", Scalar::Text),
            (".", Scalar::Text),
            ("1.2.3", Scalar::Text),
            ("100m", Scalar::Text),
            ("2026-11-22", Scalar::Timestamp),
            ("2026-11-22T21:26:17Z", Scalar::Timestamp),
            ("2026-13-22", Scalar::Text),
        ] {
            assert_eq!(resolve_plain(text), scalar, "{text}");
        }
    }

    #[test]
    fn tags_must_fit() {
        let tagged = |name: &str, text| resolve_tagged(&format!("{TAG_PREFIX}{name}"), text);
        assert_eq!(tagged("str", "1"), Ok(Scalar::Text));
        assert_eq!(tagged("float", "1"), Ok(Scalar::Float(1.0)));
        assert_eq!(tagged("int", "x"), Err("cannot decode !!str `x` as a !!int".to_owned()));
        assert_eq!(resolve_tagged("!own", "1"), Ok(Scalar::Text));
    }
}
