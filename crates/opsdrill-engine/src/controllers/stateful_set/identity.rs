//! The name, host name, labels and claims of a StatefulSet's pod: they stay with its ordinal.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{
    PersistentVolumeClaim, PersistentVolumeClaimVolumeSource, Volume,
};
use opsdrill_objects::{Kind, Meta, Object, OwnerReference};

use super::Turn;
use crate::controllers::history::REVISION_HASH;
use crate::controllers::{Change, claims, pods};

/// The label with a pod's name, and that with its ordinal.
const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";
const POD_INDEX: &str = "apps.kubernetes.io/pod-index";

/// The ordinal of a pod: what follows its set's name.
pub(super) fn ordinal(set: &Object, pod: &Object) -> Option<i32> {
    pod.meta.name.strip_prefix(&*set.meta.name)?.strip_prefix('-')?.parse().ok()
}

/// The name of the revision that a pod was made from.
pub(super) fn revision(pod: &Object) -> Option<&String> {
    pod.meta.labels.get(REVISION_HASH)
}

/// The pod of an ordinal, from the revision that it should have (`newVersionedStatefulSetPod`).
pub(super) fn pod(turn: &Turn<'_>, ordinal: i32) -> Object {
    let keeps = turn.rolls() && ordinal < turn.start() + turn.partition();
    let (template, revision) = if keeps {
        (&turn.current_template, &turn.current)
    } else {
        (&turn.spec.template, &turn.update)
    };
    let name = format!("{}-{ordinal}", turn.object.meta.name);
    let mut template = template.clone();
    let labels = template.metadata.get_or_insert_default().labels.get_or_insert_default();
    labels.insert(REVISION_HASH.into(), revision.clone());
    labels.insert(POD_NAME.into(), name.clone());
    labels.insert(POD_INDEX.into(), ordinal.to_string());
    let spec = template.spec.get_or_insert_default();
    spec.hostname = Some(name.clone());
    spec.subdomain.clone_from(&turn.spec.service_name);
    let volumes = spec.volumes.get_or_insert_default();
    for claim in turn.spec.volume_claim_templates.iter().flatten() {
        let template = claim.metadata.name.clone().unwrap_or_default();
        volumes.retain(|it| it.name != template);
        let source = PersistentVolumeClaimVolumeSource {
            claim_name: claim_name(turn, &template, ordinal),
            ..PersistentVolumeClaimVolumeSource::default()
        };
        let persistent_volume_claim = Some(source);
        volumes.push(Volume { name: template, persistent_volume_claim, ..Volume::default() });
    }
    if volumes.is_empty() {
        spec.volumes = None;
    }
    let mut pod = pods::from_template(turn.object, &template);
    pod.meta.generate_name = Some(format!("{}-", turn.object.meta.name).into());
    pod.meta.name = name.into();
    pod
}

fn claim_name(turn: &Turn<'_>, template: &str, ordinal: i32) -> String {
    format!("{template}-{}-{ordinal}", turn.object.meta.name)
}

/// The claims of an ordinal that are missing.
pub(super) fn missing_claims(turn: &Turn<'_>, ordinal: i32) -> Vec<Change> {
    let templates = turn.spec.volume_claim_templates.iter().flatten();
    let claims = templates.filter_map(|template| {
        let name = claim_name(turn, template.metadata.name.as_deref()?, ordinal);
        let namespace = turn.object.meta.namespace();
        let there = turn.view.get(Kind::PersistentVolumeClaim, namespace, &name).is_some();
        (!there).then(|| Change::Create(Box::new(claim(turn, template, name))))
    });
    claims.collect()
}

fn claim(turn: &Turn<'_>, template: &PersistentVolumeClaim, name: String) -> Object {
    let mut labels = template.metadata.labels.clone().unwrap_or_default();
    labels.extend(turn.spec.selector.match_labels.clone().unwrap_or_default());
    let owner = OwnerReference {
        controller: false,
        block_owner_deletion: false,
        ..claims::controller_reference(turn.object)
    };
    let meta = Meta {
        name: name.into(),
        namespace: turn.object.meta.namespace.clone(),
        labels: Arc::new(labels),
        annotations: Arc::new(template.metadata.annotations.clone().unwrap_or_default()),
        owners: if goes_with_set(turn) { vec![owner] } else { Vec::new() },
        ..Meta::default()
    };
    let spec = template.spec.clone();
    Object::new(meta, PersistentVolumeClaim { spec, ..PersistentVolumeClaim::default() })
}

fn goes_with_set(turn: &Turn<'_>) -> bool {
    let policy = turn.spec.persistent_volume_claim_retention_policy.as_ref();
    policy.and_then(|it| it.when_deleted.as_deref()) == Some("Delete")
}

/// Lets the claims of a pod that is one too many go with it, if they should.
pub(super) fn give_claims_to(turn: &Turn<'_>, pod: &Object, ordinal: i32) -> Vec<Change> {
    let policy = turn.spec.persistent_volume_claim_retention_policy.as_ref();
    if policy.and_then(|it| it.when_scaled.as_deref()) != Some("Delete") {
        return Vec::new();
    }
    let templates = turn.spec.volume_claim_templates.iter().flatten();
    let claims = templates.filter_map(|template| {
        let name = claim_name(turn, template.metadata.name.as_deref()?, ordinal);
        let namespace = turn.object.meta.namespace();
        let claim = turn.view.get(Kind::PersistentVolumeClaim, namespace, &name)?;
        let mut next = (**claim).clone();
        next.meta.owners = vec![OwnerReference {
            controller: false,
            block_owner_deletion: false,
            ..claims::controller_reference(pod)
        }];
        Some(Change::update(next))
    });
    claims.collect()
}
