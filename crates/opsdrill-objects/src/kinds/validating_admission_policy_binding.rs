//! ValidatingAdmissionPolicyBinding.

use k8s_openapi::api::admissionregistration::v1::{ParamRef, ValidatingAdmissionPolicyBinding};

use crate::Object;
use crate::defaults::webhook;
use crate::field_error::FieldError;
use crate::validation::{Errors, metadata, names};

use super::row::ROW;
use super::{Column, Kind, KindInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::ValidatingAdmissionPolicyBinding,
    name: "ValidatingAdmissionPolicyBinding",
    group: "admissionregistration.k8s.io",
    plural: "validatingadmissionpolicybindings",
    singular: "validatingadmissionpolicybinding",
    categories: &["api-extensions"],
    namespaced: false,
    has_generation: true,
    not_simulated: "its policy is not evaluated",
    decode: decode_body::<ValidatingAdmissionPolicyBinding>,
    default: |object| {
        let Some(body) = object.validating_admission_policy_binding_mut() else { return };
        if let Some(matches) = &mut body.spec.get_or_insert_default().match_resources {
            webhook::default_matches(matches);
        }
    },
    validate,
    columns: &[
        Column::always("Name"),
        Column::always("PolicyName"),
        Column::always("ParamRef"),
        Column::always("Age"),
    ],
    cells,
    ..ROW
};

fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let spec = object.validating_admission_policy_binding().and_then(|it| it.spec.clone());
    let spec = spec.unwrap_or_default();
    if spec.policy_name.is_none_or(|it| it.is_empty()) {
        errors.push(FieldError::required("spec.policyName", ""));
    }
    if spec.validation_actions.is_none_or(|it| it.is_empty()) {
        errors.push(FieldError::required("spec.validationActions", ""));
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let spec = object.validating_admission_policy_binding().and_then(|it| it.spec.clone());
    let spec = spec.unwrap_or_default();
    let reference = |it: &ParamRef| {
        let name = it.name.clone().unwrap_or_else(|| "*".to_owned());
        match &it.namespace {
            Some(namespace) => format!("{namespace}/{name}"),
            None => format!("*/{name}"),
        }
    };
    vec![
        object.meta.name.to_string(),
        spec.policy_name.clone().unwrap_or_default(),
        spec.param_ref.as_ref().map_or_else(|| "<unset>".to_owned(), reference),
        cells::age(object, now),
    ]
}
