//! What is done about a volume (`syncVolume`).

use opsdrill_objects::Object;

use crate::controllers::{Change, dates};
use crate::storage::{BOUND_BY_CONTROLLER, Claim, PROVISIONED_BY, Volume};
use crate::view::View;

/// Looks at a volume.
pub(super) fn sync(view: View<'_>, name: &str) -> Vec<Change> {
    let Some(volume) = Volume::named(view, name) else { return Vec::new() };
    let reference = volume.spec.claim_ref.as_ref();
    let uid = reference.and_then(|it| it.uid.as_deref()).unwrap_or_default();
    let Some(reference) = reference.filter(|_| !uid.is_empty()) else {
        return with_phase(view, volume.object, "Available").into_iter().collect();
    };
    let (namespace, name) = (reference.namespace.as_deref(), reference.name.as_deref());
    let claim = Claim::named(view, namespace.unwrap_or_default(), name.unwrap_or_default());
    let Some(claim) = claim.filter(|it| it.object.meta.uid.to_string() == uid) else {
        return released(view, volume);
    };
    match claim.volume_name() {
        None if !volume.has_mode_of(claim) => mismatch(volume, claim),
        // The claim's own turn comes.
        None => Vec::new(),
        Some(name) if *name == *volume.object.meta.name => {
            with_phase(view, volume.object, "Bound").into_iter().collect()
        }
        Some(_) => {
            let made = volume.object.meta.annotation(PROVISIONED_BY).is_some();
            if made && volume.reclaim_policy() == "Delete" {
                return released(view, volume);
            }
            unbind(view, volume)
        }
    }
}

/// Two that name each other and can never be one.
fn mismatch(volume: Volume<'_>, claim: Claim<'_>) -> Vec<Change> {
    let of_volume = format!(
        "Cannot bind PersistentVolume to requested PersistentVolumeClaim {:?} due to incompatible volumeMode.",
        claim.object.meta.name
    );
    let of_claim = format!(
        "Cannot bind PersistentVolume {:?} to requested PersistentVolumeClaim due to incompatible volumeMode.",
        volume.object.meta.name
    );
    vec![
        Change::warning(volume.object, "VolumeMismatch", of_volume),
        Change::warning(claim.object, "VolumeMismatch", of_claim),
    ]
}

/// A volume whose claim is gone: kept, or deleted by whoever made it (`reclaimVolume`).
fn released(view: View<'_>, volume: Volume<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    if !["Released", "Failed"].contains(&volume.phase()) {
        changes.extend(with_phase(view, volume.object, "Released"));
    }
    let name = &volume.object.meta.name;
    let by = volume.object.meta.annotation(PROVISIONED_BY);
    let (reason, message) = match volume.reclaim_policy() {
        "Delete" if by.is_none_or(|it| it.starts_with("kubernetes.io/")) => {
            let path = volume.spec.host_path.as_ref().map(|it| it.path.as_str());
            let message = match path {
                Some(path) if path.starts_with("/tmp/") => {
                    return vec![Change::delete(volume.object, crate::api::Options::default())];
                }
                Some(path) => {
                    format!("host_path deleter only supports /tmp/.+ but received provided {path}")
                }
                None => format!(
                    "error getting deleter volume plugin for volume {name:?}: no deletable volume plugin matched"
                ),
            };
            ("VolumeFailedDelete", message)
        }
        "Recycle" => ("VolumeFailedRecycle", "No recycler plugin found for the volume!".to_owned()),
        _ => return changes,
    };
    if volume.phase() == "Failed" {
        return Vec::new();
    }
    let mut failed = (**volume.object).clone();
    if let Some(status) = failed.persistent_volume_mut().and_then(|it| it.status.as_mut()) {
        status.message = Some(message.clone());
    }
    changes.extend(with_phase(view, &failed, "Failed"));
    changes.push(Change::warning(volume.object, reason, message));
    changes
}

/// Takes back what the binder has reserved for a claim that got another volume (`unbindVolume`).
fn unbind(view: View<'_>, volume: Volume<'_>) -> Vec<Change> {
    let mut next = (**volume.object).clone();
    let by_controller = next.meta.annotation(BOUND_BY_CONTROLLER).is_some();
    next.meta.set_annotation(BOUND_BY_CONTROLLER, None);
    if let Some(spec) = next.persistent_volume_mut().and_then(|it| it.spec.as_mut()) {
        if by_controller {
            spec.claim_ref = None;
        } else if let Some(reference) = &mut spec.claim_ref {
            reference.uid = None;
        }
    }
    let available = with_phase(view, &next, "Available");
    [Change::update(next)].into_iter().chain(available).collect()
}

/// Gives a volume a phase, if it has another one (`updateVolumePhase`).
pub(super) fn with_phase(view: View<'_>, volume: &Object, phase: &str) -> Option<Change> {
    let mut next = volume.clone();
    let status = next.persistent_volume_mut()?.status.get_or_insert_default();
    if status.phase.as_deref() == Some(phase) {
        return None;
    }
    status.phase = Some(phase.to_owned());
    status.last_phase_transition_time = Some(dates::now(view));
    if phase != "Failed" {
        status.message = None;
    }
    Some(Change::update_status(next))
}
