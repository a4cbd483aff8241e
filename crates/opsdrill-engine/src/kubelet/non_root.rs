//! Whether a container would run as root where it must not (`verifyRunAsNonRoot` of the kubelet).

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::Container;
use opsdrill_objects::Object;

use super::worker::Worker;
use crate::physical::images;

/// Checks a container against `runAsNonRoot`.
///
/// # Errors
/// The kubelet's words for `CreateContainerConfigError`.
pub(super) fn verify(
    world: &World,
    worker: &Worker,
    object: &Object,
    container: &Container,
) -> Result<(), String> {
    let of_pod = object.pod().and_then(|it| it.spec.security_context.as_ref());
    let own = container.security_context.as_ref();
    let must_not = own.and_then(|it| it.run_as_non_root);
    if must_not.or(of_pod.and_then(|it| it.run_as_non_root)) != Some(true) {
        return Ok(());
    }
    let name = &container.name;
    let pod = format!("{}_{}({})", worker.name, worker.namespace, worker.uid);
    let user = own.and_then(|it| it.run_as_user).or(of_pod.and_then(|it| it.run_as_user));
    if let Some(user) = user {
        let why = "container's runAsUser breaks non-root policy";
        return match user {
            0 => Err(format!("{why} (pod: {pod:?}, container: {name})")),
            _ => Ok(()),
        };
    }
    let image = container.image.as_deref().unwrap_or_default();
    let known = images::on_node(world, &worker.node, image);
    let user = known.map_or_else(String::new, |it| it.user.clone());
    let user = user.split(':').next().unwrap_or_default();
    match user {
        "" | "0" => Err(format!(
            "container has runAsNonRoot and image will run as root (pod: {pod:?}, container: {name})"
        )),
        _ if user.parse::<u32>().is_ok() => Ok(()),
        _ => Err(format!(
            "container has runAsNonRoot and image has non-numeric user ({user}), cannot verify user is non-root (pod: {pod:?}, container: {name})"
        )),
    }
}
