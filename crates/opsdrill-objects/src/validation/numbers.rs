//! Counts, ports and percentages.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{Errors, Path, go_value, invalid_each, names};
use crate::field_error::FieldError;

/// What is said of a number below zero.
pub(crate) const NEGATIVE: &str = "must be greater than or equal to 0";

/// A number that may not be negative.
pub(crate) fn non_negative(errors: &mut Errors, path: &Path, value: Option<impl Into<i64>>) {
    let value = value.map_or(0, Into::into);
    if value < 0 {
        errors.push(FieldError::invalid_raw(path, value, NEGATIVE));
    }
}

/// The number of a port.
pub(crate) fn port(errors: &mut Errors, path: &Path, value: i32) {
    let messages = names::is_port_number(value);
    errors.extend(messages.into_iter().map(|it| FieldError::invalid_raw(path, value, it)));
}

/// The number or the name of a port.
pub(crate) fn port_or_name(errors: &mut Errors, path: &Path, value: &IntOrString) {
    match value {
        IntOrString::Int(number) => port(errors, path, *number),
        IntOrString::String(name) => invalid_each(errors, path, name, names::is_port_name(name)),
    }
}

/// A number or a percentage that may not be negative.
pub(crate) fn count_or_percent(errors: &mut Errors, path: &Path, value: &IntOrString) {
    match value {
        IntOrString::Int(number) => non_negative(errors, path, Some(*number)),
        IntOrString::String(text) if percent(value).is_none() => errors.push(FieldError::invalid_raw(
            path,
            go_value::int_or_string(&IntOrString::String(text.clone())),
            "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', \
             regex used for validation is '[0-9]+%')",
        )),
        IntOrString::String(_) => {}
    }
}

/// The percentage, if it is one.
pub(crate) fn percent(value: &IntOrString) -> Option<i64> {
    let IntOrString::String(text) = value else { return None };
    let digits = text.strip_suffix('%')?;
    let plain = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
    plain.then(|| digits.parse().unwrap_or(i64::MAX))
}
