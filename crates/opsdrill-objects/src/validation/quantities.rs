//! Amounts that must be positive.

use k8s_openapi::apimachinery::pkg::api::resource;

use super::{Errors, Path};
use crate::field_error::FieldError;
use crate::quantity::Quantity;

/// An amount that must be greater than zero.
pub(crate) fn positive(errors: &mut Errors, path: &Path, amount: &resource::Quantity) {
    if Quantity::parse(&amount.0).is_ok_and(|it| it.is_zero() || it.is_negative()) {
        errors.push(FieldError::invalid(path, &amount.0, "must be greater than zero"));
    }
}

/// An amount that may not be negative.
pub(crate) fn non_negative(errors: &mut Errors, path: &Path, amount: &resource::Quantity) {
    if Quantity::parse(&amount.0).is_ok_and(|it| it.is_negative()) {
        errors.push(FieldError::invalid(path, &amount.0, super::numbers::NEGATIVE));
    }
}
