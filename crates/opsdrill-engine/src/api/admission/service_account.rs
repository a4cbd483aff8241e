//! The ServiceAccount admission plugin: every pod has an account and, unless it says no, its token.

use std::sync::Arc;

use bevy_ecs::world::World;
use k8s_openapi::api::core::v1::{PodSpec, Volume, VolumeMount};
use opsdrill_objects::pod::{Pod, TOKEN_VOLUME, rename_token_volume};
use opsdrill_objects::{Kind, Status, decode};

use crate::view::View;

/// Where containers find the token.
const MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Gives a new pod its account and token volume (under the shared name [`TOKEN_VOLUME`]).
pub(super) fn admit(
    world: &World,
    namespace: &str,
    name: &str,
    pod: &mut Pod,
) -> Result<(), Status> {
    let spec = Arc::make_mut(&mut pod.spec);
    let account_name = spec
        .service_account_name
        .clone()
        .filter(|it| !it.is_empty())
        .unwrap_or_else(|| "default".into());
    let account = View::new(world).get(Kind::ServiceAccount, namespace, &account_name).ok_or_else(|| {
        let why = format!("error looking up service account {namespace}/{account_name}: serviceaccount {account_name:?} not found");
        Status::forbidden(Kind::Pod, name, &why)
    })?;
    let account = account.service_account().expect("found as a service account");
    spec.service_account_name = Some(account_name.clone());
    spec.service_account = Some(account_name);
    if spec.image_pull_secrets.as_ref().is_none_or(Vec::is_empty) {
        spec.image_pull_secrets.clone_from(&account.image_pull_secrets);
    }
    let wanted = spec
        .automount_service_account_token
        .or(account.automount_service_account_token)
        .unwrap_or(true);
    if wanted && mount(spec) && pod.token_volume.is_none() {
        pod.token_volume = Some(TOKEN_VOLUME.into());
    }
    Ok(())
}

/// Mounts the token where no container has something of its own at that path; whether any did.
fn mount(spec: &mut PodSpec) -> bool {
    let mut mounted = false;
    let containers = spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten());
    for container in containers {
        let mounts = container.volume_mounts.get_or_insert_default();
        if mounts.iter().all(|it| it.mount_path != MOUNT_PATH) {
            mounts.push(VolumeMount {
                name: TOKEN_VOLUME.into(),
                mount_path: MOUNT_PATH.into(),
                read_only: Some(true),
                ..VolumeMount::default()
            });
            mounted = true;
        }
    }
    // The copy of another pod brings one along.
    let there = spec.volumes.iter().flatten().any(|it| it.name == TOKEN_VOLUME);
    if mounted && !there {
        spec.volumes.get_or_insert_default().push(token_volume());
    }
    mounted
}

fn token_volume() -> Volume {
    let volume = serde_json::json!({
        "name": TOKEN_VOLUME,
        "projected": {
            "sources": [
                { "serviceAccountToken": { "expirationSeconds": 3607, "path": "token" } },
                { "configMap": { "name": "kube-root-ca.crt", "items": [{ "key": "ca.crt", "path": "ca.crt" }] } },
                { "downwardAPI": { "items": [{
                    "path": "namespace",
                    "fieldRef": { "apiVersion": "v1", "fieldPath": "metadata.namespace" },
                }] } },
            ],
            "defaultMode": 420,
        },
    });
    decode::volume(&volume).expect("a volume")
}

/// Takes the token volume's own name out of a specification that a client sent back.
pub(in crate::api) fn take_token_volume(pod: &mut Pod) {
    let volumes = pod.spec.volumes.iter().flatten();
    let prefix = format!("{TOKEN_VOLUME}-");
    let Some(name) = volumes.map(|it| it.name.clone()).find(|it| it.starts_with(&prefix)) else {
        return;
    };
    rename_token_volume(Arc::make_mut(&mut pod.spec), &name, TOKEN_VOLUME);
    pod.token_volume = Some(name.into());
}
