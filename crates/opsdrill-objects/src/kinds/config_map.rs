//! ConfigMap.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;

use crate::Object;

use crate::field_error::FieldError;
use crate::validation::{Errors, Path, key_values, metadata, names};

use super::row::ROW;
use super::{Column, Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::ConfigMap,
    name: "ConfigMap",
    plural: "configmaps",
    singular: "configmap",
    short_names: &["cm"],
    decode: decode_body::<ConfigMap>,
    validate,
    validate_update,
    columns: &[Column::always("Name"), Column::always("Data"), Column::always("Age")],
    cells,
    ..ROW
};

fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(body) = object.config_map() else { return errors };
    let texts = || body.data.iter().flatten();
    let binaries = || body.binary_data.iter().flatten();
    key_values::keys(&mut errors, "data", texts().map(|it| it.0));
    key_values::keys(&mut errors, "binaryData", binaries().map(|it| it.0));
    for (key, _) in texts().filter(|(key, _)| binaries().any(|it| it.0 == *key)) {
        let path = Path::new("data").key(key);
        errors.push(FieldError::invalid(path, key, "duplicate of key present in binaryData"));
    }
    let bytes = texts().map(|it| it.1.len()).sum::<usize>()
        + binaries().map(|it| it.1.0.len()).sum::<usize>();
    key_values::size(&mut errors, "", bytes);
    errors
}

fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let (Some(new), Some(old)) = (new.config_map(), old.config_map()) else { return errors };
    let changed =
        [("data", new.data != old.data), ("binaryData", new.binary_data != old.binary_data)];
    key_values::immutable(&mut errors, new.immutable, old.immutable, &changed);
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(body) = object.config_map() else { return Vec::new() };
    let texts = body.data.as_ref().map_or(0, BTreeMap::len);
    let binaries = body.binary_data.as_ref().map_or(0, BTreeMap::len);
    vec![object.meta.name.to_string(), (texts + binaries).to_string(), cells::age(object, now)]
}
