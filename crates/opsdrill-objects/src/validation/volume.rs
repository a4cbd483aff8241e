//! Volumes of pods and where containers mount them.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{KeyToPath, Volume, VolumeMount};

use super::{Errors, Path, invalid_each, names, require};
use crate::field_error::FieldError;

/// The names of volumes that containers may mount: those without a complaint.
pub(crate) fn volumes<'a>(
    errors: &mut Errors,
    path: &Path,
    volumes: &'a [Volume],
) -> BTreeSet<&'a str> {
    let mut good = BTreeSet::new();
    for (place, volume) in volumes.iter().enumerate() {
        let path = path.index(place);
        let mut found = Errors::new();
        source(&mut found, &path, volume);
        let name = path.child("name");
        if volume.name.is_empty() {
            found.push(FieldError::required(&name, ""));
        } else {
            invalid_each(&mut found, &name, &volume.name, names::is_dns1123_label(&volume.name));
        }
        if good.contains(volume.name.as_str()) {
            found.push(FieldError::duplicate(&name, &volume.name));
        }
        if found.is_empty() {
            good.insert(volume.name.as_str());
        }
        errors.append(&mut found);
    }
    good
}

/// The kinds of source that a simulated cluster can serve, and the others as one.
fn source(errors: &mut Errors, path: &Path, volume: &Volume) {
    let given = [
        ("emptyDir", volume.empty_dir.is_some()),
        ("hostPath", volume.host_path.is_some()),
        ("nfs", volume.nfs.is_some()),
        ("secret", volume.secret.is_some()),
        ("persistentVolumeClaim", volume.persistent_volume_claim.is_some()),
        ("configMap", volume.config_map.is_some()),
        ("projected", volume.projected.is_some()),
        ("downwardAPI", volume.downward_api.is_some()),
        ("csi", volume.csi.is_some()),
        ("ephemeral", volume.ephemeral.is_some()),
    ];
    for (field, _) in given.iter().filter(|(_, is_given)| *is_given).skip(1) {
        let why = "may not specify more than 1 volume type";
        errors.push(FieldError::forbidden(path.child(field), why));
    }
    if let Some(source) = &volume.host_path {
        require(errors, &path.child("hostPath").child("path"), Some(&source.path));
    }
    if let Some(source) = &volume.persistent_volume_claim {
        let path = path.child("persistentVolumeClaim").child("claimName");
        require(errors, &path, Some(&source.claim_name));
    }
    if let Some(source) = &volume.secret {
        let path = path.child("secret");
        require(errors, &path.child("secretName"), source.secret_name.as_deref());
        mode(errors, &path.child("defaultMode"), source.default_mode);
        items(errors, &path.child("items"), source.items.as_deref());
    }
    if let Some(source) = &volume.config_map {
        let path = path.child("configMap");
        require(errors, &path.child("name"), Some(&source.name));
        mode(errors, &path.child("defaultMode"), source.default_mode);
        items(errors, &path.child("items"), source.items.as_deref());
    }
}

fn mode(errors: &mut Errors, path: &Path, mode: Option<i32>) {
    if let Some(mode) = mode.filter(|it| !(0..=0o777).contains(it)) {
        let why = "must be a number between 0 and 0777 (octal), both inclusive";
        errors.push(FieldError::invalid_raw(path, mode, why));
    }
}

fn items(errors: &mut Errors, path: &Path, items: Option<&[KeyToPath]>) {
    for (place, item) in items.into_iter().flatten().enumerate() {
        let path = path.index(place);
        require(errors, &path.child("key"), Some(&item.key));
        let target = path.child("path");
        if item.path.is_empty() {
            errors.push(FieldError::required(&target, ""));
        } else {
            inside(errors, &target, &item.path);
        }
        mode(errors, &path.child("mode"), item.mode);
    }
}

/// A path that stays within its directory.
fn inside(errors: &mut Errors, path: &Path, value: &str) {
    if value.starts_with('/') {
        errors.push(FieldError::invalid(path, value, "must be a relative path"));
    }
    if value.split('/').any(|it| it == "..") {
        errors.push(FieldError::invalid(path, value, "must not contain '..'"));
    }
}

/// The mounts of one container.
pub(crate) fn mounts(
    errors: &mut Errors,
    path: &Path,
    mounts: &[VolumeMount],
    volumes: &BTreeSet<&str>,
) {
    let mut taken = BTreeSet::new();
    for (place, mount) in mounts.iter().enumerate() {
        let path = path.index(place);
        require(errors, &path.child("name"), Some(&mount.name));
        if !volumes.contains(mount.name.as_str()) {
            errors.push(FieldError::not_found(path.child("name"), &mount.name));
        }
        let target = path.child("mountPath");
        require(errors, &target, Some(&mount.mount_path));
        if !taken.insert(mount.mount_path.as_str()) {
            errors.push(FieldError::invalid(&target, &mount.mount_path, "must be unique"));
        }
        if let Some(sub_path) = mount.sub_path.as_deref().filter(|it| !it.is_empty()) {
            inside(errors, &path.child("subPath"), sub_path);
        }
    }
}

/// The ways in which a persistent volume may be mounted.
pub(crate) fn access_modes(errors: &mut Errors, path: &Path, modes: Option<&[String]>) {
    let modes = modes.unwrap_or_default();
    if modes.is_empty() {
        errors.push(FieldError::required(path, "at least 1 access mode is required"));
    }
    let words = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
    for mode in modes.iter().filter(|it| !words.contains(&it.as_str())) {
        errors.push(FieldError::not_supported(path, mode, &words));
    }
    let alone = modes.iter().any(|it| it == "ReadWriteOncePod");
    if alone && modes.len() > 1 {
        let why = "may not use ReadWriteOncePod with other access modes";
        errors.push(FieldError::forbidden(path, why));
    }
}
