//! A document into YAML, byte for byte as `kubectl -o yaml` and Helm's `toYaml` write it.

use std::borrow::Cow;

use libyaml_safer::{Emitter, Encoding, Event, MappingStyle, ScalarStyle, SequenceStyle};
use serde_json::Value;

use super::order::sorted;
use super::resolve::is_text_when_plain;
use crate::go_format::number;

/// Stands for a character beyond 16 bits while the emitter works. It is one that YAML cannot hold, so
/// that the emitter writes it as an escape, as Go does with all characters beyond 16 bits.
const PLACEHOLDER: char = '\u{ffff}';
const PLACEHOLDER_ESCAPE: &str = "\\uFFFF";

/// Writes a document: keys sorted, lists not indented, lines folded at 80 columns, and only what
/// would be read as something else quoted.
pub fn to_yaml(value: &Value) -> String {
    let mut output = Vec::new();
    let mut escaped = Vec::new();
    let written = write_document(value, &mut escaped, &mut output);
    assert!(written.is_ok(), "a document without tags and anchors can always be written");
    let text = String::from_utf8(output).unwrap_or_default();
    let text = with_long_escapes(text, &escaped);
    // The original never marks the end of a document.
    match text.strip_suffix("\n...\n") {
        Some(body) => format!("{body}\n"),
        None => text,
    }
}

/// Puts the escapes of the characters that were replaced, in order, where the placeholders are.
fn with_long_escapes(text: String, replaced: &[char]) -> String {
    if replaced.is_empty() {
        return text;
    }
    let mut characters = replaced.iter();
    let mut pieces = text.split(PLACEHOLDER_ESCAPE);
    let mut result = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let escape = match characters.next() {
            Some(character) if *character != PLACEHOLDER => {
                format!("\\U{:08X}", u32::from(*character))
            }
            _ => PLACEHOLDER_ESCAPE.to_owned(),
        };
        result.push_str(&escape);
        result.push_str(piece);
    }
    result
}

fn write_document(
    value: &Value,
    escaped: &mut Vec<char>,
    output: &mut Vec<u8>,
) -> libyaml_safer::Result<()> {
    let mut emitter = Emitter::new();
    emitter.set_output_string(output);
    emitter.set_unicode(true);
    emitter.emit(Event::stream_start(Encoding::Utf8))?;
    emitter.emit(Event::document_start(None, &[], true))?;
    let mut writer = Writer { emitter, escaped };
    writer.write(value)?;
    let mut emitter = writer.emitter;
    emitter.emit(Event::document_end(true))?;
    emitter.emit(Event::stream_end())
}

struct Writer<'w, 'e> {
    emitter: Emitter<'w>,
    /// Characters beyond 16 bits, and placeholders that were there before, in order.
    escaped: &'e mut Vec<char>,
}

impl Writer<'_, '_> {
    fn write(&mut self, value: &Value) -> libyaml_safer::Result<()> {
        match value {
            Value::Null => self.write_plain("null"),
            Value::Bool(it) => self.write_plain(if *it { "true" } else { "false" }),
            Value::Number(it) => self.write_plain(&number(it)),
            Value::String(it) => self.write_text(it),
            Value::Array(items) => {
                let style = SequenceStyle::Block;
                self.emitter.emit(Event::sequence_start(None, None, true, style))?;
                for item in items {
                    self.write(item)?;
                }
                self.emitter.emit(Event::sequence_end())
            }
            Value::Object(fields) => {
                self.emitter.emit(Event::mapping_start(None, None, true, MappingStyle::Block))?;
                for key in sorted(fields.keys()) {
                    self.write_text(key)?;
                    self.write(&fields[key])?;
                }
                self.emitter.emit(Event::mapping_end())
            }
        }
    }

    fn write_plain(&mut self, text: &str) -> libyaml_safer::Result<()> {
        self.emitter.emit(Event::scalar(None, None, text, true, true, ScalarStyle::Plain))
    }

    fn write_text(&mut self, text: &str) -> libyaml_safer::Result<()> {
        let style = if text.contains('\n') {
            ScalarStyle::Literal
        } else if is_text_when_plain(text) {
            ScalarStyle::Plain
        } else {
            ScalarStyle::DoubleQuoted
        };
        let text = self.with_placeholders(text);
        self.emitter.emit(Event::scalar(None, None, &text, true, true, style))
    }

    fn with_placeholders<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        let is_long = |it: char| it >= PLACEHOLDER;
        // Text that spells the placeholder's escape counts as one, or the order would be lost.
        if !text.contains(is_long) && !text.contains(PLACEHOLDER_ESCAPE) {
            return Cow::Borrowed(text);
        }
        let mut replaced = String::with_capacity(text.len());
        for (index, character) in text.char_indices() {
            if is_long(character) {
                self.escaped.push(character);
                replaced.push(PLACEHOLDER);
                continue;
            }
            if text[index..].starts_with(PLACEHOLDER_ESCAPE) {
                self.escaped.push(PLACEHOLDER);
            }
            replaced.push(character);
        }
        Cow::Owned(replaced)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn writes_as_kubectl_does() {
        let value = json!({
            "metadata": {"name": "web", "annotations": {"a/b": "{\"x\": 1}\n"}, "labels": {}},
            "items": [{"name": "c", "args": ["-c", "exit 1"]}, [], "x"],
            "a10": 1, "a2": 1.5, "n": null, "t": true,
        });
        let expected = "\
a2: 1.5
a10: 1
items:
- args:
  - -c
  - exit 1
  name: c
- []
- x
metadata:
  annotations:
    a/b: |
      {\"x\": 1}
  labels: {}
  name: web
\"n\": null
t: true
";
        assert_eq!(to_yaml(&value), expected);
    }

    #[test]
    fn quotes_what_would_be_read_as_something_else() {
        for (text, written) in [
            ("web", "web"),
            ("", "\"\""),
            ("yes", "\"yes\""),
            ("1", "\"1\""),
            ("1:30", "\"1:30\""),
            ("2026-11-22T21:26:17Z", "\"2026-11-22T21:26:17Z\""),
            ("0644", "\"0644\""),
            ("a: b", "'a: b'"),
            ("- a", "'- a'"),
            ("#x", "'#x'"),
            ("*", "'*'"),
            ("<<", "\"<<\""),
            ("=", "="),
            ("a'b", "a'b"),
            ("%", "'%'"),
            (" a", "' a'"),
            ("a\tb", "\"a\\tb\""),
            ("é", "é"),
            ("a 😀 b\u{ffff}", "\"a \\U0001F600 b\\uFFFF\""),
            ("\\uFFFF", "\\uFFFF"),
            ("a\n", "|\n  a"),
            ("a\nb", "|-\n  a\n  b"),
            ("a\n\n", "|+\n  a\n"),
        ] {
            assert_eq!(to_yaml(&json!(text)), format!("{written}\n"), "{text:?}");
        }
    }

    #[test]
    fn folds_long_lines_at_80_columns() {
        let words = vec!["word"; 30].join(" ");
        let expected =
            format!("message: {}\n  {}\n", vec!["word"; 15].join(" "), vec!["word"; 15].join(" "));
        assert_eq!(to_yaml(&json!({"message": words})), expected);
    }
}
