//! What a command inside a running container can see and do.

use opsdrill_objects::Status;
use opsdrill_objects::pod::Pod;

/// The container that is meant when a request names one or none.
///
/// # Errors
/// The API server's refusal (recordings 332, 341).
pub(super) fn choose_container(
    pod_name: &str,
    pod: &Pod,
    container: Option<&str>,
) -> Result<String, Status> {
    let spec = &pod.spec;
    let init = spec.init_containers.iter().flatten().map(|it| it.name.as_str());
    let own = spec.containers.iter().map(|it| it.name.as_str());
    let ephemeral = spec.ephemeral_containers.iter().flatten().map(|it| it.name.as_str());
    let names: Vec<&str> = init.chain(own).chain(ephemeral).collect();
    match (container.filter(|it| !it.is_empty()), &*spec.containers) {
        (Some(name), _) if names.contains(&name) => Ok(name.to_owned()),
        (Some(name), _) => {
            Err(Status::bad_request(format!("container {name} is not valid for pod {pod_name}")))
        }
        (None, [only]) => Ok(only.name.clone()),
        (None, _) => Err(Status::bad_request(format!(
            "a container name must be specified for pod {pod_name}, choose one of: [{}]",
            names.join(" ")
        ))),
    }
}
