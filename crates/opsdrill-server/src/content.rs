//! The body of a request as a document: JSON, YAML or protobuf.

use opsdrill_objects::patch::json_syntax;
use opsdrill_objects::{Kind, Status, yaml};
use serde_json::Value;

use crate::{media, protobuf};

/// The largest body, in bytes (`limitRequestBodySize`).
pub(crate) const BODY_BYTES_MAX: usize = 3 << 20;

/// How much of a body that cannot be read is shown.
const SHOWN_BYTES: usize = 30;

/// The media type of protobuf.
const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

/// The refusal of a body that is too large.
pub(crate) fn too_large() -> Status {
    Status::new(
        413,
        "RequestEntityTooLarge",
        format!("Request entity too large: limit is {BODY_BYTES_MAX}"),
    )
}

/// Reads the body of an object that is to be created or replaced, or of options.
///
/// # Errors
/// The server's refusal of what it cannot read.
pub(crate) fn document(content_type: &str, body: &[u8], expected: &str) -> Result<Value, Status> {
    match media::bare(content_type) {
        "" | "application/json" | "*/*" => json(body, expected),
        "application/yaml" | "application/x-yaml" => from_yaml(body, expected),
        PROTOBUF => protobuf::document(body, expected),
        _ => Err(Status::new(
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
        )),
    }
}

fn json(body: &[u8], expected: &str) -> Result<Value, Status> {
    let text = std::str::from_utf8(body)
        .map_err(|_| unrecognized(expected, "invalid character '\\ufffd'", body))?;
    let read = json_syntax::parse(text);
    let value = read.map_err(|why| {
        unrecognized(expected, &format!("couldn't get version/kind; json parse error: {why}"), body)
    })?;
    if value.is_object() {
        return Ok(value);
    }
    let shape = match value {
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "bool",
        _ => return Ok(Value::Object(serde_json::Map::new())),
    };
    let why = format!(
        "couldn't get version/kind; json parse error: json: cannot unmarshal {shape} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}"
    );
    Err(unrecognized(expected, &why, body))
}

fn from_yaml(body: &[u8], expected: &str) -> Result<Value, Status> {
    let text = std::str::from_utf8(body)
        .map_err(|_| unrecognized(expected, "yaml: invalid UTF-8", body))?;
    let read = yaml::parse_document(text);
    let document = read.map_err(|why| {
        let why = format!("couldn't get version/kind; {}", why.to_string().to_lowercase());
        unrecognized(expected, &why, body)
    })?;
    match document.value {
        value @ Value::Object(_) => Ok(value),
        _ => Err(unrecognized(expected, "Object 'Kind' is missing", body)),
    }
}

fn unrecognized(expected: &str, why: &str, body: &[u8]) -> Status {
    Status::bad_request(format!(
        "the object provided is unrecognized (must be of type {expected}): {why} ({})",
        shown(body)
    ))
}

/// The beginning of a body: as text if it looks like JSON, else in hexadecimal.
pub(crate) fn shown(body: &[u8]) -> String {
    let start = &body[..body.len().min(SHOWN_BYTES)];
    let text = match start {
        [] => return "<empty>".to_owned(),
        [b'{', ..] => String::from_utf8_lossy(start).into_owned(),
        _ => start.iter().map(|it| format!("{it:02x}")).collect(),
    };
    if body.len() > SHOWN_BYTES { text + " ..." } else { text }
}

/// Sees to it that a document is of the kind that the path names; what it does not say is filled in.
///
/// # Errors
/// The server's refusal of another kind.
pub(crate) fn of_kind(document: &mut Value, api_version: &str, kind: &str) -> Result<(), Status> {
    let said = |key: &str| document.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (said_version, said_kind) = (said("apiVersion"), said("kind"));
    if !said_version.is_empty() && !said_kind.is_empty() && said_version != api_version {
        return Err(Status::bad_request(format!(
            "the API version in the data ({said_version}) does not match the expected API version ({api_version})"
        )));
    }
    if !said_kind.is_empty() && said_kind != kind {
        let version = api_version.rsplit('/').next().unwrap_or_default();
        let why = if Kind::by_name(api_version, &said_kind).is_some() {
            let package = api_version.split('/').next().filter(|_| api_version.contains('/'));
            format!(
                "converting ({version}.{said_kind}) to ({}.{kind}): unknown conversion",
                package.unwrap_or("core")
            )
        } else {
            format!(
                "no kind {said_kind:?} is registered for version {api_version:?} in scheme \"pkg/api/legacyscheme/scheme.go:30\""
            )
        };
        return Err(Status::bad_request(format!(
            "{said_kind} in version {version:?} cannot be handled as a {kind}: {why}"
        )));
    }
    if let Some(fields) = document.as_object_mut() {
        fields.insert("apiVersion".into(), api_version.into());
        fields.insert("kind".into(), kind.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bodies_are_read_by_their_type() {
        assert_eq!(
            document("application/json; charset=utf-8", b"{\"a\":1}", "Pod").unwrap()["a"],
            1
        );
        assert_eq!(document("application/yaml", b"a: 1\n", "Pod").unwrap()["a"], 1);
        assert_eq!(document("text/plain", b"{}", "Pod").unwrap_err().code, 415);
    }

    #[test]
    fn what_cannot_be_read_is_shown_in_part() {
        let why = document("application/json", b"{\"kind\": Pod, and so on for long", "Pod");
        let why = why.unwrap_err();
        assert_eq!(why.code, 400);
        assert_eq!(
            why.message,
            "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: invalid character 'P' looking for beginning of value ({\"kind\": Pod, and so on for lo ...)"
        );
        assert_eq!(shown(b"\x00\x01"), "0001");
        assert_eq!(shown(b""), "<empty>");
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = "[".repeat(100_000);
        assert_eq!(document("application/json", deep.as_bytes(), "Pod").unwrap_err().code, 400);
        assert_eq!(document("application/yaml", deep.as_bytes(), "Pod").unwrap_err().code, 400);
    }

    #[test]
    fn another_kind_is_refused() {
        let mut service = json!({ "apiVersion": "v1", "kind": "Service" });
        let why = of_kind(&mut service, "v1", "Pod").unwrap_err();
        assert_eq!(
            why.message,
            "Service in version \"v1\" cannot be handled as a Pod: converting (v1.Service) to (core.Pod): unknown conversion"
        );
        let mut silent = json!({});
        of_kind(&mut silent, "v1", "Pod").unwrap();
        assert_eq!(silent["kind"], "Pod");
    }
}
