//! ReplicaSet.

use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetStatus};

use crate::Object;
use crate::defaults::{fill, pod_spec};
use crate::selector::format_label_selector;

use crate::validation::{Errors, Path, metadata, names, numbers, pod_template};

use super::pod::warnings::of_template;
use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::ReplicaSet,
    name: "ReplicaSet",
    group: "apps",
    plural: "replicasets",
    singular: "replicaset",
    short_names: &["rs"],
    categories: &["all"],
    subresources: &[SubresourceInfo::SCALE, SubresourceInfo::STATUS],
    has_generation: true,
    decode: decode_body::<ReplicaSet>,
    default,
    validate,
    validate_update,
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
        let spec = object.replica_set().and_then(|it| it.spec.as_ref());
        of_template(spec.and_then(|it| it.template.as_ref()), "spec.template.")
    },
    ..ROW
};

/// As `SetDefaults_ReplicaSet` of `pkg/apis/apps/v1`.
fn default(object: &mut Object) {
    let Some(body) = object.replica_set_mut() else { return };
    fill(&mut body.status, ReplicaSetStatus::default());
    let spec = body.spec.get_or_insert_default();
    fill(&mut spec.replicas, 1);
    let template = spec.template.get_or_insert_default();
    pod_spec::default_template(template.spec.get_or_insert_default());
}

/// As `ValidateReplicaSetSpec`.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_subdomain);
    let Some(ReplicaSet { spec: Some(spec), .. }) = object.replica_set() else { return errors };
    let path = Path::new("spec");
    numbers::non_negative(&mut errors, &path.child("replicas"), spec.replicas);
    numbers::non_negative(&mut errors, &path.child("minReadySeconds"), spec.min_ready_seconds);
    let template = spec.template.clone().unwrap_or_default();
    pod_template::validate(&mut errors, &path, &spec.selector, &template);
    errors
}

fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let selector = |it: &Object| it.replica_set()?.spec.as_ref().map(|it| it.selector.clone());
    if let (Some(new), Some(old)) = (selector(new), selector(old)) {
        pod_template::validate_selector_update(&mut errors, &new, &old);
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(ReplicaSet { spec: Some(spec), status, .. }) = object.replica_set() else {
        return Vec::new();
    };
    let pod_spec = spec.template.as_ref().and_then(|it| it.spec.as_ref());
    let [names, images] = cells::containers(pod_spec.map_or(&[], |it| &it.containers));
    let current = status.as_ref().map_or(0, |it| it.replicas);
    let ready = status.as_ref().and_then(|it| it.ready_replicas).unwrap_or_default();
    vec![
        object.meta.name.to_string(),
        spec.replicas.unwrap_or_default().to_string(),
        current.to_string(),
        ready.to_string(),
        cells::age(object, now),
        names,
        images,
        format_label_selector(Some(&spec.selector)),
    ]
}
