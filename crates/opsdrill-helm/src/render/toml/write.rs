//! Writing: plain fields first, then tables.

use opsdrill_template::{Value, print};

/// How deep tables are written.
const DEPTH_MAX: usize = 100;

type Keyed = Vec<(String, Value)>;

/// A map as TOML.
///
/// # Errors
/// With the library's words, where a value cannot be written.
pub(in super::super) fn write(value: &Value) -> Result<String, String> {
    let mut text = String::new();
    match value {
        Value::Map(_) => {
            table(&entries(value), &[], &mut text)?;
            Ok(text)
        }
        value if is_table(value) => {
            Err("toml: top-level values must be Go maps or structs".to_owned())
        }
        value => plain(value),
    }
}

fn is_table(value: &Value) -> bool {
    match value {
        Value::Map(_) => true,
        Value::List(items) => {
            !items.is_empty() && items.iter().all(|it| matches!(it, Value::Map(_)))
        }
        _ => false,
    }
}

fn key(name: &str) -> String {
    let is_bare = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { quoted(name) }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            it if it < ' ' || it == '\x7f' => quoted.push_str(&format!("\\u{:04x}", u32::from(it))),
            it => quoted.push(it),
        }
    }
    quoted + "\""
}

fn entries(value: &Value) -> Keyed {
    match value {
        Value::Map(fields) => {
            fields.borrow().iter().map(|(key, it)| (key.clone(), it.clone())).collect()
        }
        _ => Vec::new(),
    }
}

fn table(fields: &Keyed, path: &[String], text: &mut String) -> Result<(), String> {
    if path.len() > DEPTH_MAX {
        return Err(format!("tables are nested deeper than {DEPTH_MAX}"));
    }
    let indent = "  ".repeat(path.len());
    for (name, value) in fields.iter().filter(|(_, it)| !is_table(it) && !matches!(it, Value::Nil))
    {
        text.push_str(&format!("{indent}{} = {}\n", key(name), plain(value)?));
    }
    for (name, value) in fields.iter().filter(|(_, it)| is_table(it)) {
        let path = [path, &[key(name)]].concat();
        let title = path.join(".");
        let indent = "  ".repeat(path.len() - 1);
        match value {
            Value::List(items) => {
                for item in items.iter() {
                    start(text);
                    text.push_str(&format!("{indent}[[{title}]]\n"));
                    table(&entries(item), &path, text)?;
                }
            }
            other => {
                if path.len() == 1 {
                    start(text);
                }
                text.push_str(&format!("{indent}[{title}]\n"));
                table(&entries(other), &path, text)?;
            }
        }
    }
    Ok(())
}

/// An empty line between tables.
fn start(text: &mut String) {
    if !text.is_empty() {
        text.push('\n');
    }
}

fn plain(value: &Value) -> Result<String, String> {
    Ok(match value {
        Value::Text(it) => quoted(it),
        Value::Float(it) => float(*it),
        Value::List(items) => {
            let items: Result<Vec<String>, String> = items.iter().map(plain).collect();
            format!("[{}]", items?.join(", "))
        }
        Value::Map(_) => {
            let fields = entries(value);
            let field =
                |(name, it): &(String, Value)| plain(it).map(|it| format!("{} = {it}", key(name)));
            let fields: Result<Vec<String>, String> = fields.iter().map(field).collect();
            format!("{{{}}}", fields?.join(", "))
        }
        Value::Native(native) => match native.document() {
            Some(Value::Text(it)) => it.to_string(),
            _ => native.text(),
        },
        Value::Nil => return Err("toml: cannot encode array with nil element".to_owned()),
        other => print::display(other),
    })
}

fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let text = print::float(number);
    if text.contains(['.', 'e']) { text } else { format!("{text}.0") }
}
