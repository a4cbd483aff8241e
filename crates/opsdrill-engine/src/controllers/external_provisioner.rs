//! Whoever makes and removes volumes for classes: the local-path provisioner, and one for each CSI driver of the cluster.
//!
//! `rancher.io/local-path` runs on every cluster, a CSI driver's where its `CSIDriver` stands; whoever else a class
//! names never answers, as in life.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::api::core::v1::{
    CSIPersistentVolumeSource, HostPathVolumeSource, NodeSelector, NodeSelectorRequirement,
    NodeSelectorTerm, PersistentVolume, PersistentVolumeSpec, VolumeNodeAffinity,
};
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use opsdrill_objects::event::EventType;
use opsdrill_objects::{Kind, Meta, Object, Uid};
use rand::Rng;

use super::{Answered, Change, Controller, Emission, Key};
use crate::api::Options;
use crate::chance;
use crate::storage::{self, Claim, PROVISIONED_BY, PROVISIONER, SELECTED_NODE, Volume};
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "external-provisioner",
    // The storage behind it takes its time.
    delay: SimDuration(1_500),
    workers: 10,
    observe,
    reconcile,
    answered,
};

/// The provisioner of kind and k3s: folders of the node.
const LOCAL_PATH: &str = "rancher.io/local-path";
/// Where its folders are.
const LOCAL_FOLDER: &str = "/opt/local-path-provisioner";
/// How long a provisioner waits after its first failure; each doubles it, up to the longest wait
/// (`sig-storage-lib-external-provisioner`).
const RETRY: SimDuration = SimDuration::seconds(15);
const RETRY_MAX: SimDuration = SimDuration::seconds(1000);
/// The label by which drivers tell where a volume can be reached.
const ZONE: &str = "topology.kubernetes.io/zone";
const HOSTNAME: &str = "kubernetes.io/hostname";

/// Whether somebody answers to the name of a provisioner.
fn runs(view: View<'_>, provisioner: &str) -> bool {
    provisioner == LOCAL_PATH || view.get(Kind::CSIDriver, "", provisioner).is_some()
}

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    let Some(object) = &notice.new else { return };
    match notice.kind() {
        Kind::PersistentVolumeClaim | Kind::PersistentVolume => {
            keys.extend(is_due(view, object).then(|| Key::of(object)));
        }
        // A provisioner that starts looks at all that was left to it.
        Kind::CSIDriver if notice.old.is_none() => {
            let claims = view.list(Kind::PersistentVolumeClaim, "");
            let all = claims.chain(view.list(Kind::PersistentVolume, ""));
            keys.extend(all.filter(|it| is_due(view, it)).map(|it| Key::of(it)));
        }
        _ => {}
    }
}

/// Whether a claim is to get a volume, or a volume is to go.
fn is_due(view: View<'_>, object: &Arc<Object>) -> bool {
    let Some(claim) = Claim::of(object) else { return can_go(view, object) };
    let asked = object.meta.annotation(PROVISIONER[1]).filter(|it| runs(view, it));
    asked.is_some() && claim.volume_name().is_none() && !object.meta.is_terminating()
}

/// Whether a volume is one of those that are removed when their claim is gone.
fn can_go(view: View<'_>, object: &Arc<Object>) -> bool {
    let by = object.meta.annotation(PROVISIONED_BY);
    let over = |it: Volume<'_>| it.reclaim_policy() == "Delete" && it.phase() == "Released";
    !object.meta.is_terminating()
        && by.is_some_and(|it| runs(view, it))
        && Volume::of(object).is_some_and(over)
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    if key.namespace.is_empty() {
        let volume = view.get(Kind::PersistentVolume, "", &key.name);
        let volume = volume.filter(|it| can_go(view, it));
        return volume.map(|it| Change::delete(it, Options::default())).into_iter().collect();
    }
    let Some(claim) = Claim::named(view, &key.namespace, &key.name) else { return Vec::new() };
    let object = claim.object;
    let by = object.meta.annotation(PROVISIONER[1]).filter(|it| runs(view, it));
    let (Some(by), Some(class)) = (by, storage::class(view, claim.class())) else {
        return Vec::new();
    };
    let name = format!("pvc-{}", object.meta.uid);
    let made = view.get(Kind::PersistentVolume, "", &name).is_some();
    if made || claim.volume_name().is_some() || object.meta.is_terminating() {
        return Vec::new();
    }
    let message =
        format!("External provisioner is provisioning volume for claim {:?}", object.path());
    let mut changes = vec![told(view, by, object, EventType::Normal, "Provisioning", message)];
    match volume(view, claim, class, by, name) {
        Ok(volume) => changes.push(Change::Create(Box::new(volume))),
        Err(why) => {
            let class = claim.class();
            let message = format!("failed to provision volume with StorageClass {class:?}: {why}");
            changes.push(told(view, by, object, EventType::Warning, "ProvisioningFailed", message));
            changes.push(Change::Again(view.now() + wait(view, object)));
        }
    }
    changes
}

/// The wait after a failure: about as long again as the claim has waited, since each wait is twice the one before.
fn wait(view: View<'_>, claim: &Object) -> SimDuration {
    let waited = view.unix_now() - claim.meta.created;
    SimDuration::seconds(waited.max(0).cast_unsigned()).clamp(RETRY, RETRY_MAX)
}

/// What a provisioner calls itself: by its name, its pod's and a UUID of its own.
fn identity(view: View<'_>, by: &str) -> String {
    let mut stream = view.chance().stream("provisioner", by);
    let pod = if by == LOCAL_PATH {
        let (set, pod) = (chance::letters(&mut stream, 10), chance::letters(&mut stream, 5));
        format!("local-path-provisioner-{set}-{pod}")
    } else {
        "csi-controller-0".to_owned()
    };
    let random = (u128::from(stream.next_u64()) << 64) | u128::from(stream.next_u64());
    format!("{by}_{pod}_{}", Uid::random(random))
}

/// An event of a provisioner.
fn told(
    view: View<'_>,
    by: &str,
    about: &Arc<Object>,
    event_type: EventType,
    reason: &'static str,
    message: String,
) -> Change {
    let emission = Emission { about: about.clone(), field_path: None, event_type, reason, message };
    Change::EmitAs(identity(view, by), emission)
}

fn answered(view: View<'_>, key: &Key, answered: Answered<'_>) -> Vec<Change> {
    let claim = Claim::named(view, &key.namespace, &key.name);
    let (Some(claim), Ok(volume)) = (claim, answered.result) else { return Vec::new() };
    let by = volume.meta.annotation(PROVISIONED_BY).unwrap_or_default();
    let message = format!("Successfully provisioned volume {}", volume.meta.name);
    vec![told(view, by, claim.object, EventType::Normal, "ProvisioningSucceeded", message)]
}

/// The new volume of a claim.
///
/// # Errors
/// What the provisioner says if it cannot make one.
fn volume(
    view: View<'_>,
    claim: Claim<'_>,
    class: &StorageClass,
    by: &str,
    name: String,
) -> Result<Object, String> {
    let mut annotations = BTreeMap::from([(PROVISIONED_BY.to_owned(), by.to_owned())]);
    let selected = claim.object.meta.annotation(SELECTED_NODE);
    let mut spec = PersistentVolumeSpec {
        access_modes: claim.spec.access_modes.clone(),
        capacity: Some(BTreeMap::from([(
            "storage".to_owned(),
            Quantity(claim.requested().to_string()),
        )])),
        claim_ref: Some(storage::reference_to(claim.object)),
        mount_options: class.mount_options.clone(),
        persistent_volume_reclaim_policy: class.reclaim_policy.clone(),
        storage_class_name: Some(claim.class().to_owned()),
        volume_mode: claim.spec.volume_mode.clone(),
        ..PersistentVolumeSpec::default()
    };
    if claim.spec.selector.is_some() {
        return Err("claim.Spec.Selector is not supported".to_owned());
    }
    if by == LOCAL_PATH {
        let node = selected.ok_or("configuration error, no node was specified")?;
        let alone = ["ReadWriteOnce", "ReadWriteOncePod"];
        if !claim.spec.access_modes.iter().flatten().all(|it| alone.contains(&it.as_str())) {
            return Err(
                "NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes"
                    .to_owned(),
            );
        }
        annotations.insert("local.path.provisioner/selected-node".to_owned(), node.to_owned());
        let meta = &claim.object.meta;
        let path = format!("{LOCAL_FOLDER}/{name}_{}_{}", meta.namespace(), meta.name);
        let type_ = Some("DirectoryOrCreate".to_owned());
        spec.host_path = Some(HostPathVolumeSource { path, type_ });
        spec.node_affinity =
            Some(only_where(HOSTNAME, label(view, node, HOSTNAME).unwrap_or(node)));
    } else {
        let parameter = |key: &str| class.parameters.as_ref()?.get(key).cloned();
        spec.csi = Some(CSIPersistentVolumeSource {
            driver: by.to_owned(),
            fs_type: Some(parameter("csi.storage.k8s.io/fstype").unwrap_or("ext4".to_owned())),
            volume_attributes: Some(BTreeMap::from([(
                "storage.kubernetes.io/csiProvisionerIdentity".to_owned(),
                format!("{}-{}-{by}", view.unix_now() * 1000, 1 + claim.object.meta.uid.0 % 9999),
            )])),
            volume_handle: format!("vol-{:017x}", claim.object.meta.uid.0 >> 60),
            ..CSIPersistentVolumeSource::default()
        });
        spec.node_affinity = zone(view, claim, selected).map(|it| only_where(ZONE, it));
    }
    let meta = Meta { annotations: Arc::new(annotations), ..Meta::named(None, &name) };
    Ok(Object::new(meta, PersistentVolume { spec: Some(spec), ..PersistentVolume::default() }))
}

fn label<'w>(view: View<'w>, node: &str, key: &str) -> Option<&'w str> {
    view.get(Kind::Node, "", node)?.meta.label(key)
}

/// The zone of a new volume: that of the node for which it is made, or any.
fn zone<'w>(view: View<'w>, claim: Claim<'_>, selected: Option<&str>) -> Option<&'w str> {
    if let Some(node) = selected {
        return label(view, node, ZONE);
    }
    let zones: BTreeSet<&str> =
        view.list(Kind::Node, "").filter_map(|it| it.meta.label(ZONE)).collect();
    let place = claim.object.meta.uid.0 % zones.len().max(1) as u128;
    zones.into_iter().nth(place as usize)
}

/// Where a volume can be reached: on nodes with this label.
fn only_where(key: &str, value: &str) -> VolumeNodeAffinity {
    let requirement = NodeSelectorRequirement {
        key: key.to_owned(),
        operator: "In".to_owned(),
        values: Some(vec![value.to_owned()]),
    };
    let term = NodeSelectorTerm {
        match_expressions: Some(vec![requirement]),
        ..NodeSelectorTerm::default()
    };
    VolumeNodeAffinity { required: Some(NodeSelector { node_selector_terms: vec![term] }) }
}
