//! PersistentVolume.

use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use crate::Object;
use crate::defaults::fill_text;
use crate::field_error::FieldError;
use crate::validation::{Errors, IMMUTABLE, Path, metadata, names, quantities, volume};

use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::PersistentVolume,
    name: "PersistentVolume",
    plural: "persistentvolumes",
    singular: "persistentvolume",
    short_names: &["pv"],
    namespaced: false,
    subresources: &[SubresourceInfo::STATUS],
    decode: decode_body::<PersistentVolume>,
    default,
    validate,
    validate_update,
    columns: &[
        Column::always("Name"),
        Column::always("Capacity"),
        Column::always("Access Modes"),
        Column::always("Reclaim Policy"),
        Column::always("Status"),
        Column::always("Claim"),
        Column::always("StorageClass"),
        Column::always("VolumeAttributesClass"),
        Column::always("Reason"),
        Column::always("Age"),
        Column::wide("VolumeMode"),
    ],
    cells,
    ..ROW
};

/// As `SetDefaults_PersistentVolume`; the registry notes when the phase began.
fn default(object: &mut Object) {
    let created = object.meta.created;
    let Some(body) = object.persistent_volume_mut() else { return };
    let status = body.status.get_or_insert_default();
    if status.phase.is_none() && created != 0 {
        status.last_phase_transition_time = Timestamp::from_second(created).ok().map(Time);
    }
    fill_text(&mut status.phase, "Pending");
    let spec = body.spec.get_or_insert_default();
    fill_text(&mut spec.persistent_volume_reclaim_policy, "Retain");
    fill_text(&mut spec.volume_mode, "Filesystem");
    if let Some(source) = &mut spec.host_path {
        fill_text(&mut source.type_, "");
    }
}

/// The fields of a specification that say nothing of where the data is.
const NO_SOURCE: [&str; 9] = [
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

/// Where the data is: the fields that name a source, and their values.
fn sources(spec: &PersistentVolumeSpec) -> Vec<(String, Value)> {
    let document = serde_json::to_value(spec).expect("Kubernetes types are JSON");
    let Value::Object(fields) = document else { return Vec::new() };
    fields.into_iter().filter(|(key, _)| !NO_SOURCE.contains(&key.as_str())).collect()
}

/// As `ValidatePersistentVolumeSpec`.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(PersistentVolume { spec: Some(spec), .. }) = object.persistent_volume() else {
        return errors;
    };
    let path = Path::new("spec");
    volume::access_modes(&mut errors, &path.child("accessModes"), spec.access_modes.as_deref());
    let capacity_path = path.child("capacity");
    let capacity = spec.capacity.clone().unwrap_or_default();
    if capacity.is_empty() {
        errors.push(FieldError::required(&capacity_path, ""));
    } else if !capacity.contains_key("storage") || capacity.len() > 1 {
        let keys: Vec<&str> = capacity.keys().map(String::as_str).collect();
        errors.push(FieldError::not_supported(&capacity_path, &keys.join(","), &["storage"]));
    }
    for (name, amount) in &capacity {
        quantities::positive(&mut errors, &capacity_path.key(name), amount);
    }
    let policy = spec.persistent_volume_reclaim_policy.as_deref().unwrap_or_default();
    let words = ["Delete", "Recycle", "Retain"];
    if !policy.is_empty() && !words.contains(&policy) {
        let path = path.child("persistentVolumeReclaimPolicy");
        errors.push(FieldError::not_supported(&path, policy, &words));
    }
    match sources(spec).as_slice() {
        [] => errors.push(FieldError::required(&path, "must specify a volume type")),
        [_] => {}
        [_, more @ ..] => {
            for (field, _) in more {
                let why = "may not specify more than 1 volume type";
                errors.push(FieldError::forbidden(path.child(field), why));
            }
        }
    }
    if spec.host_path.as_ref().is_some_and(|it| it.path.is_empty()) {
        errors.push(FieldError::required(path.child("hostPath").child("path"), ""));
    }
    if spec.local.is_some() && spec.node_affinity.is_none() {
        let why = "Local volume requires node affinity";
        errors.push(FieldError::required(path.child("nodeAffinity"), why));
    }
    errors
}

fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let spec = |it: &Object| it.persistent_volume()?.spec.clone();
    let (Some(new), Some(old)) = (spec(new), spec(old)) else { return errors };
    if sources(&new) != sources(&old) {
        let why = "spec.persistentvolumesource is immutable after creation";
        errors.push(FieldError::forbidden("spec.persistentvolumesource", why));
    }
    if new.volume_mode != old.volume_mode {
        let mode = new.volume_mode.unwrap_or_default();
        errors.push(FieldError::invalid("spec.volumeMode", &mode, IMMUTABLE));
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(PersistentVolume { spec: Some(spec), status, .. }) = object.persistent_volume() else {
        return Vec::new();
    };
    let status = status.clone().unwrap_or_default();
    let claim = spec.claim_ref.as_ref().map(|it| {
        let text = |it: &Option<String>| it.clone().unwrap_or_default();
        format!("{}/{}", text(&it.namespace), text(&it.name))
    });
    let phase = match object.meta.deletion {
        Some(_) => "Terminating".to_owned(),
        None => status.phase.unwrap_or_default(),
    };
    vec![
        object.meta.name.to_string(),
        cells::storage(spec.capacity.as_ref()),
        cells::access_modes(spec.access_modes.as_deref()),
        spec.persistent_volume_reclaim_policy.clone().unwrap_or_default(),
        phase,
        claim.unwrap_or_default(),
        cells::storage_class(object, spec.storage_class_name.as_deref()),
        cells::or_unset(spec.volume_attributes_class_name.as_deref()),
        status.reason.unwrap_or_default(),
        cells::age(object, now),
        cells::or_unset(spec.volume_mode.as_deref()),
    ]
}
