//! A pod as the store keeps it: a shared specification and what is this pod's own.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Container, EphemeralContainer, PodSpec, PodStatus};

/// The volume name that a shared specification carries in place of a pod's own token volume.
///
/// The real admission plugin gives every pod a volume `kube-api-access-xxxxx`. Keeping the random suffix
/// beside the specification lets all pods of a template share one specification.
pub const TOKEN_VOLUME: &str = "kube-api-access";

/// A pod's body.
///
/// A full typed pod costs about 26 kB; 150,000 pods of a few templates must not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pod {
    /// The specification without `nodeName`, shared between the pods of one template.
    pub spec: Arc<PodSpec>,
    /// `spec.nodeName`, set by binding.
    pub node_name: Option<Arc<str>>,
    /// The name of the token volume that stands for [`TOKEN_VOLUME`] in `spec`.
    pub token_volume: Option<Arc<str>>,
    /// The status.
    pub status: Box<PodStatus>,
}

impl Pod {
    /// The specification as the API shows it.
    pub fn full_spec(&self) -> PodSpec {
        let mut spec = (*self.spec).clone();
        spec.node_name = self.node_name.as_deref().map(str::to_owned);
        if let Some(name) = &self.token_volume {
            rename_token_volume(&mut spec, TOKEN_VOLUME, name);
        }
        spec
    }

    /// The phase, `Pending` when nothing was reported yet.
    pub fn phase(&self) -> &str {
        self.status.phase.as_deref().unwrap_or("Pending")
    }

    /// Whether the pod has ended for good.
    pub fn is_finished(&self) -> bool {
        matches!(self.phase(), "Succeeded" | "Failed")
    }

    /// The status of a condition: whether it is `True`.
    pub fn condition(&self, name: &str) -> bool {
        let conditions = self.status.conditions.iter().flatten();
        conditions.filter(|it| it.type_ == name).any(|it| it.status == "True")
    }

    /// Since when the pod is ready, Unix seconds; `None` while it is not.
    pub fn ready_since(&self) -> Option<i64> {
        let conditions = self.status.conditions.iter().flatten();
        let ready = conditions.filter(|it| it.type_ == "Ready").find(|it| it.status == "True")?;
        Some(ready.last_transition_time.as_ref().map_or(0, |it| it.0.as_second()))
    }

    /// Whether the pod may receive traffic.
    pub fn is_ready(&self) -> bool {
        self.condition("Ready")
    }
}

/// Renames a volume and its mounts in all containers.
pub fn rename_token_volume(spec: &mut PodSpec, from: &str, to: &str) {
    let volumes = spec.volumes.iter_mut().flatten().map(|it| &mut it.name);
    let containers = spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten());
    let mounts =
        containers.flat_map(|it| it.volume_mounts.iter_mut().flatten()).map(|it| &mut it.name);
    for name in volumes.chain(mounts).filter(|it| *it == from) {
        to.clone_into(name);
    }
}

/// What an ephemeral container has in common with others: all but its target. Probes, ports, limits and hooks it may not
/// have.
pub fn as_container(ephemeral: &EphemeralContainer) -> Container {
    let it = ephemeral.clone();
    Container {
        args: it.args,
        command: it.command,
        env: it.env,
        env_from: it.env_from,
        image: it.image,
        image_pull_policy: it.image_pull_policy,
        name: it.name,
        security_context: it.security_context,
        stdin: it.stdin,
        stdin_once: it.stdin_once,
        termination_message_path: it.termination_message_path,
        termination_message_policy: it.termination_message_policy,
        tty: it.tty,
        volume_devices: it.volume_devices,
        volume_mounts: it.volume_mounts,
        working_dir: it.working_dir,
        ..Container::default()
    }
}
