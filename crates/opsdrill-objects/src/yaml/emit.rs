//! A document into YAML, byte for byte as `kubectl -o yaml` and Helm's `toYaml` write it.

use libyaml_safer::{Emitter, Encoding, Event, MappingStyle, ScalarStyle, SequenceStyle};
use serde_json::Value;

use super::order::sorted;
use super::resolve::is_text_when_plain;
use crate::go_format::number;

/// Writes a document: keys sorted, lists not indented, lines folded at 80 columns, and only what
/// would be read as something else quoted.
pub fn to_yaml(value: &Value) -> String {
    let mut output = Vec::new();
    let written = write_document(value, &mut output);
    assert!(written.is_ok(), "a document without tags and anchors can always be written");
    let text = String::from_utf8(output).unwrap_or_default();
    // The original never marks the end of a document.
    match text.strip_suffix("\n...\n") {
        Some(body) => format!("{body}\n"),
        None => text,
    }
}

fn write_document(value: &Value, output: &mut Vec<u8>) -> libyaml_safer::Result<()> {
    let mut emitter = Emitter::new();
    emitter.set_output_string(output);
    emitter.set_unicode(true);
    emitter.emit(Event::stream_start(Encoding::Utf8))?;
    emitter.emit(Event::document_start(None, &[], true))?;
    write(value, &mut emitter)?;
    emitter.emit(Event::document_end(true))?;
    emitter.emit(Event::stream_end())
}

fn write(value: &Value, emitter: &mut Emitter<'_>) -> libyaml_safer::Result<()> {
    match value {
        Value::Null => write_plain("null", emitter),
        Value::Bool(it) => write_plain(if *it { "true" } else { "false" }, emitter),
        Value::Number(it) => write_plain(&number(it), emitter),
        Value::String(it) => write_text(it, emitter),
        Value::Array(items) => {
            emitter.emit(Event::sequence_start(None, None, true, SequenceStyle::Block))?;
            for item in items {
                write(item, emitter)?;
            }
            emitter.emit(Event::sequence_end())
        }
        Value::Object(fields) => {
            emitter.emit(Event::mapping_start(None, None, true, MappingStyle::Block))?;
            for key in sorted(fields.keys()) {
                write_text(key, emitter)?;
                write(&fields[key], emitter)?;
            }
            emitter.emit(Event::mapping_end())
        }
    }
}

fn write_plain(text: &str, emitter: &mut Emitter<'_>) -> libyaml_safer::Result<()> {
    emitter.emit(Event::scalar(None, None, text, true, true, ScalarStyle::Plain))
}

fn write_text(text: &str, emitter: &mut Emitter<'_>) -> libyaml_safer::Result<()> {
    let style = if text.contains('\n') {
        ScalarStyle::Literal
    } else if is_text_when_plain(text) {
        ScalarStyle::Plain
    } else {
        ScalarStyle::DoubleQuoted
    };
    emitter.emit(Event::scalar(None, None, text, true, true, style))
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
