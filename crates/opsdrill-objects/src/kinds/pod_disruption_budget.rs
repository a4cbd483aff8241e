//! PodDisruptionBudget.

use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetStatus};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::Object;
use crate::defaults::fill;
use crate::field_error::FieldError;
use crate::validation::{Errors, Path, go_value, label_selector, metadata, names, numbers};

use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::PodDisruptionBudget,
    name: "PodDisruptionBudget",
    group: "policy",
    plural: "poddisruptionbudgets",
    singular: "poddisruptionbudget",
    short_names: &["pdb"],
    subresources: &[SubresourceInfo::STATUS],
    has_generation: true,
    decode: decode_body::<PodDisruptionBudget>,
    default: |object| {
        if let Some(body) = object.pod_disruption_budget_mut() {
            fill(&mut body.status, PodDisruptionBudgetStatus::default());
        }
    },
    validate,
    columns: &[
        Column::always("Name"),
        Column::always("Min Available"),
        Column::always("Max Unavailable"),
        Column::integer("Allowed Disruptions"),
        Column::always("Age"),
    ],
    cells,
    ..ROW
};

/// As `ValidatePodDisruptionBudgetSpec`.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(PodDisruptionBudget { spec: Some(spec), .. }) = object.pod_disruption_budget() else {
        return errors;
    };
    let path = Path::new("spec");
    if spec.min_available.is_some() && spec.max_unavailable.is_some() {
        let why = "minAvailable and maxUnavailable cannot be both set";
        errors.push(FieldError::invalid_raw(&path, "policy.PodDisruptionBudgetSpec{…}", why));
    }
    for (field, value) in
        [("minAvailable", &spec.min_available), ("maxUnavailable", &spec.max_unavailable)]
    {
        let Some(value) = value else { continue };
        let path = path.child(field);
        numbers::count_or_percent(&mut errors, &path, value);
        if numbers::percent(value).is_some_and(|it| it > 100) {
            let value = go_value::int_or_string(value);
            errors.push(FieldError::invalid_raw(&path, value, "must not be greater than 100%"));
        }
    }
    if let Some(selector) = &spec.selector {
        label_selector::label_selector(&mut errors, &path.child("selector"), selector);
    }
    if let Some(policy) = &spec.unhealthy_pod_eviction_policy {
        let words = ["AlwaysAllow", "IfHealthyBudget"];
        if !words.contains(&policy.as_str()) {
            let path = path.child("unhealthyPodEvictionPolicy");
            errors.push(FieldError::not_supported(&path, policy, &words));
        }
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(body) = object.pod_disruption_budget() else { return Vec::new() };
    let spec = body.spec.clone().unwrap_or_default();
    let bound = |it: Option<IntOrString>| match it {
        Some(IntOrString::Int(number)) => number.to_string(),
        Some(IntOrString::String(text)) => text,
        None => "N/A".to_owned(),
    };
    vec![
        object.meta.name.to_string(),
        bound(spec.min_available),
        bound(spec.max_unavailable),
        body.status.as_ref().map_or(0, |it| it.disruptions_allowed).to_string(),
        cells::age(object, now),
    ]
}
