//! What controllers ask of pods.

use std::sync::Arc;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use opsdrill_objects::pod::Pod;
use opsdrill_objects::{Kind, Meta, Object};

use super::{Answered, Change, claims, dates};
use crate::store::Notice;
use crate::time::{SimDuration, SimTime};
use crate::view::View;

/// The label by which a Deployment tells its ReplicaSets' pods apart.
pub(super) const TEMPLATE_HASH: &str = "pod-template-hash";

/// Whether a pod counts as a replica: not finished and not on its way out.
pub(super) fn is_active(object: &Object) -> bool {
    !object.meta.is_terminating() && object.pod().is_some_and(|pod| !pod.is_finished())
}

/// The time from which a pod counts as available; `None` while it is not ready.
///
/// `since` is the time from which it is ready, Unix seconds.
pub(super) fn available_from(
    view: View<'_>,
    since: Option<i64>,
    min_ready_seconds: i32,
) -> Option<SimTime> {
    let since = since?;
    if min_ready_seconds == 0 {
        return Some(SimTime::ZERO);
    }
    // The real comparison is strict: ready for longer than `minReadySeconds`.
    let end = dates::sim_time(view, since + i64::from(min_ready_seconds));
    Some(end + SimDuration(1))
}

/// Whether what ReplicaSets and Deployments see of a pod differs between the two states of a notice.
pub(super) fn matters_to_owners(notice: &Notice) -> bool {
    if notice.kind() != Kind::Pod {
        return false;
    }
    // Several controllers ask of each notice.
    *notice.matters_to_owners.get_or_init(|| differs(notice))
}

fn differs(notice: &Notice) -> bool {
    let (Some(old), Some(new)) = (&notice.old, &notice.new) else { return true };
    let (Some(old_pod), Some(new_pod)) = (old.pod(), new.pod()) else { return true };
    is_active(old) != is_active(new)
        || old_pod.ready_since() != new_pod.ready_since()
        || old.meta.owners != new.meta.owners
        || old.meta.labels != new.meta.labels
}

/// A new pod of a template, with a name that the server completes (`GetPodFromTemplate`).
pub(super) fn from_template(owner: &Object, template: &PodTemplateSpec) -> Object {
    let metadata = template.metadata.clone().unwrap_or_default();
    let meta = Meta {
        namespace: owner.meta.namespace.clone(),
        generate_name: Some(format!("{}-", owner.meta.name).into()),
        labels: Arc::new(metadata.labels.unwrap_or_default()),
        annotations: Arc::new(metadata.annotations.unwrap_or_default()),
        finalizers: metadata.finalizers.unwrap_or_default(),
        owners: vec![claims::controller_reference(owner)],
        ..Meta::default()
    };
    let mut spec = template.spec.clone().unwrap_or_default();
    let node_name = spec.node_name.take().map(Into::into);
    Object::new(meta, Pod { spec: spec.into(), node_name, ..Pod::default() })
}

/// The event that tells of a created pod by the name it got, or of the refusal (`RealPodControl`).
pub(super) fn creation_told(owner: &Arc<Object>, answered: &Answered<'_>) -> Vec<Change> {
    match answered.result {
        Ok(pod) => {
            let message = format!("Created pod: {}", pod.meta.name);
            vec![Change::normal(owner, "SuccessfulCreate", message)]
        }
        Err(_) if answered.namespace_terminating() => Vec::new(),
        Err(status) => {
            let message = format!("Error creating: {}", status.message);
            vec![Change::warning(owner, "FailedCreate", message)]
        }
    }
}
