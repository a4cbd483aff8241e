//! LimitRange.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{LimitRange, LimitRangeItem};
use k8s_openapi::apimachinery::pkg::api::resource;

use crate::Object;
use crate::field_error::FieldError;
use crate::quantity::Quantity;
use crate::validation::{Errors, Path, metadata, names};

use super::row::ROW;
use super::{Kind, KindInfo, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::LimitRange,
    name: "LimitRange",
    plural: "limitranges",
    singular: "limitrange",
    short_names: &["limits"],
    decode: decode_body::<LimitRange>,
    default,
    validate,
    ..ROW
};

type Amounts = BTreeMap<String, resource::Quantity>;

/// As `SetDefaults_LimitRangeItem`: for containers what is missing follows from the most, then from the least.
fn default(object: &mut Object) {
    let Some(body) = object.limit_range_mut() else { return };
    for item in &mut body.spec.get_or_insert_default().limits {
        if item.type_ != "Container" {
            continue;
        }
        let fill_from = |target: &mut Option<Amounts>, source: &Option<Amounts>| {
            for (name, amount) in source.iter().flatten() {
                let target = target.get_or_insert_default();
                target.entry(name.clone()).or_insert_with(|| amount.clone());
            }
        };
        fill_from(&mut item.default, &item.max);
        fill_from(&mut item.default_request, &item.default);
        fill_from(&mut item.default_request, &item.min);
    }
}

/// As `ValidateLimitRange`.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let items = object.limit_range().and_then(|it| it.spec.as_ref()).map(|it| it.limits.as_slice());
    for (place, item) in items.unwrap_or_default().iter().enumerate() {
        let path = Path::new("spec").child("limits").index(place);
        validate_item(&mut errors, &path, item);
    }
    errors
}

fn validate_item(errors: &mut Errors, path: &Path, item: &LimitRangeItem) {
    if item.type_ == "Pod" {
        for (field, amounts) in
            [("default", &item.default), ("defaultRequest", &item.default_request)]
        {
            if amounts.as_ref().is_some_and(|it| !it.is_empty()) {
                let why = "may not be specified when `type` is 'Pod'";
                errors.push(FieldError::forbidden(path.child(field), why));
            }
        }
    }
    // What must not be greater than what.
    let order: [(&str, &Option<Amounts>, &str, &Option<Amounts>); 6] = [
        ("min", &item.min, "max", &item.max),
        ("defaultRequest", &item.default_request, "min", &item.min),
        ("defaultRequest", &item.default_request, "max", &item.max),
        ("defaultRequest", &item.default_request, "default", &item.default),
        ("default", &item.default, "min", &item.min),
        ("default", &item.default, "max", &item.max),
    ];
    let parsed = |it: &resource::Quantity| Quantity::parse(&it.0).ok();
    for (field, amounts, other_field, others) in order {
        for (name, amount) in amounts.iter().flatten() {
            let Some(other) = others.as_ref().and_then(|it| it.get(name)) else { continue };
            let (Some(own), Some(bound)) = (parsed(amount), parsed(other)) else { continue };
            let must_be_less = other_field != "min";
            if (must_be_less && own > bound) || (!must_be_less && own < bound) {
                let why = complaint(field, &amount.0, other_field, &other.0);
                errors.push(FieldError::invalid(path.child(field).key(name), &amount.0, why));
            }
        }
    }
}

fn complaint(field: &str, amount: &str, other_field: &str, other: &str) -> String {
    let words = |field: &str| match field {
        "defaultRequest" => "default request",
        "default" => "default",
        "min" => "min",
        _ => "max",
    };
    let relation = if other_field == "min" { "less than" } else { "greater than" };
    match (field, other_field) {
        ("defaultRequest", "min") => {
            format!("min value {other} is greater than default request value {amount}")
        }
        ("default", "min") => format!("min value {other} is greater than default value {amount}"),
        _ if relation == "less than" => String::new(),
        _ => format!(
            "{} value {amount} is greater than {} value {other}",
            words(field),
            match other_field {
                "default" => "default limit",
                other => words(other),
            }
        ),
    }
}
