//! `toYamlPretty`: YAML as Go's `yaml.v3` writes it, with lists indented.

use opsdrill_objects::yaml;
use opsdrill_template::{Value, print};

use crate::values::convert;

/// How deep a value is written.
const DEPTH_MAX: usize = 100;

/// A value as YAML, without the last line break; nothing if it cannot be written.
pub(super) fn to_yaml(value: &Value) -> String {
    let mut text = String::new();
    if write(value, 0, &mut text).is_none() {
        return String::new();
    }
    text.trim_start_matches([' ', '\n']).strip_suffix('\n').map(str::to_owned).unwrap_or(text)
}

fn scalar(value: &Value, indent: usize) -> Option<String> {
    if let Value::Float(it) = value {
        return Some(print::float(*it));
    }
    let written = yaml::to_yaml(&convert::document(value).ok()?);
    if let (Value::Text(text), Some(mark)) = (value, written.lines().next())
        && mark.starts_with('|')
    {
        return Some(block(text, mark, indent));
    }
    // Nothing is folded here.
    let lines: Vec<&str> = written.lines().map(str::trim_start).collect();
    Some(lines.join(" "))
}

/// A text of several lines below its mark.
fn block(text: &str, mark: &str, indent: usize) -> String {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let pad = " ".repeat(indent);
    let line = |it: &str| if it.is_empty() { String::new() } else { format!("{pad}{it}") };
    let lines: Vec<String> = body.split('\n').map(line).collect();
    format!("{mark}\n{}", lines.join("\n"))
}

/// Writes after a colon, a dash, or nothing.
fn write(value: &Value, indent: usize, text: &mut String) -> Option<()> {
    if indent > 2 * DEPTH_MAX {
        return None;
    }
    let pad = " ".repeat(indent);
    match value {
        Value::Map(fields) if !fields.borrow().is_empty() => {
            let document = convert::document(value).ok()?;
            let ordered = yaml::sorted_keys(document.as_object()?);
            for (index, key) in ordered.into_iter().enumerate() {
                let is_first_of_item = index == 0 && text.ends_with("- ");
                if !is_first_of_item {
                    if !text.is_empty() && !text.ends_with('\n') {
                        text.push('\n');
                    }
                    text.push_str(&pad);
                }
                text.push_str(&format!("{}:", scalar(&key.as_str().into(), indent)?));
                let inner = fields.borrow().get(&key).cloned()?;
                write_after_key(&inner, indent, text)?;
            }
        }
        Value::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                let is_first_of_item = index == 0 && text.ends_with("- ");
                if !is_first_of_item {
                    if !text.is_empty() && !text.ends_with('\n') {
                        text.push('\n');
                    }
                    text.push_str(&pad);
                }
                text.push_str("- ");
                write(item, indent + 2, text)?;
            }
        }
        other => {
            text.push_str(&scalar(other, indent)?);
            text.push('\n');
        }
    }
    Some(())
}

fn write_after_key(value: &Value, indent: usize, text: &mut String) -> Option<()> {
    let is_inner = match value {
        Value::Map(it) => !it.borrow().is_empty(),
        Value::List(it) => !it.is_empty(),
        _ => false,
    };
    if is_inner {
        text.push('\n');
        return write(value, indent + 2, text);
    }
    text.push_str(&format!(" {}\n", scalar(value, indent + 2)?));
    Some(())
}
