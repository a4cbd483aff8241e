//! ReplicationController.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ReplicationController, ReplicationControllerStatus};

use crate::Object;
use crate::defaults::{fill, pod_spec};
use crate::field_error::FieldError;
use crate::selector::format_labels;
use crate::validation::{Errors, Path, go_value, metadata, names, numbers, pod_spec as pods};

use super::pod::warnings::of_template;
use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::ReplicationController,
    name: "ReplicationController",
    plural: "replicationcontrollers",
    singular: "replicationcontroller",
    short_names: &["rc"],
    categories: &["all"],
    subresources: &[SubresourceInfo::SCALE, SubresourceInfo::STATUS],
    has_generation: true,
    decode: decode_body::<ReplicationController>,
    default,
    validate,
    columns: &[
        Column::always("Name"),
        Column::integer("Desired"),
        Column::integer("Current"),
        Column::integer("Ready"),
        Column::always("Age"),
        Column::wide("Containers"),
        Column::wide("Images"),
        Column::wide("Selector"),
    ],
    cells,
    warnings: |object| {
        let spec = object.replication_controller().and_then(|it| it.spec.as_ref());
        of_template(spec.and_then(|it| it.template.as_ref()), "spec.template.")
    },
    ..ROW
};

/// As `SetDefaults_ReplicationController`: labels and selector come from the template.
fn default(object: &mut Object) {
    let meta_labels = object.meta.labels.is_empty();
    let Some(body) = object.replication_controller_mut() else { return };
    fill(&mut body.status, ReplicationControllerStatus::default());
    let spec = body.spec.get_or_insert_default();
    fill(&mut spec.replicas, 1);
    let template = spec.template.get_or_insert_default();
    template.metadata.get_or_insert_default();
    pod_spec::default_template(template.spec.get_or_insert_default());
    let labels = template.metadata.as_ref().and_then(|it| it.labels.clone()).unwrap_or_default();
    if labels.is_empty() {
        return;
    }
    if spec.selector.as_ref().is_none_or(BTreeMap::is_empty) {
        spec.selector = Some(labels.clone());
    }
    if meta_labels {
        object.meta.labels = labels.into();
    }
}

/// As `ValidateReplicationControllerSpec`.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(ReplicationController { spec: Some(spec), .. }) = object.replication_controller()
    else {
        return errors;
    };
    let path = Path::new("spec");
    numbers::non_negative(&mut errors, &path.child("minReadySeconds"), spec.min_ready_seconds);
    let selector = spec.selector.clone().unwrap_or_default();
    if selector.is_empty() {
        errors.push(FieldError::required(path.child("selector"), ""));
    }
    numbers::non_negative(&mut errors, &path.child("replicas"), spec.replicas);
    let Some(template) = &spec.template else { return errors };
    let path = path.child("template");
    let labels = template.metadata.as_ref().and_then(|it| it.labels.as_ref());
    let fits = selector.iter().all(|(key, value)| labels.and_then(|it| it.get(key)) == Some(value));
    if !fits {
        errors.push(FieldError::invalid_raw(
            path.child("metadata").child("labels"),
            go_value::string_map(labels),
            "`selector` does not match template `labels`",
        ));
    }
    if let Some(pod) = &template.spec {
        let path = path.child("spec");
        pods::validate(&mut errors, &path, pod);
        if let Some(other) = pod.restart_policy.as_deref().filter(|it| *it != "Always") {
            let path = path.child("restartPolicy");
            errors.push(FieldError::not_supported(&path, other, &["Always"]));
        }
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(ReplicationController { spec: Some(spec), status, .. }) =
        object.replication_controller()
    else {
        return Vec::new();
    };
    let [names, images] = cells::template_containers(spec.template.as_ref());
    let status = status.clone().unwrap_or_default();
    vec![
        object.meta.name.to_string(),
        spec.replicas.unwrap_or_default().to_string(),
        status.replicas.to_string(),
        status.ready_replicas.unwrap_or_default().to_string(),
        cells::age(object, now),
        names,
        images,
        format_labels(spec.selector.as_ref().unwrap_or(&BTreeMap::new())),
    ]
}
