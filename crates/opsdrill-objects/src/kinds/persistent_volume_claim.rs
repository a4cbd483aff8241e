//! PersistentVolumeClaim.

use k8s_openapi::api::core::v1::{PersistentVolumeClaim, PersistentVolumeClaimSpec};

use crate::Object;
use crate::defaults::claim;
use crate::field_error::FieldError;
use crate::quantity::Quantity;
use crate::validation::{
    Errors, Path, invalid_each, label_selector, metadata, names, quantities, volume,
};

use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::PersistentVolumeClaim,
    name: "PersistentVolumeClaim",
    plural: "persistentvolumeclaims",
    singular: "persistentvolumeclaim",
    short_names: &["pvc"],
    subresources: &[SubresourceInfo::STATUS],
    decode: decode_body::<PersistentVolumeClaim>,
    default: |object| object.persistent_volume_claim_mut().into_iter().for_each(claim::default),
    validate,
    validate_update,
    columns: &[
        Column::always("Name"),
        Column::always("Status"),
        Column::always("Volume"),
        Column::always("Capacity"),
        Column::always("Access Modes"),
        Column::always("StorageClass"),
        Column::always("VolumeAttributesClass"),
        Column::always("Age"),
        Column::wide("VolumeMode"),
    ],
    cells,
    ..ROW
};

/// As `ValidatePersistentVolumeClaimSpec`.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(PersistentVolumeClaim { spec: Some(spec), .. }) = object.persistent_volume_claim()
    else {
        return errors;
    };
    let path = Path::new("spec");
    volume::access_modes(&mut errors, &path.child("accessModes"), spec.access_modes.as_deref());
    if let Some(selector) = &spec.selector {
        label_selector::label_selector(&mut errors, &path.child("selector"), selector);
    }
    let requests = spec.resources.as_ref().and_then(|it| it.requests.as_ref());
    let storage_path = path.child("resources").key("storage");
    match requests.and_then(|it| it.get("storage")) {
        Some(amount) => quantities::positive(&mut errors, &storage_path, amount),
        None => errors.push(FieldError::required(&storage_path, "")),
    }
    if let Some(class) = spec.storage_class_name.as_deref().filter(|it| !it.is_empty()) {
        let messages = names::is_dns1123_subdomain(class);
        invalid_each(&mut errors, &path.child("storageClassName"), class, messages);
    }
    if let Some(mode) = &spec.volume_mode
        && !matches!(mode.as_str(), "Block" | "Filesystem")
    {
        let words = ["Block", "Filesystem"];
        errors.push(FieldError::not_supported(path.child("volumeMode"), mode, &words));
    }
    errors
}

/// The storage that a specification asks for.
fn requested(spec: &PersistentVolumeClaimSpec) -> Option<Quantity> {
    let requests = spec.resources.as_ref()?.requests.as_ref()?;
    Quantity::parse(&requests.get("storage")?.0).ok()
}

/// As `ValidatePersistentVolumeClaimUpdate`; the server also tells the difference, in a form of Go's.
fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let claim = |it: &Object| it.persistent_volume_claim().cloned();
    let (Some(new), Some(old)) = (claim(new), claim(old)) else { return errors };
    let (spec, had) = (new.spec.unwrap_or_default(), old.spec.unwrap_or_default());
    let status = old.status.unwrap_or_default();
    let bound = status.phase.as_deref() == Some("Bound");
    let mut kept = spec.clone();
    if bound {
        kept.resources.clone_from(&had.resources);
        kept.volume_attributes_class_name.clone_from(&had.volume_attributes_class_name);
    }
    if had.volume_name.is_none() {
        // The binder sets the volume and, when there was none, the class.
        kept.volume_name = None;
    }
    if had.storage_class_name.is_none() {
        kept.storage_class_name = None;
    }
    if kept != had {
        let why = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        errors.push(FieldError::forbidden("spec", why));
    }
    let smaller = requested(&spec).zip(requested(&had)).is_some_and(|(new, old)| new < old);
    if bound && smaller {
        let capacity = status.capacity.as_ref().and_then(|it| it.get("storage"));
        let capacity = capacity.and_then(|it| Quantity::parse(&it.0).ok());
        if requested(&spec).zip(capacity).is_none_or(|(new, capacity)| new <= capacity) {
            let why = "field can not be less than status.capacity";
            errors.push(FieldError::forbidden("spec.resources.requests.storage", why));
        }
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(PersistentVolumeClaim { spec: Some(spec), status, .. }) =
        object.persistent_volume_claim()
    else {
        return Vec::new();
    };
    let status = status.clone().unwrap_or_default();
    let volume = spec.volume_name.clone().unwrap_or_default();
    let [capacity, modes] = if volume.is_empty() {
        [String::new(), String::new()]
    } else {
        [
            cells::storage(status.capacity.as_ref()),
            cells::access_modes(status.access_modes.as_deref()),
        ]
    };
    let phase = match object.meta.deletion {
        Some(_) => "Terminating".to_owned(),
        None => status.phase.unwrap_or_default(),
    };
    vec![
        object.meta.name.to_string(),
        phase,
        volume,
        capacity,
        modes,
        cells::storage_class(object, spec.storage_class_name.as_deref()),
        cells::or_unset(spec.volume_attributes_class_name.as_deref()),
        cells::age(object, now),
        cells::or_unset(spec.volume_mode.as_deref()),
    ]
}
