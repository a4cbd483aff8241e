//! Deployment.

use k8s_openapi::api::apps::v1::{Deployment, DeploymentStatus};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::Object;
use crate::defaults::{fill, fill_text, pod_spec};
use crate::selector::format_label_selector;

use crate::field_error::FieldError;
use crate::validation::{
    Errors, Path, deployment_strategy, metadata, names, numbers, pod_template,
};

use super::pod::warnings::of_template;
use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::Deployment,
    name: "Deployment",
    group: "apps",
    plural: "deployments",
    singular: "deployment",
    short_names: &["deploy"],
    categories: &["all"],
    subresources: &[SubresourceInfo::SCALE, SubresourceInfo::STATUS],
    has_generation: true,
    decode: decode_body::<Deployment>,
    default,
    validate,
    validate_update,
    columns: &[
        Column::always("Name"),
        Column::always("Ready"),
        Column::integer("Up-to-date"),
        Column::integer("Available"),
        Column::always("Age"),
        Column::wide("Containers"),
        Column::wide("Images"),
        Column::wide("Selector"),
    ],
    cells,
    warnings: |object| {
        let spec = object.deployment().and_then(|it| it.spec.as_ref());
        of_template(spec.map(|it| &it.template), "spec.template.")
    },
    ..ROW
};

/// As `SetDefaults_Deployment` of `pkg/apis/apps/v1`.
fn default(object: &mut Object) {
    let Some(body) = object.deployment_mut() else { return };
    fill(&mut body.status, DeploymentStatus::default());
    let spec = body.spec.get_or_insert_default();
    fill(&mut spec.replicas, 1);
    fill(&mut spec.revision_history_limit, 10);
    fill(&mut spec.progress_deadline_seconds, 600);
    let strategy = spec.strategy.get_or_insert_default();
    fill_text(&mut strategy.type_, "RollingUpdate");
    if strategy.type_.as_deref() == Some("RollingUpdate") {
        let update = strategy.rolling_update.get_or_insert_default();
        fill(&mut update.max_unavailable, IntOrString::String("25%".into()));
        fill(&mut update.max_surge, IntOrString::String("25%".into()));
    }
    pod_spec::default_template(spec.template.spec.get_or_insert_default());
}

/// As `ValidateDeploymentSpec`.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(Deployment { spec: Some(spec), .. }) = object.deployment() else { return errors };
    let path = Path::new("spec");
    numbers::non_negative(&mut errors, &path.child("replicas"), spec.replicas);
    pod_template::validate(&mut errors, &path, &spec.selector, &spec.template);
    if let Some(strategy) = &spec.strategy {
        deployment_strategy::validate(&mut errors, &path.child("strategy"), strategy);
    }
    numbers::non_negative(&mut errors, &path.child("minReadySeconds"), spec.min_ready_seconds);
    let history = spec.revision_history_limit;
    numbers::non_negative(&mut errors, &path.child("revisionHistoryLimit"), history);
    if let Some(deadline) = spec.progress_deadline_seconds {
        let path = path.child("progressDeadlineSeconds");
        numbers::non_negative(&mut errors, &path, Some(deadline));
        if deadline <= spec.min_ready_seconds.unwrap_or_default() {
            let why = "must be greater than minReadySeconds";
            errors.push(FieldError::invalid_raw(path, deadline, why));
        }
    }
    errors
}

fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let selector = |it: &Object| it.deployment()?.spec.as_ref().map(|it| it.selector.clone());
    if let (Some(new), Some(old)) = (selector(new), selector(old)) {
        pod_template::validate_selector_update(&mut errors, &new, &old);
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(Deployment { spec: Some(spec), status, .. }) = object.deployment() else {
        return Vec::new();
    };
    let count =
        |of: fn(&DeploymentStatus) -> Option<i32>| status.as_ref().and_then(of).unwrap_or_default();
    let pod_spec = spec.template.spec.as_ref();
    let [names, images] = cells::containers(pod_spec.map_or(&[], |it| &it.containers));
    vec![
        object.meta.name.to_string(),
        format!("{}/{}", count(|it| it.ready_replicas), spec.replicas.unwrap_or_default()),
        count(|it| it.updated_replicas).to_string(),
        count(|it| it.available_replicas).to_string(),
        cells::age(object, now),
        names,
        images,
        format_label_selector(Some(&spec.selector)),
    ]
}
