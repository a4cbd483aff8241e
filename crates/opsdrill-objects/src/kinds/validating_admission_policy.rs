//! ValidatingAdmissionPolicy.

use k8s_openapi::api::admissionregistration::v1::{ParamKind, ValidatingAdmissionPolicy};

use crate::Object;
use crate::defaults::{fill_text, webhook};
use crate::field_error::FieldError;
use crate::validation::{Errors, metadata, names};

use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::ValidatingAdmissionPolicy,
    name: "ValidatingAdmissionPolicy",
    group: "admissionregistration.k8s.io",
    plural: "validatingadmissionpolicies",
    singular: "validatingadmissionpolicy",
    categories: &["api-extensions"],
    namespaced: false,
    subresources: &[SubresourceInfo::STATUS],
    has_generation: true,
    not_simulated: "its expressions are not evaluated",
    decode: decode_body::<ValidatingAdmissionPolicy>,
    default: |object| {
        let Some(body) = object.validating_admission_policy_mut() else { return };
        body.status.get_or_insert_default();
        let spec = body.spec.get_or_insert_default();
        fill_text(&mut spec.failure_policy, "Fail");
        if let Some(matches) = &mut spec.match_constraints {
            webhook::default_matches(matches);
        }
    },
    validate,
    columns: &[
        Column::always("Name"),
        Column::integer("Validations"),
        Column::always("ParamKind"),
        Column::always("Age"),
    ],
    cells,
    ..ROW
};

fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let spec = object.validating_admission_policy().and_then(|it| it.spec.clone());
    let Some(spec) = spec else { return errors };
    if spec.match_constraints.is_none() {
        errors.push(FieldError::required("spec.matchConstraints", ""));
    }
    let is_empty = |count: Option<usize>| count.unwrap_or_default() == 0;
    if is_empty(spec.validations.as_ref().map(Vec::len))
        && is_empty(spec.audit_annotations.as_ref().map(Vec::len))
    {
        let why = "validations or auditAnnotations must contain at least one item";
        errors.push(FieldError::required("spec.validations", why));
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let spec = object.validating_admission_policy().and_then(|it| it.spec.clone());
    let spec = spec.unwrap_or_default();
    let parameters = |it: &ParamKind| {
        let text = |it: &Option<String>| it.clone().unwrap_or_default();
        format!("{}/{}", text(&it.api_version), text(&it.kind))
    };
    vec![
        object.meta.name.to_string(),
        spec.validations.as_ref().map_or(0, Vec::len).to_string(),
        spec.param_kind.as_ref().map_or_else(|| "<unset>".to_owned(), parameters),
        cells::age(object, now),
    ]
}
