//! Volumes as files: ConfigMaps, Secrets, the downward API, projections of them, and empty folders.
//!
//! What of them changes while a container runs is [`super::remount`]'s business.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Container, DownwardAPIVolumeFile, KeyToPath, PersistentVolumeClaimVolumeSource, Volume,
    VolumeProjection,
};
use opsdrill_objects::pod::TOKEN_VOLUME;
use opsdrill_objects::{Kind, Object};

use super::worker::Worker;
use super::{environment, fields};
use crate::api;
use crate::physical::DataMount;
use crate::storage::{self, Claim};
use crate::view::View;

/// Contents by path within the volume; folders without files have an entry that is empty or ends in `/`.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Whether all volumes of a pod can be mounted.
///
/// # Errors
/// The first volume that cannot, and the kubelet's words about it.
pub(super) fn check(
    view: View<'_>,
    object: &Object,
    worker: &Worker,
) -> Result<(), (String, String)> {
    let Some(pod) = object.pod() else { return Ok(()) };
    for volume in pod.spec.volumes.iter().flatten() {
        if let Err(problem) = mount(view, object, worker, volume) {
            let own = pod.token_volume.as_deref().filter(|_| volume.name == TOKEN_VOLUME);
            return Err((own.unwrap_or(&volume.name).to_owned(), problem));
        }
    }
    Ok(())
}

/// Whether the claims that a pod's containers mount are bound (`DesiredStateOfWorldPopulator`).
///
/// # Errors
/// The kubelet's words about those that are not.
pub(super) fn claims(view: View<'_>, object: &Object) -> Result<(), String> {
    let Some(pod) = object.pod() else { return Ok(()) };
    let (mut names, mut problems) = (Vec::new(), Vec::new());
    for volume in pod.spec.volumes.iter().flatten() {
        let Some(source) = &volume.persistent_volume_claim else { continue };
        let containers = pod.spec.init_containers.iter().flatten().chain(&pod.spec.containers);
        let mut mounts = containers.flat_map(|it| it.volume_mounts.iter().flatten());
        if !mounts.any(|it| it.name == volume.name) {
            continue;
        }
        let (namespace, name) = (object.meta.namespace(), &source.claim_name);
        let problem = match Claim::named(view, namespace, name) {
            None => format!(
                "failed to fetch PVC from API server: persistentvolumeclaims {name:?} not found"
            ),
            Some(claim) if claim.object.meta.is_terminating() => {
                "can't start pod because PVC is being deleted".to_owned()
            }
            Some(claim) if claim.is_bound() && claim.phase() == "Bound" => continue,
            Some(_) => "PVC is not bound".to_owned(),
        };
        names.push(volume.name.as_str());
        problems.push(format!("error processing PVC {namespace}/{name}: {problem}"));
    }
    if names.is_empty() {
        return Ok(());
    }
    let (names, problems) = (names.join(" "), problems.join("; "));
    Err(format!(
        "Unable to attach or mount volumes: unmounted volumes=[{names}], unattached volumes=[], failed to process volumes=[{names}]: {problems}"
    ))
}

/// All files that a container sees from its volumes, by absolute path.
pub(super) fn files(
    view: View<'_>,
    object: &Object,
    container: &Container,
    worker: &Worker,
) -> Files {
    let volumes = object.pod().and_then(|it| it.spec.volumes.as_ref());
    let mut all = Files::new();
    for mount_point in container.volume_mounts.iter().flatten() {
        let volume = volumes.into_iter().flatten().find(|it| it.name == mount_point.name);
        // What cannot be read any more since the pod was set up is empty.
        let files = volume.and_then(|it| mount(view, object, worker, it).ok()).unwrap_or_default();
        let folder = mount_point.mount_path.trim_end_matches('/');
        match mount_point.sub_path.as_deref().filter(|it| !it.is_empty()) {
            None => {
                all.extend(
                    files.into_iter().map(|(path, data)| (format!("{folder}/{path}"), data)),
                );
            }
            Some(sub) => {
                let inside = format!("{}/", sub.trim_end_matches('/'));
                for (path, data) in files {
                    if path.is_empty() {
                        all.insert(format!("{folder}/"), data);
                    } else if path == sub {
                        all.insert(folder.to_owned(), data);
                    } else if let Some(rest) = path.strip_prefix(&inside) {
                        all.insert(format!("{folder}/{rest}"), data);
                    }
                }
            }
        }
    }
    all
}

/// The volumes in which a container keeps data: empty folders, claims, folders of the node.
pub(super) fn data(
    view: View<'_>,
    object: &Object,
    container: &Container,
    worker: &Worker,
    env: &BTreeMap<String, String>,
) -> Vec<DataMount> {
    let volumes = object.pod().and_then(|it| it.spec.volumes.as_ref());
    let mounts = container.volume_mounts.iter().flatten();
    let data = mounts.filter_map(|mount| {
        let volume = volumes.into_iter().flatten().find(|it| it.name == mount.name)?;
        let name = if volume.empty_dir.is_some() {
            DataMount::of_pod(worker.uid, &volume.name)
        } else if let Some(claim) = &volume.persistent_volume_claim {
            DataMount::of_claim(object.meta.namespace(), &claim.claim_name)
        } else {
            DataMount::of_node(&worker.node, &volume.host_path.as_ref()?.path)
        };
        let expanded = mount.sub_path_expr.as_deref().map(|it| environment::expand(it, env));
        let sub_path = mount.sub_path.clone().or(expanded).unwrap_or_default();
        let sub_path = sub_path.trim_matches('/');
        Some(DataMount {
            folder: mount.mount_path.trim_end_matches('/').to_owned(),
            volume: name,
            sub_path: if sub_path.is_empty() { String::new() } else { format!("/{sub_path}") },
            read_only: mount.read_only == Some(true),
            of_root: belongs_to_root(view, object, volume),
            capacity: capacity(view, object, volume),
        })
    });
    data.collect()
}

/// Whether only root may write to a volume: a fresh file system of a driver is root's, and the kubelet gives it to the
/// pod's group where `fsGroup` says so (`SetVolumeOwnership`). Empty folders and those of local-path are everybody's.
fn belongs_to_root(view: View<'_>, object: &Object, volume: &Volume) -> bool {
    let of_driver = |it: &PersistentVolumeClaimVolumeSource| {
        let claim = Claim::named(view, object.meta.namespace(), &it.claim_name)?;
        let volume = storage::Volume::named(view, claim.volume_name()?)?;
        volume.spec.csi.as_ref().map(drop)
    };
    let context = object.pod().and_then(|it| it.spec.security_context.as_ref());
    let has_group = context.is_some_and(|it| it.fs_group.is_some());
    !has_group && volume.persistent_volume_claim.as_ref().and_then(of_driver).is_some()
}

/// How much a volume holds: what its claim got.
fn capacity(view: View<'_>, object: &Object, volume: &Volume) -> Option<u64> {
    let name = &volume.persistent_volume_claim.as_ref()?.claim_name;
    let claim = Claim::named(view, object.meta.namespace(), name)?;
    u64::try_from(claim.requested().value()).ok()
}

/// What a volume holds now.
///
/// # Errors
/// The kubelet's words about why it cannot be mounted.
pub(super) fn mount(
    view: View<'_>,
    object: &Object,
    worker: &Worker,
    volume: &Volume,
) -> Result<Files, String> {
    if let Some(it) = &volume.config_map {
        return config_map(view, object, &it.name, it.items.as_deref(), it.optional == Some(true));
    }
    if let Some(it) = &volume.secret {
        let name = it.secret_name.as_deref().unwrap_or_default();
        return secret(view, object, name, it.items.as_deref(), it.optional == Some(true));
    }
    if let Some(it) = &volume.downward_api {
        return downward(view, object, worker, it.items.as_deref().unwrap_or_default());
    }
    if let Some(it) = &volume.projected {
        let mut files = Files::new();
        for source in it.sources.iter().flatten() {
            files.extend(projection(view, object, worker, source)?);
        }
        return Ok(files);
    }
    let empty = volume.empty_dir.is_some()
        || volume.host_path.is_some()
        || volume.persistent_volume_claim.is_some();
    if empty {
        return Ok(Files::from([(String::new(), Vec::new())]));
    }
    Err("opsdrill: not simulated: volumes of this type".to_owned())
}

fn projection(
    view: View<'_>,
    object: &Object,
    worker: &Worker,
    source: &VolumeProjection,
) -> Result<Files, String> {
    if let Some(it) = &source.config_map {
        return config_map(view, object, &it.name, it.items.as_deref(), it.optional == Some(true));
    }
    if let Some(it) = &source.secret {
        return secret(view, object, &it.name, it.items.as_deref(), it.optional == Some(true));
    }
    if let Some(it) = &source.downward_api {
        return downward(view, object, worker, it.items.as_deref().unwrap_or_default());
    }
    if let Some(it) = &source.service_account_token {
        let token = api::bound_token(view.chance().seed(), worker.uid);
        return Ok(Files::from([(it.path.clone(), token.into_bytes())]));
    }
    Err("opsdrill: not simulated: volume projections of this type".to_owned())
}

fn config_map(
    view: View<'_>,
    object: &Object,
    name: &str,
    items: Option<&[KeyToPath]>,
    optional: bool,
) -> Result<Files, String> {
    let namespace = object.meta.namespace();
    let found = view.get(Kind::ConfigMap, namespace, name).and_then(|it| it.config_map());
    let Some(found) = found else {
        if optional {
            return Ok(Files::new());
        }
        return Err(format!("configmap {name:?} not found"));
    };
    let texts = found.data.iter().flatten().map(|(key, it)| (key.clone(), it.clone().into_bytes()));
    let bytes = found.binary_data.iter().flatten().map(|(key, it)| (key.clone(), it.0.clone()));
    pick(texts.chain(bytes).collect(), items, optional, "config")
}

fn secret(
    view: View<'_>,
    object: &Object,
    name: &str,
    items: Option<&[KeyToPath]>,
    optional: bool,
) -> Result<Files, String> {
    let found = view.get(Kind::Secret, object.meta.namespace(), name).and_then(|it| it.secret());
    match found {
        Some(found) => {
            let data = found.data.iter().flatten().map(|(key, it)| (key.clone(), it.0.clone()));
            pick(data.collect(), items, optional, "secret")
        }
        None if optional => Ok(Files::new()),
        None => Err(format!("secret {name:?} not found")),
    }
}

fn pick(
    data: Files,
    items: Option<&[KeyToPath]>,
    optional: bool,
    what: &str,
) -> Result<Files, String> {
    let Some(items) = items.filter(|it| !it.is_empty()) else { return Ok(data) };
    let mut files = Files::new();
    for item in items {
        match data.get(&item.key) {
            Some(content) => {
                files.insert(item.path.clone(), content.clone());
            }
            None if optional => {}
            None => return Err(format!("references non-existent {what} key: {}", item.key)),
        }
    }
    Ok(files)
}

fn downward(
    view: View<'_>,
    object: &Object,
    worker: &Worker,
    items: &[DownwardAPIVolumeFile],
) -> Result<Files, String> {
    let mut files = Files::new();
    for item in items {
        let text = if let Some(it) = &item.field_ref {
            fields::of_pod(view, object, worker, &it.field_path)?
        } else if let Some(it) = &item.resource_field_ref {
            let name = it.container_name.as_deref().unwrap_or_default();
            let containers = object.pod().map(|it| it.spec.containers.as_slice());
            let container = containers.unwrap_or_default().iter().find(|it| it.name == name);
            let container = container.ok_or_else(|| format!("container {name} not found"))?;
            let divisor = it.divisor.as_ref().map(|it| it.0.as_str());
            fields::of_container(view, worker, container, &it.resource, divisor)?
        } else {
            continue;
        };
        files.insert(item.path.clone(), text.into_bytes());
    }
    Ok(files)
}
