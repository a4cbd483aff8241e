//! The server's lists, as they are sent: a head, then the objects one after the other.

use std::sync::Arc;

use opsdrill_objects::k8s_openapi::ByteString;
use opsdrill_objects::{Kind, Object};
use serde_json::{Value, json};

/// A list of objects of a kind; `last` names the last one if there are more.
pub(super) fn text(
    kind: Kind,
    items: &[Arc<Object>],
    version: u64,
    last: &str,
    remaining: Option<usize>,
) -> String {
    let mut metadata = json!({ "resourceVersion": version.to_string() });
    if !last.is_empty() {
        metadata["continue"] = token(version, last).into();
        if let Some(remaining) = remaining {
            metadata["remainingItemCount"] = remaining.into();
        }
    }
    let info = kind.info();
    let head = json!({
        "kind": format!("{}List", info.name), "apiVersion": info.api_version(), "metadata": metadata,
    });
    let mut text = head.to_string();
    text.pop();
    let items: Vec<String> = items.iter().map(|it| item(it).to_string()).collect();
    text.push_str(&format!(",\"items\":[{}]}}\n", items.join(",")));
    text
}

/// An object in a list, which says for all what kind they are.
fn item(object: &Object) -> Value {
    let mut value = object.to_value();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("apiVersion");
        fields.remove("kind");
    }
    value
}

/// With which the list goes on: where it ended, and at which version it began, in base64 as addresses have it.
fn token(version: u64, last: &str) -> String {
    let token = json!({ "v": "meta.k8s.io/v1", "rv": version, "start": format!("{last}\0") });
    let encoded = json!(ByteString(token.to_string().into_bytes()));
    let encoded = encoded.as_str().unwrap_or_default();
    encoded.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// Where a token says that the list goes on, and the version at which it began; `None` if it is none.
pub(super) fn read_token(token: &str) -> Option<(String, u64)> {
    let mut encoded = token.trim_end_matches('=').replace('-', "+").replace('_', "/");
    encoded.push_str(&"=".repeat((4 - encoded.len() % 4) % 4));
    let bytes: ByteString = serde_json::from_value(encoded.into()).ok()?;
    let document: Value = serde_json::from_slice(&bytes.0).ok()?;
    let start = document.get("start")?.as_str()?.trim_end_matches('\0').to_owned();
    Some((start, document.get("rv")?.as_u64()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_can_be_read_again() {
        let written = token(346, "default/kube-root-ca.crt");
        // As the served API has written it.
        assert_eq!(
            written,
            "eyJydiI6MzQ2LCJzdGFydCI6ImRlZmF1bHQva3ViZS1yb290LWNhLmNydFx1MDAwMCIsInYiOiJtZXRhLms4cy5pby92MSJ9"
        );
        assert_eq!(read_token(&written), Some(("default/kube-root-ca.crt".to_owned(), 346)));
        assert_eq!(read_token("x"), None);
    }

    #[test]
    fn a_list_begins_with_its_kind() {
        let text = text(Kind::ConfigMap, &[], 5, "", None);
        let head =
            r#"{"apiVersion":"v1","kind":"ConfigMapList","metadata":{"resourceVersion":"5"}"#;
        assert_eq!(text, format!("{head},\"items\":[]}}\n"));
    }
}
