//! How a Deployment replaces its pods.

use k8s_openapi::api::apps::v1::{DeploymentStrategy, RollingUpdateDeployment};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{Errors, Path, go_value, numbers};
use crate::field_error::FieldError;
use crate::go_format::quote;

pub(crate) fn validate(errors: &mut Errors, path: &Path, strategy: &DeploymentStrategy) {
    let update_path = path.child("rollingUpdate");
    match (strategy.type_.as_deref().unwrap_or_default(), &strategy.rolling_update) {
        ("Recreate", None) => {}
        ("Recreate", Some(_)) => errors.push(FieldError::forbidden(
            update_path,
            "may not be specified when strategy `type` is 'Recreate'",
        )),
        ("RollingUpdate", None) => {
            let why = "this should be defaulted and never be nil";
            errors.push(FieldError::required(update_path, why));
        }
        ("RollingUpdate", Some(update)) => rolling_update(errors, &update_path, update),
        (other, update) => {
            let mut error = FieldError::not_supported(path, other, &["Recreate", "RollingUpdate"]);
            let address = if update.is_some() { "0xc000000000" } else { "nil" };
            error.value = format!(
                "apps.DeploymentStrategy{{Type:{}, RollingUpdate:(*apps.RollingUpdateDeployment)({address})}}",
                quote(other),
            );
            errors.push(error);
        }
    }
}

fn rolling_update(errors: &mut Errors, path: &Path, update: &RollingUpdateDeployment) {
    let amount = |it: &Option<IntOrString>| it.clone().unwrap_or_default();
    let unavailable = amount(&update.max_unavailable);
    let surge = amount(&update.max_surge);
    let unavailable_path = path.child("maxUnavailable");
    numbers::count_or_percent(errors, &unavailable_path, &unavailable);
    numbers::count_or_percent(errors, &path.child("maxSurge"), &surge);
    let is_zero = |it: &IntOrString| match it {
        IntOrString::Int(number) => *number == 0,
        IntOrString::String(_) => numbers::percent(it).unwrap_or_default() == 0,
    };
    if is_zero(&unavailable) && is_zero(&surge) {
        errors.push(FieldError::invalid_raw(
            &unavailable_path,
            go_value::int_or_string(&unavailable),
            "may not be 0 when `maxSurge` is 0",
        ));
    }
    if numbers::percent(&unavailable).is_some_and(|it| it > 100) {
        errors.push(FieldError::invalid_raw(
            &unavailable_path,
            go_value::int_or_string(&unavailable),
            "must not be greater than 100%",
        ));
    }
}
