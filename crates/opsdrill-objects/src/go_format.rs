//! Values as Go prints them: `%v`, `%q`, `encoding/json` and `strconv`'s shortest floats.
//!
//! Kubernetes' messages are full of these forms, so everything that quotes a document uses them.

use std::fmt::Write as _;

use serde_json::{Map, Number, Value};

/// The decimal exponent from which `strconv`'s shortest `g` form writes an exponent.
const SHORTEST_EXPONENT_MAX: i32 = 6;

/// The word for a JSON value in `cannot unmarshal …`.
pub fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The Go type of a decoded value: `%T`.
pub(crate) fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(it) if it.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// `%v` of a decoded document: `map[spec:map[replicas:three]]`, `[a b]`, `<nil>`.
pub fn default_format(value: &Value) -> String {
    let mut text = String::new();
    write_default(value, &mut text);
    text
}

fn write_default(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("<nil>"),
        Value::Bool(it) => text.push_str(if *it { "true" } else { "false" }),
        Value::Number(it) => text.push_str(&number(it)),
        Value::String(it) => text.push_str(it),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(' ');
                }
                write_default(item, text);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            text.push_str("map[");
            for (index, (key, field)) in fields.iter().enumerate() {
                if index > 0 {
                    text.push(' ');
                }
                text.push_str(key);
                text.push(':');
                write_default(field, text);
            }
            text.push(']');
        }
    }
}

/// `%#v` of a decoded document: `map[string]interface {}{"a":1}`, as kubectl shows the object that a
/// template was given.
pub fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::String(it) => quote(it),
        Value::Bool(_) | Value::Number(_) => default_format(value),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(fields) => {
            let field = |(key, it): (&String, &Value)| format!("{}:{}", quote(key), go_syntax(it));
            let fields: Vec<String> = fields.iter().map(field).collect();
            format!("map[string]interface {{}}{{{}}}", fields.join(", "))
        }
    }
}

/// `%v` of a number: integers as they are, floats in `strconv`'s shortest `g` form (`1e+06`).
pub fn number(number: &Number) -> String {
    match whole(number) {
        Some(integer) => integer,
        None => number.as_f64().map_or_else(|| number.to_string(), float),
    }
}

/// The shortest `g` form of a float: an exponent is written below 10⁻⁴ and from 10⁶ on (`1e+06`).
pub fn float(value: f64) -> String {
    let (negative, digits, exponent) = decimal(value);
    if (-4..SHORTEST_EXPONENT_MAX).contains(&exponent) {
        plain(negative, &digits, exponent)
    } else {
        scientific(negative, &digits, exponent)
    }
}

/// A number as `encoding/json` writes it.
pub fn json_number(number: &Number) -> String {
    if let Some(integer) = whole(number) {
        return integer;
    }
    let Some(value) = number.as_f64() else { return number.to_string() };
    let (negative, digits, exponent) = decimal(value);
    if (-6..21).contains(&exponent) {
        return plain(negative, &digits, exponent);
    }
    let text = scientific(negative, &digits, exponent);
    // JSON's exponents are not padded when negative: `1e-7`, though `1e+21`.
    text.replace("e-0", "e-")
}

fn whole(number: &Number) -> Option<String> {
    number.as_i64().map(|it| it.to_string()).or_else(|| number.as_u64().map(|it| it.to_string()))
}

/// The shortest decimal digits that read back as the same float, and the exponent of the first.
fn decimal(value: f64) -> (bool, String, i32) {
    let text = format!("{value:e}");
    let unsigned = text.strip_prefix('-').unwrap_or(&text);
    let (mantissa, exponent) = unsigned.split_once('e').unwrap_or((unsigned, "0"));
    (text.starts_with('-'), mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
}

fn scientific(negative: bool, digits: &str, exponent: i32) -> String {
    let sign = if negative { "-" } else { "" };
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{point}{rest}e{exponent_sign}{:02}", exponent.unsigned_abs())
}

fn plain(negative: bool, digits: &str, exponent: i32) -> String {
    let sign = if negative { "-" } else { "" };
    if exponent < 0 {
        let zeros = "0".repeat((-exponent - 1) as usize);
        return format!("{sign}0.{zeros}{digits}");
    }
    let whole_digits = exponent as usize + 1;
    if digits.len() <= whole_digits {
        return format!("{sign}{digits}{}", "0".repeat(whole_digits - digits.len()));
    }
    let (whole, fraction) = digits.split_at(whole_digits);
    format!("{sign}{whole}.{fraction}")
}

/// `%q`: a Go string literal.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        write_quoted(character, &mut quoted);
    }
    quoted.push('"');
    quoted
}

fn write_quoted(character: char, quoted: &mut String) {
    let code = u32::from(character);
    match character {
        '"' => quoted.push_str("\\\""),
        '\\' => quoted.push_str("\\\\"),
        '\x07' => quoted.push_str("\\a"),
        '\x08' => quoted.push_str("\\b"),
        '\x0c' => quoted.push_str("\\f"),
        '\n' => quoted.push_str("\\n"),
        '\r' => quoted.push_str("\\r"),
        '\t' => quoted.push_str("\\t"),
        '\x0b' => quoted.push_str("\\v"),
        _ if is_printable(character) => quoted.push(character),
        _ => {
            let _ = match code {
                0..0x80 => write!(quoted, "\\x{code:02x}"),
                0x80..0x1_0000 => write!(quoted, "\\u{code:04x}"),
                _ => write!(quoted, "\\U{code:08x}"),
            };
        }
    }
}

/// Whether Go calls the character printable: letters, marks, numbers, punctuation, symbols and the
/// plain space, which is what the standard library's debug form leaves alone after another character.
pub(crate) fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    let text: String = ['a', character].iter().collect();
    text.escape_debug().nth(1) == Some(character)
}

/// A document as `json.Marshal` writes it: compact, keys sorted, `<`, `>` and `&` escaped.
pub fn json(value: &Value) -> String {
    json_in_order(value, (), None, &sorted)
}

/// A document as `json.MarshalIndent` writes it, with `indent` for each level.
pub fn json_indented(value: &Value, indent: &str) -> String {
    json_in_order(value, (), Some(indent), &sorted)
}

fn sorted(fields: &Map<String, Value>, (): ()) -> impl Iterator<Item = (&String, &Value, ())> {
    fields.iter().map(|(key, field)| (key, field, ()))
}

/// A document with the fields of objects in another order. `entries` tells it of an object by its shape, and the shape of
/// what each field holds; the items of a list have the list's.
pub fn json_in_order<'v, S: Copy, E: IntoIterator<Item = (&'v String, &'v Value, S)>>(
    value: &'v Value,
    shape: S,
    indent: Option<&str>,
    entries: &impl Fn(&'v Map<String, Value>, S) -> E,
) -> String {
    let mut writer = JsonWriter { indent, depth: 0, text: String::new() };
    writer.write(value, shape, entries);
    writer.text
}

struct JsonWriter<'i> {
    indent: Option<&'i str>,
    depth: usize,
    text: String,
}

impl JsonWriter<'_> {
    fn write<'v, S: Copy, E: IntoIterator<Item = (&'v String, &'v Value, S)>>(
        &mut self,
        value: &'v Value,
        shape: S,
        entries: &impl Fn(&'v Map<String, Value>, S) -> E,
    ) {
        match value {
            Value::Null => self.text.push_str("null"),
            Value::Bool(it) => self.text.push_str(if *it { "true" } else { "false" }),
            Value::Number(it) => self.text.push_str(&json_number(it)),
            Value::String(it) => write_json_string(it, &mut self.text),
            Value::Array(items) => {
                self.enclose('[', ']', items.iter(), |writer, item| {
                    writer.write(item, shape, entries);
                });
            }
            Value::Object(fields) => {
                self.enclose('{', '}', entries(fields, shape), |writer, (key, field, shape)| {
                    write_json_string(key, &mut writer.text);
                    writer.text.push_str(if writer.indent.is_some() { ": " } else { ":" });
                    writer.write(field, shape, entries);
                });
            }
        }
    }

    /// Writes what stands between two brackets; nothing at all stands between those of an empty list.
    fn enclose<T>(
        &mut self,
        open: char,
        close: char,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.text.push(open);
        self.depth += 1;
        let mut empty = true;
        for item in items {
            if !std::mem::take(&mut empty) {
                self.text.push(',');
            }
            self.begin_line();
            write(self, item);
        }
        self.depth -= 1;
        if !empty {
            self.begin_line();
        }
        self.text.push(close);
    }

    fn begin_line(&mut self) {
        let Some(indent) = self.indent else { return };
        self.text.push('\n');
        for _ in 0..self.depth {
            self.text.push_str(indent);
        }
    }
}

fn write_json_string(value: &str, text: &mut String) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\x08' => text.push_str("\\b"),
            '\x0c' => text.push_str("\\f"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\x1f' => {
                let _ = write!(text, "\\u{:04x}", u32::from(character));
            }
            _ => text.push(character),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prints_documents_as_go_does() {
        let patch = json!({"spec": {"replicas": "three"}});
        assert_eq!(default_format(&patch), "map[spec:map[replicas:three]]");
        assert_eq!(default_format(&json!(["a", "b", null, 1, true])), "[a b <nil> 1 true]");
        assert_eq!(default_format(&json!({})), "map[]");
        assert_eq!(default_format(&json!({"b": [], "a": {"c": 1.5}})), "map[a:map[c:1.5] b:[]]");
    }

    #[test]
    fn prints_go_syntax() {
        let expected = r#"map[string]interface {}{"a":[]interface {}{1, "x", interface {}(nil)}}"#;
        assert_eq!(go_syntax(&json!({"a": [1, "x", null]})), expected);
    }

    #[test]
    fn prints_floats_as_go_does() {
        assert_eq!(float(1.5), "1.5");
        assert_eq!(float(0.0), "0");
        assert_eq!(float(-0.001), "-0.001");
        assert_eq!(float(100_000.0), "100000");
        assert_eq!(float(1_000_000.0), "1e+06");
        assert_eq!(float(123_456_789.5), "1.234567895e+08");
        assert_eq!(float(0.000_01), "1e-05");
        assert_eq!(float(1e100), "1e+100");
        assert_eq!(json(&json!(1_000_000.0)), "1000000");
        assert_eq!(json(&json!(1e21)), "1e+21");
        assert_eq!(json(&json!(1e-7)), "1e-7");
        assert_eq!(json(&json!(0.000_001)), "0.000001");
        assert_eq!(json(&json!(1e-10)), "1e-10");
    }

    #[test]
    fn quotes_as_go_does() {
        assert_eq!(quote("bad key!"), "\"bad key!\"");
        assert_eq!(quote("a\"b\\c\n\t\0\x7f"), "\"a\\\"b\\\\c\\n\\t\\x00\\x7f\"");
        assert_eq!(quote("é世😀'"), "\"é世😀'\"");
        assert_eq!(quote("\u{a0}\u{200b}\u{10ffff}"), "\"\\u00a0\\u200b\\U0010ffff\"");
    }

    #[test]
    fn writes_json_as_go_does() {
        let value = json!({"b": "<a&b>", "a": [1, "\u{1}", "\u{2028}"]});
        assert_eq!(json(&value), r#"{"a":[1,"\u0001","\u2028"],"b":"\u003ca\u0026b\u003e"}"#);
        let indented = "{\n    \"a\": [\n        1\n    ],\n    \"b\": {},\n    \"c\": []\n}";
        assert_eq!(json_indented(&json!({"a": [1], "b": {}, "c": []}), "    "), indented);
    }
}
