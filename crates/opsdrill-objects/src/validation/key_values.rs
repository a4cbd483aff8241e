//! The data of ConfigMaps and Secrets.

use super::{Errors, Path, invalid_each, names};
use crate::field_error::FieldError;

/// What the values of one object may come to, in bytes.
const SIZE_MAX: usize = 1024 * 1024;

/// Keys at `field`.
pub(crate) fn keys<'a>(errors: &mut Errors, field: &str, keys: impl Iterator<Item = &'a String>) {
    let path = Path::new(field);
    for key in keys {
        invalid_each(errors, &path.key(key), key, names::is_config_map_key(key));
    }
}

/// The size of all values together; `field` is empty for ConfigMaps.
pub(crate) fn size(errors: &mut Errors, field: &str, bytes: usize) {
    if bytes > SIZE_MAX {
        errors.push(FieldError::too_long(field, SIZE_MAX));
    }
}

/// What may not change once `immutable` is set.
pub(crate) fn immutable(
    errors: &mut Errors,
    new: Option<bool>,
    old: Option<bool>,
    changed: &[(&str, bool)],
) {
    if old != Some(true) {
        return;
    }
    let why = "field is immutable when `immutable` is set";
    if new != Some(true) {
        errors.push(FieldError::forbidden("immutable", why));
    }
    for (field, _) in changed.iter().filter(|(_, changed)| *changed) {
        errors.push(FieldError::forbidden(*field, why));
    }
}
