//! Whether a container may run as the user that its image names: `runAsNonRoot`, after `verifyRunAsNonRoot`.

use bevy_ecs::world::World;
use opsdrill_objects::Object;

use super::start::spec_of;
use super::worker::Worker;
use crate::physical::images;

/// Refuses a container that must not run as root and would.
///
/// # Errors
/// The kubelet's words for `CreateContainerConfigError`.
pub(super) fn verify(
    world: &World,
    worker: &Worker,
    object: &Object,
    place: usize,
) -> Result<(), String> {
    let Some(container) = spec_of(object, place) else { return Ok(()) };
    let of_pod = object.pod().and_then(|it| it.spec.security_context.as_ref());
    let own = container.security_context.as_ref();
    let must = own.and_then(|it| it.run_as_non_root).or(of_pod.and_then(|it| it.run_as_non_root));
    if must != Some(true) {
        return Ok(());
    }
    let user = own.and_then(|it| it.run_as_user).or(of_pod.and_then(|it| it.run_as_user));
    let what = match user {
        Some(0) => "container's runAsUser breaks non-root policy".to_owned(),
        Some(_) => return Ok(()),
        None => {
            let reference = container.image.as_deref().unwrap_or_default();
            // Of images that a world brings along nobody has said who runs in them.
            let Some(image) = images::public(world, &worker.node, reference) else { return Ok(()) };
            let name = image.user.split(':').next().unwrap_or_default();
            match name.parse::<u32>() {
                Ok(0) => "container has runAsNonRoot and image will run as root".to_owned(),
                Ok(_) => return Ok(()),
                Err(_) if matches!(name, "" | "root") => {
                    "container has runAsNonRoot and image will run as root".to_owned()
                }
                Err(_) => format!(
                    "container has runAsNonRoot and image has non-numeric user ({name}), cannot verify user is non-root"
                ),
            }
        }
    };
    let pod = format!("{}_{}({})", worker.name, worker.namespace, worker.uid);
    Err(format!("{what} (pod: {pod:?}, container: {})", container.name))
}
