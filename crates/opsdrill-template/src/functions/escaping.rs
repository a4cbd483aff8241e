//! `html`, `js` and `urlquery`.
#![expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]

use std::fmt::Write as _;

use crate::print::{is_printable, sprint};
use crate::value::Value;

/// The arguments as one text; nothing says so.
fn text_of(arguments: &[Value]) -> String {
    let told = |it: &Value| match it {
        Value::Nil => Value::text("<no value>"),
        other => other.clone(),
    };
    sprint(&arguments.iter().map(told).collect::<Vec<_>>())
}

pub(super) fn html(arguments: &[Value]) -> Result<Value, String> {
    let mut text = String::new();
    for character in text_of(arguments).chars() {
        match character {
            '\0' => text.push('\u{fffd}'),
            '"' => text.push_str("&#34;"),
            '\'' => text.push_str("&#39;"),
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            other => text.push(other),
        }
    }
    Ok(Value::text(text))
}

pub(super) fn js(arguments: &[Value]) -> Result<Value, String> {
    let mut text = String::new();
    for character in text_of(arguments).chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '\'' => text.push_str("\\'"),
            '"' => text.push_str("\\\""),
            '<' | '>' | '&' | '=' => {
                let _ = write!(text, "\\u{:04X}", u32::from(character));
            }
            it if it < ' ' => {
                let _ = write!(text, "\\u{:04X}", u32::from(it));
            }
            it if is_printable(it) => text.push(it),
            it => {
                let _ = write!(text, "\\u{:04X}", u32::from(it));
            }
        }
    }
    Ok(Value::text(text))
}

pub(super) fn urlquery(arguments: &[Value]) -> Result<Value, String> {
    let mut text = String::new();
    for byte in text_of(arguments).bytes() {
        match byte {
            b' ' => text.push('+'),
            b'-' | b'_' | b'.' | b'~' => text.push(char::from(byte)),
            it if it.is_ascii_alphanumeric() => text.push(char::from(it)),
            it => {
                let _ = write!(text, "%{it:02X}");
            }
        }
    }
    Ok(Value::text(text))
}
