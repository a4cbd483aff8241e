//! Documents as templates see them, and back.

use opsdrill_objects::go_format;
use opsdrill_template::{IntType, Value as Given};
use serde_json::{Map, Number, Value};

/// How deep a value may be as a document; Go refuses what holds itself.
const DEPTH_MAX: usize = 500;

/// A document as a template sees it.
#[expect(clippy::cast_precision_loss, reason = "Go decodes whole numbers so")]
pub fn given(value: &Value) -> Given {
    match value {
        Value::Null => Given::Nil,
        Value::Bool(it) => Given::Bool(*it),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Given::int64(whole),
            (None, Some(whole)) => Given::Float(whole as f64),
            (None, None) => Given::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(it) => Given::text(it.as_str()),
        Value::Array(items) => Given::list(items.iter().map(given).collect()),
        Value::Object(fields) => given_map(fields),
    }
}

/// A map as a template sees it.
pub fn given_map(fields: &Map<String, Value>) -> Given {
    Given::map(fields.iter().map(|(key, it)| (key.clone(), given(it))))
}

/// A value with its numbers as they are.
///
/// # Errors
/// When it holds itself, or is no document.
pub fn value(given: &Given) -> Result<Value, String> {
    convert(given, 0, false)
}

/// A value as JSON has it: a float without a fraction is written like a whole number.
///
/// # Errors
/// When it holds itself, or is no document.
pub fn document(given: &Given) -> Result<Value, String> {
    convert(given, 0, true)
}

fn convert(given: &Given, depth: usize, as_json: bool) -> Result<Value, String> {
    if depth > DEPTH_MAX {
        return Err(
            "json: unsupported value: encountered a cycle via map[string]interface {}".to_owned()
        );
    }
    let deeper = |it: &Given| convert(it, depth + 1, as_json);
    Ok(match given {
        Given::Nil => Value::Null,
        Given::Bool(it) => Value::Bool(*it),
        Given::Int(IntType::Uint64, it) => Value::from(*it as u64),
        Given::Int(_, it) => Value::from(*it),
        Given::Float(it) => {
            let Some(number) = Number::from_f64(*it) else {
                return Err(format!("json: unsupported value: {}", go_format::float(*it)));
            };
            if as_json {
                let text = go_format::json_number(&number);
                let whole = text.parse::<i64>().map(Value::from);
                let whole = whole.or_else(|_| text.parse::<u64>().map(Value::from));
                whole.unwrap_or(Value::Number(number))
            } else {
                Value::Number(number)
            }
        }
        Given::Text(it) => Value::String(it.to_string()),
        Given::Bytes(it) => Value::String(base64(it)),
        Given::List(items) if items.is_nil() => Value::Null,
        Given::List(items) => Value::Array(items.iter().map(deeper).collect::<Result<_, _>>()?),
        Given::Map(fields) => {
            let mut object = Map::new();
            for (key, it) in fields.borrow().iter() {
                object.insert(key.clone(), deeper(it)?);
            }
            Value::Object(object)
        }
        Given::Native(native) => match (native.document(), native.entries(), native.elements()) {
            (Some(document), _, _) => deeper(&document)?,
            (None, Some(entries), _) => {
                let mut object = Map::new();
                for (key, it) in entries {
                    object.insert(key, deeper(&it)?);
                }
                Value::Object(object)
            }
            (None, None, Some(items)) => {
                Value::Array(items.iter().map(deeper).collect::<Result<_, _>>()?)
            }
            (None, None, None) => Value::String(native.text()),
        },
    })
}

/// Base 64, as JSON has bytes.
pub(crate) fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
