//! The Priority admission plugin: a pod's priority is that of its class.

use std::sync::Arc;

use bevy_ecs::world::World;
use opsdrill_objects::pod::Pod;
use opsdrill_objects::{Kind, Object, Status};

use crate::view::View;

/// Gives a new pod its priority, or refuses one that asks for another.
pub(super) fn admit(world: &World, name: &str, pod: &mut Pod) -> Result<(), Status> {
    let wanted = pod.spec.priority_class_name.clone().filter(|it| !it.is_empty());
    let view = View::new(world);
    let class = match &wanted {
        Some(wanted) => Some(view.get(Kind::PriorityClass, "", wanted).ok_or_else(|| {
            let why = format!("no PriorityClass with name {wanted} was found");
            Status::forbidden(Kind::Pod, name, &why)
        })?),
        None => default_class(view),
    };
    let body = class.and_then(|it| it.priority_class());
    let value = body.map_or(0, |it| it.value);
    let policy = body.and_then(|it| it.preemption_policy.clone());
    let policy = policy.unwrap_or_else(|| "PreemptLowerPriority".into());
    if let Some(given) = pod.spec.priority.filter(|it| *it != value) {
        let why = format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {value} from the given PriorityClass name"
        );
        return Err(Status::forbidden(Kind::Pod, name, &why));
    }
    let spec = Arc::make_mut(&mut pod.spec);
    if wanted.is_none()
        && let Some(class) = class
    {
        spec.priority_class_name = Some(class.meta.name.to_string());
    }
    spec.priority = Some(value);
    spec.preemption_policy.get_or_insert(policy);
    Ok(())
}

/// The class for pods that name none; of several the one with the least value.
fn default_class(view: View<'_>) -> Option<&Arc<Object>> {
    let is_default =
        |it: &&Arc<Object>| it.priority_class().is_some_and(|it| it.global_default == Some(true));
    let classes = view.list(Kind::PriorityClass, "").filter(is_default);
    classes.min_by_key(|it| it.priority_class().map_or(0, |it| it.value))
}
