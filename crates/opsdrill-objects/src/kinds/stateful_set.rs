//! StatefulSet.

use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetSpec, StatefulSetStatus};

use crate::Object;
use crate::defaults::{claim, fill, fill_text, pod_spec};
use crate::field_error::FieldError;
use crate::validation::{Errors, Path, metadata, names, numbers, one_of, pod_template};

use super::pod::warnings::of_template;
use super::row::ROW;
use super::{Column, Kind, KindInfo, SubresourceInfo, cells, decode_body};

pub(super) const KIND: KindInfo = KindInfo {
    kind: Kind::StatefulSet,
    name: "StatefulSet",
    group: "apps",
    plural: "statefulsets",
    singular: "statefulset",
    short_names: &["sts"],
    categories: &["all"],
    subresources: &[SubresourceInfo::SCALE, SubresourceInfo::STATUS],
    has_generation: true,
    decode: decode_body::<StatefulSet>,
    default,
    validate,
    validate_update,
    columns: &[
        Column::always("Name"),
        Column::always("Ready"),
        Column::always("Age"),
        Column::wide("Containers"),
        Column::wide("Images"),
    ],
    cells,
    warnings: |object| {
        let spec = object.stateful_set().and_then(|it| it.spec.as_ref());
        of_template(spec.map(|it| &it.template), "spec.template.")
    },
    ..ROW
};

/// As `SetDefaults_StatefulSet` of `pkg/apis/apps/v1`.
fn default(object: &mut Object) {
    let Some(body) = object.stateful_set_mut() else { return };
    let status = body.status.get_or_insert_with(StatefulSetStatus::default);
    fill(&mut status.available_replicas, 0);
    let spec = body.spec.get_or_insert_default();
    fill_text(&mut spec.pod_management_policy, "OrderedReady");
    let strategy = spec.update_strategy.get_or_insert_default();
    fill_text(&mut strategy.type_, "RollingUpdate");
    if strategy.type_.as_deref() == Some("RollingUpdate") {
        fill(&mut strategy.rolling_update.get_or_insert_default().partition, 0);
    }
    let retention = spec.persistent_volume_claim_retention_policy.get_or_insert_default();
    fill_text(&mut retention.when_deleted, "Retain");
    fill_text(&mut retention.when_scaled, "Retain");
    fill(&mut spec.replicas, 1);
    fill(&mut spec.revision_history_limit, 10);
    spec.template.metadata.get_or_insert_default();
    pod_spec::default_template(spec.template.spec.get_or_insert_default());
    for template in spec.volume_claim_templates.iter_mut().flatten() {
        claim::default(template);
    }
}

/// As `ValidateStatefulSetSpec`.
fn validate(object: &Object) -> Errors {
    let mut errors = metadata::validate(object, names::is_dns1123_label);
    let Some(StatefulSet { spec: Some(spec), .. }) = object.stateful_set() else { return errors };
    let path = Path::new("spec");
    let policy_path = path.child("podManagementPolicy");
    match spec.pod_management_policy.as_deref().unwrap_or_default() {
        "" => errors.push(FieldError::required(&policy_path, "")),
        "OrderedReady" | "Parallel" => {}
        other => {
            let why = "must be 'OrderedReady' or 'Parallel'";
            errors.push(FieldError::invalid(&policy_path, other, why));
        }
    }
    validate_strategy(&mut errors, &path.child("updateStrategy"), spec);
    if let Some(retention) = &spec.persistent_volume_claim_retention_policy {
        let path = path.child("persistentVolumeClaimRetentionPolicy");
        let words = ["Delete", "Retain"];
        let deleted = retention.when_deleted.as_deref();
        one_of(&mut errors, &path.child("whenDeleted"), deleted, &words);
        let scaled = retention.when_scaled.as_deref();
        one_of(&mut errors, &path.child("whenScaled"), scaled, &words);
    }
    numbers::non_negative(&mut errors, &path.child("replicas"), spec.replicas);
    numbers::non_negative(&mut errors, &path.child("minReadySeconds"), spec.min_ready_seconds);
    if let Some(ordinals) = &spec.ordinals {
        numbers::non_negative(&mut errors, &path.child("ordinals").child("start"), ordinals.start);
    }
    pod_template::validate_of(&mut errors, &path, &spec.selector, &spec.template, "StatefulSet");
    errors
}

fn validate_strategy(errors: &mut Errors, path: &Path, spec: &StatefulSetSpec) {
    let Some(strategy) = &spec.update_strategy else { return };
    let update = strategy.rolling_update.as_ref();
    match strategy.type_.as_deref().unwrap_or_default() {
        "" => errors.push(FieldError::required(path, "")),
        "RollingUpdate" => {
            let path = path.child("rollingUpdate").child("partition");
            numbers::non_negative(errors, &path, update.and_then(|it| it.partition));
        }
        "OnDelete" => {
            if let Some(update) = update {
                let value = format!(
                    "apps.RollingUpdateStatefulSetStrategy{{Partition:{}, MaxUnavailable:(*intstr.IntOrString)(nil)}}",
                    update.partition.unwrap_or_default()
                );
                let why = "only allowed for updateStrategy 'RollingUpdate'";
                errors.push(FieldError::invalid_raw(path.child("rollingUpdate"), value, why));
            }
        }
        other => {
            let value = format!(
                "apps.StatefulSetUpdateStrategy{{Type:{other:?}, RollingUpdate:(*apps.RollingUpdateStatefulSetStrategy)(nil)}}"
            );
            let why = "must be 'RollingUpdate' or 'OnDelete'";
            errors.push(FieldError::invalid_raw(path, value, why));
        }
    }
}

/// As `ValidateStatefulSetUpdate`: most of the specification stays.
fn validate_update(new: &Object, old: &Object) -> Errors {
    let mut errors = metadata::validate_update(new, old);
    let spec = |it: &Object| it.stateful_set()?.spec.clone();
    let (Some(new), Some(old)) = (spec(new), spec(old)) else { return errors };
    let kept = StatefulSetSpec {
        replicas: old.replicas,
        ordinals: old.ordinals.clone(),
        template: old.template.clone(),
        update_strategy: old.update_strategy.clone(),
        min_ready_seconds: old.min_ready_seconds,
        persistent_volume_claim_retention_policy: old
            .persistent_volume_claim_retention_policy
            .clone(),
        ..new
    };
    if kept != old {
        let why = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
                   'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
        errors.push(FieldError::forbidden("spec", why));
    }
    errors
}

fn cells(object: &Object, now: i64) -> Vec<String> {
    let Some(StatefulSet { spec: Some(spec), status, .. }) = object.stateful_set() else {
        return Vec::new();
    };
    let ready = status.as_ref().and_then(|it| it.ready_replicas).unwrap_or_default();
    let [names, images] = cells::template_containers(Some(&spec.template));
    vec![
        object.meta.name.to_string(),
        format!("{ready}/{}", spec.replicas.unwrap_or_default()),
        cells::age(object, now),
        names,
        images,
    ]
}
