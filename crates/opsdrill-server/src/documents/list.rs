//! Lists: of whole objects and of their metadata, with what tells how they go on.

use std::sync::Arc;

use opsdrill_objects::kinds::ServedVersion;
use opsdrill_objects::{Kind, Object};
use serde_json::{Map, Value, json};

use super::{Served, metadata, write};
use crate::documents;

/// What a list says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListMeta {
    /// From where a watch may start.
    pub(crate) resource_version: u64,
    /// Where the list goes on; empty at its end.
    pub(crate) continue_token: String,
    /// How many more there are, where the server counts them.
    pub(crate) remaining: Option<usize>,
}

impl ListMeta {
    /// `metadata` of a list.
    pub(crate) fn to_value(&self) -> Value {
        let mut out = Map::new();
        out.insert("resourceVersion".into(), self.resource_version.to_string().into());
        if !self.continue_token.is_empty() {
            out.insert("continue".into(), self.continue_token.clone().into());
        }
        if let Some(remaining) = self.remaining.filter(|_| !self.continue_token.is_empty()) {
            out.insert("remainingItemCount".into(), remaining.into());
        }
        Value::Object(out)
    }
}

/// A list of whole objects, as JSON.
pub(crate) fn whole(kind: Kind, items: &[Arc<Object>], meta: &ListMeta, served: Served) -> Vec<u8> {
    let info = kind.info();
    let api_version = served.map_or_else(|| info.api_version(), ServedVersion::api_version);
    let mut out = opening(&list_kind(kind), &api_version, meta);
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write(&item_of(item, served), &mut out);
    }
    out.extend_from_slice(b"]}");
    out
}

/// `PodList`; a definition says how lists of its kind are called.
fn list_kind(kind: Kind) -> String {
    match kind {
        Kind::Custom(custom) => custom.row().list_kind.clone(),
        built_in => format!("{}List", built_in.info().name),
    }
}

/// An object as it stands in a list of its kind: the list says which kind that is.
fn item_of(object: &Object, served: Served) -> Value {
    let mut value = documents::whole(object, served);
    if let Some(fields) = value.as_object_mut() {
        fields.remove("apiVersion");
        fields.remove("kind");
    }
    value
}

/// A list of metadata, as JSON.
pub(crate) fn of_metadata(items: &[Arc<Object>], version: &str, meta: &ListMeta) -> Vec<u8> {
    let mut out = opening("PartialObjectMetadataList", &format!("meta.k8s.io/{version}"), meta);
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write(&metadata::of(item, version), &mut out);
    }
    out.extend_from_slice(b"]}");
    out
}

fn opening(kind: &str, api_version: &str, meta: &ListMeta) -> Vec<u8> {
    let head = json!({ "kind": kind, "apiVersion": api_version, "metadata": meta.to_value() });
    let mut out = Vec::with_capacity(4096);
    write(&head, &mut out);
    out.pop();
    out.extend_from_slice(b",\"items\":[");
    out
}

#[cfg(test)]
mod tests {
    use opsdrill_objects::Meta;
    use opsdrill_objects::k8s_openapi::api::core::v1::ConfigMap;

    use super::*;

    #[test]
    fn a_list_names_its_kind_once() {
        let object = Object::new(Meta::named(Some("shop"), "a"), ConfigMap::default());
        let meta = ListMeta { resource_version: 7, ..ListMeta::default() };
        let written =
            whole(Kind::ConfigMap, &[Arc::new(object.clone()), Arc::new(object)], &meta, None);
        let list: Value = serde_json::from_slice(&written).unwrap();
        assert_eq!(list["kind"], "ConfigMapList");
        assert_eq!(list["metadata"], json!({ "resourceVersion": "7" }));
        assert_eq!(list["items"].as_array().unwrap().len(), 2);
        assert_eq!(list["items"][0].get("kind"), None);
        assert_eq!(list["items"][1]["metadata"]["name"], "a");
    }
}
