//! `kubectl describe csr`.

use opsdrill_objects::{Object, Status};

use crate::kubectl::context::Context;

use super::fields::{list, text};
use super::writer::joined;
use super::{Description, events};
use opsdrill_objects::timestamp;

pub(super) fn describe(
    context: &mut Context,
    object: &Object,
    out: &mut Description,
) -> Result<(), Status> {
    let document = object.to_value();
    out.field(0, "Name", &object.meta.name);
    out.field(0, "Labels", joined(&object.meta.labels));
    out.field(0, "Annotations", joined(&object.meta.annotations));
    out.field(0, "CreationTimestamp", timestamp::format_describe(object.meta.created));
    out.field(0, "Requesting User", text(&document, "/spec/username"));
    out.field(0, "Signer", text(&document, "/spec/signerName"));
    if let Some(seconds) = document.pointer("/spec/expirationSeconds") {
        let span = seconds.as_i64().unwrap_or_default().saturating_mul(1000);
        out.field(0, "Requested Duration", opsdrill_objects::duration::human(span));
    }
    out.field(0, "Status", state(&document));
    let request = text(&document, "/spec/request");
    let subject = subject(&request);
    out.line(0, "Subject:");
    out.line(0, format!("\tCommon Name:\t{}", subject.common_name));
    out.line(0, "\tSerial Number:\t");
    if !subject.organizations.is_empty() {
        out.line(0, format!("\tOrganization:\t{}", subject.organizations.join("\n\t\t")));
    }
    events::describe(context, object, out);
    Ok(())
}

/// `Pending`, or what was decided, and whether a certificate was issued.
fn state(document: &serde_json::Value) -> String {
    let has = |name: &str| list(document, "/status/conditions").iter().any(|it| it["type"] == name);
    let mut state = match (has("Denied"), has("Approved")) {
        (true, _) => "Denied",
        (false, true) => "Approved",
        (false, false) => "Pending",
    }
    .to_owned();
    if has("Failed") {
        state.push_str(",Failed");
    }
    if !text(document, "/status/certificate").is_empty() {
        state.push_str(",Issued");
    }
    state
}

/// Whom a request is for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Subject {
    common_name: String,
    organizations: Vec<String>,
}

/// The object identifiers 2.5.4.3 (common name) and 2.5.4.10 (organization), encoded.
const COMMON_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x0a];

/// Reads the subject out of a request in PEM, itself in base 64. Only the two attributes by which Kubernetes knows users
/// are looked for: each is an object identifier followed by a text of less than 128 bytes.
fn subject(request: &str) -> Subject {
    let pem = decoded(request);
    let pem = String::from_utf8_lossy(&pem);
    let body: String = pem.lines().filter(|it| !it.starts_with("-----")).collect();
    let bytes = decoded(&body);
    let mut subject = Subject::default();
    for at in 0..bytes.len() {
        let rest = &bytes[at..];
        let Some(after) =
            rest.strip_prefix(COMMON_NAME).or_else(|| rest.strip_prefix(ORGANIZATION))
        else {
            continue;
        };
        let [_, length, value @ ..] = after else { continue };
        let Some(value) = value.get(..usize::from(*length)) else { continue };
        let value = String::from_utf8_lossy(value).into_owned();
        if rest.starts_with(COMMON_NAME) {
            subject.common_name = value;
        } else {
            subject.organizations.push(value);
        }
    }
    subject
}

/// Base 64 without complaints: what is no letter of it is passed over.
fn decoded(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sextets = text.bytes().filter_map(|it| LETTERS.iter().position(|letter| *letter == it));
    let (mut held, mut bits, mut bytes) = (0_u32, 0_u32, Vec::new());
    for sextet in sextets {
        held = (held << 6) | u32::try_from(sextet).unwrap_or_default();
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).unwrap_or_default());
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_64_is_read() {
        assert_eq!(decoded("aGVsbG8="), b"hello");
        assert_eq!(subject("bm90aGluZw=="), Subject::default());
    }
}
