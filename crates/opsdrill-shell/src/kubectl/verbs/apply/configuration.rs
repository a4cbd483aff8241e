//! The manifest that an object carries along, so that the next `apply` knows what was taken away.

use opsdrill_objects::{Object, go_format};
use serde_json::{Map, Value};

use crate::kubectl::printers::structures;
use crate::kubectl::writing::LAST_APPLIED;

/// A manifest in its namespace, with the annotation that remembers it.
pub(in crate::kubectl::verbs) fn modified(manifest: &Value, namespace: &str) -> Value {
    let mut document = manifest.clone();
    let Some(fields) = document.as_object_mut() else { return document };
    let metadata = map_in(fields, "metadata");
    if !namespace.is_empty() {
        metadata.insert("namespace".to_owned(), namespace.into());
    }
    map_in(metadata, "annotations").remove(LAST_APPLIED);
    let text = format!("{}\n", go_format::json(&document));
    document["metadata"]["annotations"][LAST_APPLIED] = text.into();
    document
}

/// A manifest as `create` and `replace` send it: remembered when that is asked for, and anew when it is remembered
/// already (`CreateOrUpdateAnnotation`).
pub(in crate::kubectl::verbs) fn remembered(
    manifest: &Value,
    namespace: &str,
    asked: bool,
) -> Value {
    let known = manifest["metadata"]["annotations"][LAST_APPLIED].as_str();
    if asked || known.is_some_and(|it| !it.is_empty()) {
        return modified(manifest, namespace);
    }
    manifest.clone()
}

/// An object made from flags, with the annotation that remembers it (`--save-config`).
pub(in crate::kubectl::verbs) fn remembering(document: &Value) -> Value {
    let text = format!("{}\n", structures::json(document));
    let mut document = document.clone();
    document["metadata"]["annotations"][LAST_APPLIED] = text.into();
    document
}

/// The map under a key, put there if there is none.
fn map_in<'a>(fields: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let value = fields.entry(key).or_insert_with(|| Value::Object(Map::new()));
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().expect("made one just now")
}

/// The manifest that was applied last, as its annotation keeps it.
pub(super) fn last_applied(object: &Object) -> Option<&str> {
    object.meta.annotation(LAST_APPLIED)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_annotation_is_the_one_that_kubectl_writes() {
        let manifest = json!({
            "kind": "Pod", "apiVersion": "v1",
            "metadata": { "name": "tmp", "labels": { "z": "1" } },
        });
        let written = modified(&manifest, "demo");
        let expected = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"annotations\":{},\"labels\":{\"z\":\"1\"},\"name\":\"tmp\",\"namespace\":\"demo\"}}\n";
        assert_eq!(written["metadata"]["annotations"][LAST_APPLIED], expected);
        // What a manifest remembers of itself is not remembered again.
        assert_eq!(modified(&written, "demo"), written);
    }
}
