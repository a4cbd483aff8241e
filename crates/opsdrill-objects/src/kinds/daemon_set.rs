//! DaemonSet.

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetStatus, DaemonSetUpdateStrategy};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::Object;
use crate::defaults::{fill, fill_text, pod_spec};
use crate::field_error::FieldError;
use crate::selector::{format_label_selector, format_labels};
use crate::validation::{Errors, Path, go_value, metadata, names, numbers, pod_template};

use super::pod::warnings::of_template;
use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

/// Counts the changes of the template, for clients of an API version that is gone.
pub const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::DaemonSet,
    name: "DaemonSet",
    group: "apps",
    plural: "daemonsets",
    singular: "daemonset",
    short_names: &["ds"],
    categories: &["all"],
    subresources: &[SubresourceInfo::STATUS],
    has_generation: true,
    decode: decode_body::<DaemonSet>,
    default,
    validate,
    validate_update,
    columns: &[
        Column::always("Name"),
        Column::integer("Desired"),
        Column::integer("Current"),
        Column::integer("Ready"),
        Column::integer("Up-to-date"),
        Column::integer("Available"),
        Column::always("Node Selector"),
        Column::always("Age"),
        Column::wide("Containers"),
        Column::wide("Images"),
        Column::wide("Selector"),
    ],
    cells,
    warnings: |object| of_template(template(object), "spec.template."),
    ..ROW
};

/// As `SetDefaults_DaemonSet` of `pkg/apis/apps/v1`.
fn default(object: &mut Object) {
    if object.meta.annotation(TEMPLATE_GENERATION).is_none() {
        object.meta.set_annotation(TEMPLATE_GENERATION, Some("1"));
    }
    let Some(body) = object.daemon_set_mut() else { return };
    fill(&mut body.status, DaemonSetStatus::default());
    let spec = body.spec.get_or_insert_default();
    let strategy = spec.update_strategy.get_or_insert_default();
    fill_text(&mut strategy.type_, "RollingUpdate");
    if strategy.type_.as_deref() == Some("RollingUpdate") {
        let update = strategy.rolling_update.get_or_insert_default();
        fill(&mut update.max_unavailable, IntOrString::Int(1));
        fill(&mut update.max_surge, IntOrString::Int(0));
    }
    fill(&mut spec.revision_history_limit, 10);
    spec.template.metadata.get_or_insert_default();
    pod_spec::default_template(spec.template.spec.get_or_insert_default());
}

/// Counts a change of the template (`daemonSetStrategy.PrepareForUpdate`); what a client says of the count is passed over.
pub fn count_template(new: &mut Object, old: &Object) {
    if new.daemon_set().is_none() {
        return;
    }
    let counted = old.meta.annotation(TEMPLATE_GENERATION).and_then(|it| it.parse().ok());
    let count: i64 = counted.unwrap_or(1) + i64::from(template(new) != template(old));
    new.meta.set_annotation(TEMPLATE_GENERATION, Some(&count.to_string()));
}

fn template(object: &Object) -> Option<&PodTemplateSpec> {
    object.daemon_set()?.spec.as_ref().map(|it| &it.template)
}

/// As `ValidateDaemonSetSpec`.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(DaemonSet { spec: Some(spec), .. }) = object.daemon_set() else { return errors };
    let path = Path::new("spec");
    pod_template::validate_of(&mut errors, &path, &spec.selector, &spec.template, "DaemonSet");
    numbers::non_negative(&mut errors, &path.child("minReadySeconds"), spec.min_ready_seconds);
    if let Some(strategy) = &spec.update_strategy {
        validate_strategy(&mut errors, &path.child("updateStrategy"), strategy);
    }
    let history = spec.revision_history_limit;
    numbers::non_negative(&mut errors, &path.child("revisionHistoryLimit"), history);
    errors
}

/// As `ValidateDaemonSetUpdateStrategy`.
fn validate_strategy(errors: &mut Errors, path: &Path, strategy: &DaemonSetUpdateStrategy) {
    match strategy.type_.as_deref().unwrap_or_default() {
        "OnDelete" => {}
        "RollingUpdate" => {
            let path = path.child("rollingUpdate");
            let Some(update) = &strategy.rolling_update else {
                errors.push(FieldError::required(&path, ""));
                return;
            };
            let zero = IntOrString::Int(0);
            let unavailable = update.max_unavailable.as_ref().unwrap_or(&zero);
            let surge = update.max_surge.as_ref().unwrap_or(&zero);
            numbers::count_or_percent(errors, &path.child("maxUnavailable"), unavailable);
            numbers::count_or_percent(errors, &path.child("maxSurge"), surge);
            let is_zero =
                |it: &IntOrString| *it == zero || numbers::percent(it).is_some_and(|it| it == 0);
            match (is_zero(unavailable), is_zero(surge)) {
                (false, false) => errors.push(FieldError::invalid_raw(
                    path.child("maxSurge"),
                    go_value::int_or_string(surge),
                    "may not be set when maxUnavailable is non-zero",
                )),
                (true, true) => errors.push(FieldError::required(
                    path.child("maxUnavailable"),
                    "cannot be 0 when maxSurge is 0",
                )),
                _ => {}
            }
        }
        other => {
            let words = ["OnDelete", "RollingUpdate"];
            errors.push(FieldError::not_supported(path.child("type"), other, &words));
        }
    }
}

fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let selector = |it: &Object| it.daemon_set()?.spec.as_ref().map(|it| it.selector.clone());
    if let (Some(new), Some(old)) = (selector(new), selector(old)) {
        pod_template::validate_selector_update(&mut errors, &new, &old);
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(DaemonSet { spec: Some(spec), status, .. }) = object.daemon_set() else {
        return Vec::new();
    };
    let status = status.clone().unwrap_or_default();
    let [names, images] = cells::template_containers(Some(&spec.template));
    let node_selector = spec.template.spec.as_ref().and_then(|it| it.node_selector.clone());
    vec![
        object.meta.name.to_string(),
        status.desired_number_scheduled.to_string(),
        status.current_number_scheduled.to_string(),
        status.number_ready.to_string(),
        status.updated_number_scheduled.unwrap_or_default().to_string(),
        status.number_available.unwrap_or_default().to_string(),
        format_labels(&node_selector.unwrap_or_default()),
        cells::age(object, now),
        names,
        images,
        format_label_selector(Some(&spec.selector)),
    ]
}
