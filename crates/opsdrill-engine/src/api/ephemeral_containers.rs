//! `pods/ephemeralcontainers`: containers that are added to a pod while it runs.

use std::sync::Arc;

use opsdrill_objects::validation::ephemeral_container;
use opsdrill_objects::{Kind, Object, Status};

/// The stored pod with the ephemeral containers of the new one (`dropNonEphemeralContainerUpdates`).
pub(super) fn of(new: Object, old: &Object) -> Result<Object, Status> {
    let mut next = old.clone();
    let wanted = new.pod().and_then(|it| it.spec.ephemeral_containers.clone());
    if let Some(pod) = next.pod_mut() {
        Arc::make_mut(&mut pod.spec).ephemeral_containers = wanted;
    }
    let info = Kind::Pod.info();
    (info.default)(&mut next);
    let mut errors = (info.validate)(&next);
    errors.extend(ephemeral_container::validate_update(&next, old));
    if errors.is_empty() {
        return Ok(next);
    }
    Err(Status::invalid(Kind::Pod, &next.meta.name, &errors))
}
