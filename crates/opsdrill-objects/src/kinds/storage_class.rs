//! StorageClass.

use crate::Object;
use crate::defaults::fill_text;
use crate::field_error::FieldError;
use crate::validation::{Errors, metadata, names, require};
use k8s_openapi::api::storage::v1::StorageClass;

use super::row::ROW;
use super::{Column, Kind, KindInfo, cells, decode_body};

/// The annotations that make a class the one for claims that name none.
const IS_DEFAULT: [&str; 2] = [
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
];

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::StorageClass,
    name: "StorageClass",
    group: "storage.k8s.io",
    plural: "storageclasses",
    singular: "storageclass",
    short_names: &["sc"],
    namespaced: false,
    decode: decode_body::<StorageClass>,
    default: |object| {
        if let Some(body) = object.storage_class_mut() {
            fill_text(&mut body.reclaim_policy, "Delete");
            fill_text(&mut body.volume_binding_mode, "Immediate");
        }
    },
    validate,
    validate_update,
    columns: &[
        Column::always("Name"),
        Column::always("Provisioner"),
        Column::always("ReclaimPolicy"),
        Column::always("VolumeBindingMode"),
        Column::always("AllowVolumeExpansion"),
        Column::always("Age"),
    ],
    cells,
    ..ROW
};

fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(body) = object.storage_class() else { return errors };
    require(&mut errors, &crate::validation::Path::new("provisioner"), Some(&body.provisioner));
    for (field, word, words) in [
        ("reclaimPolicy", &body.reclaim_policy, ["Delete", "Retain"]),
        ("volumeBindingMode", &body.volume_binding_mode, ["Immediate", "WaitForFirstConsumer"]),
    ] {
        let word = word.as_deref().unwrap_or_default();
        if !words.contains(&word) {
            errors.push(FieldError::not_supported(field, word, &words));
        }
    }
    errors
}

/// As `ValidateStorageClassUpdate`.
fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let (Some(new), Some(old)) = (new.storage_class(), old.storage_class()) else { return errors };
    for (field, changed) in [
        ("parameters", new.parameters != old.parameters),
        ("provisioner", new.provisioner != old.provisioner),
        ("reclaimPolicy", new.reclaim_policy != old.reclaim_policy),
    ] {
        if changed {
            let why = format!("updates to {field} are forbidden.");
            errors.push(FieldError::forbidden(field, why));
        }
    }
    if new.volume_binding_mode != old.volume_binding_mode {
        let mode = new.volume_binding_mode.as_deref().unwrap_or_default();
        let why = crate::validation::IMMUTABLE;
        errors.push(FieldError::invalid("volumeBindingMode", mode, why));
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(body) = object.storage_class() else { return Vec::new() };
    let is_default = IS_DEFAULT.iter().any(|it| object.meta.annotation(it) == Some("true"));
    let mark = if is_default { " (default)" } else { "" };
    vec![
        format!("{}{mark}", object.meta.name),
        body.provisioner.clone(),
        body.reclaim_policy.clone().unwrap_or_else(|| "Delete".to_owned()),
        cells::or_unset(body.volume_binding_mode.as_deref()),
        body.allow_volume_expansion.unwrap_or_default().to_string(),
        cells::age(object, now),
    ]
}
