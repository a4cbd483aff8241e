//! Namespace.

use k8s_openapi::api::core::v1::Namespace;

use crate::Object;
use crate::defaults::{fill, fill_text};

use crate::validation::{Errors, metadata, names};

use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Namespace,
    name: "Namespace",
    plural: "namespaces",
    singular: "namespace",
    short_names: &["ns"],
    namespaced: false,
    verbs: &["create", "delete", "get", "list", "patch", "update", "watch"],
    subresources: &[SubresourceInfo::own("finalize", &["update"]), SubresourceInfo::STATUS],
    decode: decode_body::<Namespace>,
    default,
    validate,
    columns: &[Column::always("Name"), Column::always("Status"), Column::always("Age")],
    cells,
    ..ROW
};

/// The label with the name, the finalizer and the phase that every new namespace gets.
fn default(object: &mut Object) {
    if !object.meta.name.is_empty() {
        let name = object.meta.name.clone();
        object.meta.set_label("kubernetes.io/metadata.name", Some(&name));
    }
    let Some(body) = object.namespace_mut() else { return };
    if body.status.is_none() {
        fill(&mut body.spec.get_or_insert_default().finalizers, vec!["kubernetes".to_owned()]);
    }
    fill_text(&mut body.status.get_or_insert_default().phase, "Active");
}

/// The name is one label, as it becomes part of DNS names.
fn validate(object: &Object) -> Errors {
    metadata::validate(object, names::is_dns1123_label)
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let status = object.namespace().and_then(|it| it.status.as_ref());
    let phase = status.and_then(|it| it.phase.clone()).unwrap_or_default();
    vec![object.meta.name.to_string(), phase, cells::age(object, now)]
}
