//! Structured label selectors and plain label maps.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::{Errors, Path, invalid_each, names};
use crate::field_error::FieldError;

/// Keys and values of labels.
pub(crate) fn labels(errors: &mut Errors, path: &Path, labels: &BTreeMap<String, String>) {
    for (key, value) in labels {
        invalid_each(errors, path, key, names::is_qualified_name(key));
        invalid_each(errors, path, value, names::is_label_value(value));
    }
}

/// A selector by labels and expressions.
pub(crate) fn label_selector(errors: &mut Errors, path: &Path, selector: &LabelSelector) {
    if let Some(matched) = &selector.match_labels {
        labels(errors, &path.child("matchLabels"), matched);
    }
    let expressions_path = path.child("matchExpressions");
    for (place, expression) in selector.match_expressions.iter().flatten().enumerate() {
        let path = expressions_path.index(place);
        let values = expression.values.as_deref().unwrap_or_default();
        let values_path = path.child("values");
        match expression.operator.as_str() {
            "In" | "NotIn" if values.is_empty() => errors.push(FieldError::required(
                &values_path,
                "must be specified when `operator` is 'In' or 'NotIn'",
            )),
            "Exists" | "DoesNotExist" if !values.is_empty() => errors.push(FieldError::forbidden(
                &values_path,
                "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            )),
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => errors.push(FieldError::invalid(
                path.child("operator"),
                other,
                "not a valid selector operator",
            )),
        }
        let key = &expression.key;
        invalid_each(errors, &path.child("key"), key, names::is_qualified_name(key));
        for (place, value) in values.iter().enumerate() {
            invalid_each(errors, &values_path.index(place), value, names::is_label_value(value));
        }
    }
}
