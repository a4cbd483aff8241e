//! Values as numbers and texts, as loosely as sprig takes them.

use opsdrill_template::{Value, print};

/// A whole number: what is none is 0.
pub fn int64(value: &Value) -> i64 {
    match value {
        Value::Bool(it) => i64::from(*it),
        Value::Int(_, it) => *it,
        Value::Float(it) => truncated(*it),
        Value::Text(it) => whole(it).unwrap_or_default(),
        _ => 0,
    }
}

/// Go's conversion: what does not fit is the smallest number.
fn truncated(number: f64) -> i64 {
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number);
    if fits { number as i64 } else { i64::MIN }
}

/// A whole number written in any of Go's ways, and perhaps with zeros after a point.
fn whole(text: &str) -> Option<i64> {
    let text = match text.split_once('.') {
        Some((before, after)) if after.bytes().all(|it| it == b'0') && !after.is_empty() => before,
        Some((before, "")) => before,
        _ => text,
    };
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (&lower[..], 10),
    };
    let digits = digits.replace('_', "");
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = i128::from_str_radix(&digits, radix).ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// A floating point number: what is none is 0.
#[expect(clippy::cast_precision_loss, reason = "Go converts whole numbers so")]
pub fn float64(value: &Value) -> f64 {
    match value {
        Value::Bool(it) => f64::from(u8::from(*it)),
        Value::Int(_, it) => *it as f64,
        Value::Float(it) => *it,
        Value::Text(it) => it.parse().unwrap_or_default(),
        _ => 0.0,
    }
}

/// A text: strings and bytes as they are, all else as it prints.
pub fn text(value: &Value) -> String {
    match value {
        Value::Text(it) => it.to_string(),
        Value::Bytes(it) => String::from_utf8_lossy(it).into_owned(),
        other => print::display(other),
    }
}

/// A list's elements as texts, without those that are nothing; anything else is the only one.
pub fn texts(value: &Value) -> Vec<String> {
    if let Value::Nil = value {
        return Vec::new();
    }
    match crate::arguments::elements(value) {
        Some(items) => items.iter().filter(|it| !matches!(it, Value::Nil)).map(text).collect(),
        None => vec![text(value)],
    }
}

/// Whether sprig calls a value empty, which differs from Go's truth for nothing that charts have.
pub fn is_empty(value: &Value) -> bool {
    !value.is_true()
}
