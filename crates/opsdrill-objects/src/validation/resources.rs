//! Requests and limits of containers.

use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource;

use super::{Errors, Path, invalid_each, names, numbers};
use crate::field_error::FieldError;
use crate::quantity::Quantity;

/// Names without a prefix that containers may ask for; huge pages come in several sizes.
const STANDARD: &[&str] = &["cpu", "memory", "ephemeral-storage"];

/// Names without a prefix that mean something elsewhere in the API.
const KNOWN_ELSEWHERE: &[&str] =
    &["storage", "pods", "services", "secrets", "configmaps", "persistentvolumeclaims"];

pub(crate) fn requirements(errors: &mut Errors, path: &Path, resources: &ResourceRequirements) {
    let limits_path = path.child("limits");
    let requests_path = path.child("requests");
    for (name, quantity) in resources.limits.iter().flatten() {
        amount(errors, &limits_path.key(name), name, quantity);
    }
    for (name, quantity) in resources.requests.iter().flatten() {
        amount(errors, &requests_path.key(name), name, quantity);
        let Some(request) = parse(quantity) else { continue };
        let limit = resources.limits.as_ref().and_then(|it| it.get(name)).and_then(parse);
        let may_be_lower = may_overcommit(name);
        let complaint = match limit {
            Some(limit) if !may_be_lower && request != limit => {
                format!("must be equal to {name} limit of {limit}")
            }
            Some(limit) if request > limit => {
                format!("must be less than or equal to {name} limit of {limit}")
            }
            None if !may_be_lower => {
                let why = "Limit must be set for non overcommitable resources";
                errors.push(FieldError::required(&limits_path, why));
                continue;
            }
            _ => continue,
        };
        errors.push(FieldError::invalid(&requests_path, &request.to_string(), complaint));
    }
}

/// Whether more may be promised than there is, so that a request may be below its limit.
fn may_overcommit(name: &str) -> bool {
    !name.starts_with("hugepages-") && (!name.contains('/') || name.contains("kubernetes.io/"))
}

fn amount(errors: &mut Errors, path: &Path, name: &str, quantity: &resource::Quantity) {
    invalid_each(errors, path, name, names::is_qualified_name(name));
    let standard = STANDARD.contains(&name) || name.starts_with("hugepages-");
    if !name.contains('/') && !standard {
        if !KNOWN_ELSEWHERE.contains(&name) {
            let why = "must be a standard resource type or fully qualified";
            errors.push(FieldError::invalid(path, name, why));
        }
        errors.push(FieldError::invalid(path, name, "must be a standard resource for containers"));
    }
    let Some(quantity) = parse(quantity) else { return };
    if quantity.is_negative() {
        errors.push(FieldError::invalid(path, &quantity.to_string(), numbers::NEGATIVE));
    }
    if !may_overcommit(name) && quantity.milli_value() % 1000 != 0 {
        errors.push(FieldError::invalid_raw(path, &quantity, "must be an integer"));
    }
}

fn parse(quantity: &resource::Quantity) -> Option<Quantity> {
    Quantity::parse(&quantity.0).ok()
}
