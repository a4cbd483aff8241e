//! PartialObjectMetadata: objects without what is particular to their kind.

use opsdrill_objects::Object;
use serde_json::{Value, json};

/// The metadata of one object.
pub(crate) fn of(object: &Object, version: &str) -> Value {
    json!({
        "kind": "PartialObjectMetadata",
        "apiVersion": format!("meta.k8s.io/{version}"),
        "metadata": object.meta.to_value(),
    })
}
