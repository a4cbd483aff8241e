//! Values as Go's `fmt` prints them.

mod float;
mod format;

use std::fmt::Write as _;

use crate::value::{Element, Value};

pub use float::shortest as float;
pub use format::{sprint, sprintf, sprintln};

/// How deep a value is printed; Go would not come back from one that holds itself.
const DEPTH_MAX: usize = 64;

/// `%v`.
pub fn display(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text, 0);
    text
}

fn write(value: &Value, text: &mut String, depth: usize) {
    if depth > DEPTH_MAX {
        text.push_str("...");
        return;
    }
    match value {
        Value::Nil => text.push_str("<nil>"),
        Value::Bool(it) => text.push_str(if *it { "true" } else { "false" }),
        Value::Int(_, it) => text.push_str(&it.to_string()),
        Value::Float(it) => text.push_str(&float(*it)),
        Value::Text(it) => text.push_str(it),
        Value::Native(it) => text.push_str(&it.text()),
        Value::Bytes(bytes) => {
            let bytes: Vec<String> = bytes.iter().map(u8::to_string).collect();
            let _ = write!(text, "[{}]", bytes.join(" "));
        }
        Value::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(' ');
                }
                write(item, text, depth + 1);
            }
            text.push(']');
        }
        Value::Map(fields) => {
            text.push_str("map[");
            for (index, (key, field)) in fields.borrow().iter().enumerate() {
                if index > 0 {
                    text.push(' ');
                }
                text.push_str(key);
                text.push(':');
                write(field, text, depth + 1);
            }
            text.push(']');
        }
    }
}

/// `%#v`.
pub fn go_syntax(value: &Value) -> String {
    syntax(value, 0)
}

fn syntax(value: &Value, depth: usize) -> String {
    if depth > DEPTH_MAX {
        return "...".to_owned();
    }
    match value {
        Value::Nil if depth > 0 => "interface {}(nil)".to_owned(),
        Value::Text(it) => quote(it),
        Value::List(items) => {
            let inner = if items.element() == Element::Any { depth + 1 } else { 0 };
            let items: Vec<String> = items.iter().map(|it| syntax(it, inner)).collect();
            format!("{}{{{}}}", value.type_name(), items.join(", "))
        }
        Value::Map(fields) => {
            let field =
                |(key, it): (&String, &Value)| format!("{}:{}", quote(key), syntax(it, depth + 1));
            let fields: Vec<String> = fields.borrow().iter().map(field).collect();
            format!("{}{{{}}}", value.type_name(), fields.join(", "))
        }
        other => display(other),
    }
}

/// `%q`: a Go string literal.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        write_quoted(character, '"', &mut quoted);
    }
    quoted.push('"');
    quoted
}

fn write_quoted(character: char, mark: char, quoted: &mut String) {
    let code = u32::from(character);
    match character {
        it if it == mark => quoted.extend(['\\', it]),
        '\\' => quoted.push_str("\\\\"),
        '\x07' => quoted.push_str("\\a"),
        '\x08' => quoted.push_str("\\b"),
        '\x0c' => quoted.push_str("\\f"),
        '\n' => quoted.push_str("\\n"),
        '\r' => quoted.push_str("\\r"),
        '\t' => quoted.push_str("\\t"),
        '\x0b' => quoted.push_str("\\v"),
        it if is_printable(it) => quoted.push(it),
        _ => {
            let _ = match code {
                0..0x80 => write!(quoted, "\\x{code:02x}"),
                0x80..0x1_0000 => write!(quoted, "\\u{code:04x}"),
                _ => write!(quoted, "\\U{code:08x}"),
            };
        }
    }
}

/// `%q` of a number: a character in single quotes.
pub fn quote_character(character: char) -> String {
    let mut quoted = "'".to_owned();
    write_quoted(character, '\'', &mut quoted);
    quoted.push('\'');
    quoted
}

/// `%#U`: `U+0040 '@'`.
pub fn unicode(character: char) -> String {
    let code = format!("U+{:04X}", u32::from(character));
    if is_printable(character) { format!("{code} '{character}'") } else { code }
}

/// Whether Go calls the character printable, which is what the standard library's debug form leaves alone after another
/// character.
pub fn is_printable(character: char) -> bool {
    if matches!(character, '\\' | '"' | '\'') {
        return true;
    }
    let text: String = ['a', character].iter().collect();
    text.escape_debug().nth(1) == Some(character)
}
