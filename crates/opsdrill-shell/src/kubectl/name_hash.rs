//! The hash that `--append-hash` and kustomize put behind the name of a ConfigMap or a Secret.

use opsdrill_objects::go_format;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// How many digits of the hash are kept.
const LENGTH: usize = 10;

/// Appends the hash of an object's content to its name, as `--append-hash` does.
pub(super) fn append(document: &mut Value) {
    let name = name_of(document);
    let named = format!("{name}-{}", of(document, &name));
    document["metadata"]["name"] = named.into();
}

/// The same as kustomize does it: its hash leaves the name out, so that a prefix changes nothing.
pub(super) fn append_without_name(document: &mut Value) {
    let named = format!("{}-{}", name_of(document), of(document, ""));
    document["metadata"]["name"] = named.into();
}

fn name_of(document: &Value) -> String {
    document.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The hash of a ConfigMap's or Secret's content: of its name, kind, type and data as JSON.
fn of(document: &Value, name: &str) -> String {
    let kind = &document["kind"];
    let data = document.get("data").cloned().unwrap_or_else(|| json!({}));
    let mut content = json!({ "data": data, "kind": kind, "name": name });
    if kind == "Secret" {
        content["type"] = document.get("type").cloned().unwrap_or_else(|| "".into());
    }
    for field in ["binaryData", "stringData"] {
        if let Some(value) = document.get(field) {
            content[field] = value.clone();
        }
    }
    let digest = Sha256::digest(go_format::json(&content).as_bytes());
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.take(LENGTH).map(letter).collect()
}

/// A hexadecimal digit without those that could spell a word.
fn letter(digit: u8) -> char {
    match char::from_digit(u32::from(digit), 16).expect("half a byte is one digit") {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that `kubectl create … --append-hash --dry-run=client` printed.
    #[test]
    fn hashes_are_those_of_kubectl() {
        let map = json!({ "data": { "a": "b" }, "kind": "ConfigMap", "metadata": { "name": "s" } });
        assert_eq!(of(&map, "s"), "fkft8b67b2");
        let secret =
            json!({ "data": { "a": "Yg==" }, "kind": "Secret", "metadata": { "name": "s" } });
        assert_eq!(of(&secret, "s"), "7fd2tm89d8");
        // And one that `kubectl kustomize` printed.
        let secret = json!({ "data": { "P": "eA==" }, "kind": "Secret", "type": "Opaque" });
        assert_eq!(of(&secret, ""), "d292k9tbmg");
    }
}
