//! Protobuf bodies as documents: kubectl and Helm send what they build themselves in this form and in no other.
//!
//! A table of facts (`messages.txt`: numbers, JSON names and types of fields) takes the place of generated code, which
//! would be many times the size of this program's own. Answers are JSON, which every such client accepts.
//!
//! What a Go client writes decides what is left out: fields that are no pointers are always on the wire, empty or
//! not, and JSON shows the empty ones only where their tag has no `omitempty`.

mod table;
mod wire;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opsdrill_objects::{Status, duration, timestamp};
use serde_json::{Map, Value};

use table::{Field, Form, Scalar};
use wire::{Reader, Wire};

/// What every body in protobuf begins with.
const MAGIC: &[u8] = b"k8s\0";

/// The deepest nesting that is read.
const DEPTH_MAX: usize = 64;

/// Why a body cannot be read.
type Failure = &'static str;

/// Reads a body: `runtime.Unknown` behind four bytes of magic.
///
/// # Errors
/// The server's refusal.
pub(crate) fn document(body: &[u8], expected: &str) -> Result<Value, Status> {
    let refuse = |why: &str| {
        Status::bad_request(format!(
            "the object provided is unrecognized (must be of type {expected}): {why} ({})",
            crate::content::shown(body)
        ))
    };
    let Some(rest) = body.strip_prefix(MAGIC) else {
        return Err(refuse(
            "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]",
        ));
    };
    unknown(rest).map_err(refuse)
}

/// `runtime.Unknown`.
fn unknown(bytes: &[u8]) -> Result<Value, Failure> {
    let (mut api_version, mut kind, mut raw) = (String::new(), String::new(), &[][..]);
    let mut reader = Reader::new(bytes);
    while let Some((number, wire)) = reader.next()? {
        match (number, wire) {
            (1, Wire::Bytes(meta)) => {
                let mut reader = Reader::new(meta);
                while let Some((number, wire)) = reader.next()? {
                    match (number, wire) {
                        (1, Wire::Bytes(text)) => api_version = self::text(text)?,
                        (2, Wire::Bytes(text)) => kind = self::text(text)?,
                        _ => {}
                    }
                }
            }
            (2, Wire::Bytes(object)) => raw = object,
            _ => {}
        }
    }
    let name = message_name(&api_version, &kind);
    let mut document = match table::message(&name) {
        Some(fields) => message(fields, raw, 0)?,
        None => return Err("no kind of this name is registered"),
    };
    document.insert("apiVersion".into(), api_version.into());
    document.insert("kind".into(), kind.into());
    Ok(Value::Object(document))
}

/// The table's name of a kind: packages are called after the first word of their group.
fn message_name(api_version: &str, kind: &str) -> String {
    if kind == "DeleteOptions" {
        return "meta/v1.DeleteOptions".to_owned();
    }
    match api_version.split_once('/') {
        None => format!("core/{api_version}.{kind}"),
        Some((group, version)) => {
            let package = group.split('.').next().unwrap_or_default();
            format!("{package}/{version}.{kind}")
        }
    }
}

fn message(fields: &[Field], bytes: &[u8], depth: usize) -> Result<Map<String, Value>, Failure> {
    if depth > DEPTH_MAX {
        return Err("proto: exceeded max recursion depth");
    }
    let mut out = Map::new();
    let mut reader = Reader::new(bytes);
    while let Some((number, wire)) = reader.next()? {
        // What this version does not know is left out, as everywhere.
        let Some(field) = fields.iter().find(|it| it.number == number) else { continue };
        match &field.form {
            Form::Map(inner) => {
                let (key, value) = entry(inner, wire, depth)?;
                let map = out.entry(field.name).or_insert_with(|| Value::Object(Map::new()));
                if let Some(map) = map.as_object_mut() {
                    map.insert(key, value);
                }
            }
            Form::List(inner) => {
                let list = out.entry(field.name).or_insert_with(|| Value::Array(Vec::new()));
                let Some(list) = list.as_array_mut() else { continue };
                match (inner.as_ref(), wire) {
                    (Form::One(Scalar::Int), Wire::Bytes(packed)) => {
                        let mut reader = Reader::new(packed);
                        while !reader.is_at_end() {
                            list.push((reader.varint()? as i64).into());
                        }
                    }
                    (inner, wire) => list.push(value(inner, wire, depth)?),
                }
            }
            form => {
                let value = value(form, wire, depth)?;
                if field.name.is_empty() {
                    out.extend(value.as_object().cloned().unwrap_or_default());
                } else if !(field.omits_empty && is_plain(form) && is_empty(&value)) {
                    out.insert(field.name.to_owned(), value);
                }
            }
        }
    }
    Ok(out)
}

/// Whether a field is a scalar that always stands on the wire.
fn is_plain(form: &Form) -> bool {
    matches!(form, Form::One(_))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_i64() == Some(0),
        Value::Bool(truth) => !truth,
        Value::Null => true,
        _ => false,
    }
}

fn entry(inner: &Form, wire: Wire<'_>, depth: usize) -> Result<(String, Value), Failure> {
    let Wire::Bytes(bytes) = wire else { return Err("proto: wrong wireType for a map") };
    let (mut key, mut found) = (String::new(), None);
    let mut reader = Reader::new(bytes);
    while let Some((number, wire)) = reader.next()? {
        match (number, wire) {
            (1, Wire::Bytes(bytes)) => key = text(bytes)?,
            (2, wire) => found = Some(value(inner, wire, depth + 1)?),
            _ => {}
        }
    }
    let found = match found {
        Some(found) => found,
        None => value(inner, Wire::Bytes(&[]), depth + 1)
            .or_else(|_| value(inner, Wire::Int(0), depth + 1))?,
    };
    Ok((key, found))
}

fn value(form: &Form, wire: Wire<'_>, depth: usize) -> Result<Value, Failure> {
    match (form, wire) {
        (Form::Pointer(inner), wire) => value(inner, wire, depth),
        (Form::Message(name), Wire::Bytes(bytes)) => {
            let fields = table::message(name).ok_or("proto: a message that the table lacks")?;
            message(fields, bytes, depth + 1).map(Value::Object)
        }
        (Form::One(scalar), wire) => self::scalar(*scalar, wire),
        // A list within a map's value.
        (Form::List(inner), wire) => Ok(Value::Array(vec![value(inner, wire, depth)?])),
        _ => Err("proto: wrong wireType"),
    }
}

fn scalar(scalar: Scalar, wire: Wire<'_>) -> Result<Value, Failure> {
    Ok(match (scalar, wire) {
        (Scalar::Text, Wire::Bytes(bytes)) => text(bytes)?.into(),
        (Scalar::Bytes, Wire::Bytes(bytes)) => STANDARD.encode(bytes).into(),
        (Scalar::Int, Wire::Int(number)) => (number as i64).into(),
        (Scalar::Truth, Wire::Int(number)) => (number != 0).into(),
        (Scalar::Float, Wire::Fixed(bits)) => f64::from_bits(bits).into(),
        (Scalar::Quantity, Wire::Bytes(bytes)) => text(part(bytes, 1)?.unwrap_or_default())?.into(),
        (Scalar::Time, Wire::Bytes(bytes)) => time(bytes)?,
        (Scalar::MicroTime, Wire::Bytes(bytes)) => micro_time(bytes)?,
        (Scalar::Duration, Wire::Bytes(bytes)) => {
            duration::format(number(bytes, 1)? / 1_000_000).into()
        }
        (Scalar::IntOrString, Wire::Bytes(bytes)) => {
            if number(bytes, 1)? == 1 {
                text(part(bytes, 3)?.unwrap_or_default())?.into()
            } else {
                number(bytes, 2)?.into()
            }
        }
        (Scalar::Items, Wire::Bytes(bytes)) => {
            let mut items = Vec::new();
            let mut reader = Reader::new(bytes);
            while let Some((number, wire)) = reader.next()? {
                if let (1, Wire::Bytes(bytes)) = (number, wire) {
                    items.push(Value::from(text(bytes)?));
                }
            }
            Value::Array(items)
        }
        (Scalar::Raw, Wire::Bytes(bytes)) => match part(bytes, 1)? {
            None | Some([]) => Value::Null,
            Some(json) => {
                serde_json::from_slice(json).map_err(|_| "invalid JSON in a raw field")?
            }
        },
        _ => return Err("proto: wrong wireType"),
    })
}

fn text(bytes: &[u8]) -> Result<String, Failure> {
    String::from_utf8(bytes.to_vec()).map_err(|_| "proto: string field contains invalid UTF-8")
}

/// The last bytes of a number.
fn part(bytes: &[u8], wanted: u32) -> Result<Option<&[u8]>, Failure> {
    let mut found = None;
    let mut reader = Reader::new(bytes);
    while let Some((number, wire)) = reader.next()? {
        if let (true, Wire::Bytes(bytes)) = (number == wanted, wire) {
            found = Some(bytes);
        }
    }
    Ok(found)
}

/// The last integer of a number, or 0.
fn number(bytes: &[u8], wanted: u32) -> Result<i64, Failure> {
    let mut found = 0;
    let mut reader = Reader::new(bytes);
    while let Some((number, wire)) = reader.next()? {
        if let (true, Wire::Int(value)) = (number == wanted, wire) {
            found = value as i64;
        }
    }
    Ok(found)
}

/// The years that a date can be in.
fn is_date(seconds: i64) -> bool {
    (-62_135_596_800..=253_402_300_799).contains(&seconds)
}

fn time(bytes: &[u8]) -> Result<Value, Failure> {
    let seconds = number(bytes, 1)?;
    // Nothing at all is Go's zero time.
    if bytes.is_empty() || !is_date(seconds) {
        return Ok(Value::Null);
    }
    Ok(timestamp::format(seconds).into())
}

fn micro_time(bytes: &[u8]) -> Result<Value, Failure> {
    let (seconds, nanos) = (number(bytes, 1)?, number(bytes, 2)?);
    if bytes.is_empty() || !is_date(seconds) || !(0..1_000_000_000).contains(&nanos) {
        return Ok(Value::Null);
    }
    Ok(timestamp::format_micro(seconds * 1_000_000 + nanos / 1_000).into())
}

#[cfg(test)]
mod tests;
