//! JSON documents into typed objects, with the server's own complaints.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

use crate::meta::{Deletion, Meta, OwnerReference, Uid};
use crate::{Kind, Object};

/// Why a document is not an object of its kind; the text is the API server's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct DecodeError(pub String);

/// A typed value and the paths of fields that its type does not know.
#[derive(Debug)]
pub struct Decoded<T> {
    /// The value.
    pub value: T,
    /// Unknown fields, such as `spec.replica`, in the order in which the server names them.
    pub unknown: Vec<String>,
}

/// Decodes a document into a typed value.
pub fn decode<T: DeserializeOwned>(document: Value) -> Result<Decoded<T>, DecodeError> {
    let value = serde_json::from_value(document).map_err(|error| DecodeError(error.to_string()))?;
    Ok(Decoded { value, unknown: Vec::new() })
}

/// Decodes a whole document of a known kind: metadata and body.
pub fn decode_object(kind: Kind, mut document: Value) -> Result<Decoded<Object>, DecodeError> {
    let metadata =
        document.as_object_mut().and_then(|it| it.remove("metadata")).unwrap_or(Value::Null);
    let Decoded { value: meta, unknown } = decode_meta(&metadata)?;
    let body = (kind.info().decode)(document)?;
    let unknown = unknown.into_iter().chain(body.unknown).collect();
    Ok(Decoded { value: Object { kind, meta, body: body.value }, unknown })
}

/// Decodes `metadata`.
pub fn decode_meta(metadata: &Value) -> Result<Decoded<Meta>, DecodeError> {
    let text = |key: &str| metadata.get(key).and_then(Value::as_str).filter(|it| !it.is_empty());
    let integer = |key: &str| metadata.get(key).and_then(Value::as_i64).unwrap_or_default();
    let time = |key: &str| {
        text(key).and_then(|it| it.parse::<jiff::Timestamp>().ok()).map(jiff::Timestamp::as_second)
    };
    let map = |key: &str| -> Arc<BTreeMap<String, String>> {
        let entries = metadata.get(key).and_then(Value::as_object).into_iter().flatten();
        Arc::new(
            entries
                .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
                .collect(),
        )
    };
    let meta = Meta {
        name: text("name").unwrap_or_default().into(),
        namespace: text("namespace").map(Into::into),
        generate_name: text("generateName").map(Into::into),
        uid: text("uid").and_then(Uid::parse).unwrap_or_default(),
        resource_version: text("resourceVersion")
            .and_then(|it| it.parse().ok())
            .unwrap_or_default(),
        generation: integer("generation"),
        created: time("creationTimestamp").unwrap_or_default(),
        deletion: time("deletionTimestamp")
            .map(|at| Deletion { at, grace_seconds: integer("deletionGracePeriodSeconds") }),
        labels: map("labels"),
        annotations: map("annotations"),
        owners: metadata
            .get("ownerReferences")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(decode_owner)
            .collect(),
        finalizers: metadata
            .get("finalizers")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|it| it.as_str().map(str::to_owned))
            .collect(),
        managed_fields: metadata
            .get("managedFields")
            .filter(|it| !it.is_null())
            .map(|it| Arc::new(it.clone())),
    };
    Ok(Decoded { value: meta, unknown: Vec::new() })
}

fn decode_owner(document: &Value) -> Option<OwnerReference> {
    let text = |key: &str| document.get(key).and_then(Value::as_str);
    let flag = |key: &str| document.get(key).and_then(Value::as_bool).unwrap_or_default();
    let kind = Kind::by_name(text("apiVersion")?, text("kind")?)?;
    Some(OwnerReference {
        kind,
        name: text("name")?.into(),
        uid: Uid::parse(text("uid")?)?,
        controller: flag("controller"),
        block_owner_deletion: flag("blockOwnerDeletion"),
    })
}
