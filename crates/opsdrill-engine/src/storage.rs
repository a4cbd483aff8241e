//! What the binder, the provisioner, the scheduler and kubelets ask of claims, volumes and classes.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{
    ObjectReference, PersistentVolumeClaimSpec, PersistentVolumeSpec, PodSpec,
};
use k8s_openapi::api::storage::v1::StorageClass;
use opsdrill_objects::quantity::Quantity;
use opsdrill_objects::selector::Selector;
use opsdrill_objects::{Kind, Object};

use crate::view::View;

/// The binder has bound this claim once and for all.
pub(crate) const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
/// The binder, not the user, has put the two together.
pub(crate) const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
/// On a volume: who has made it.
pub(crate) const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
/// On a claim: the node for which the scheduler wants a volume.
pub(crate) const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
/// On a claim: who is to make its volume, under its old and its new name.
pub(crate) const PROVISIONER: [&str; 2] =
    ["volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner"];
/// Held by a claim until no pod uses it.
pub(crate) const CLAIM_PROTECTION: &str = "kubernetes.io/pvc-protection";
/// Held by a volume until no claim is bound to it.
pub(crate) const VOLUME_PROTECTION: &str = "kubernetes.io/pv-protection";
/// The provisioner of classes whose volumes people make.
pub(crate) const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";
/// The class of old manifests.
const CLASS_ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";
/// What makes a class the one for claims that name none.
const DEFAULT_CLASS: [&str; 2] = [
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
];

/// A claim.
#[derive(Clone, Copy)]
pub(crate) struct Claim<'a> {
    /// The object.
    pub object: &'a Arc<Object>,
    /// Its specification.
    pub spec: &'a PersistentVolumeClaimSpec,
}

impl<'a> Claim<'a> {
    /// An object as a claim.
    pub(crate) fn of(object: &'a Arc<Object>) -> Option<Self> {
        Some(Self { object, spec: object.persistent_volume_claim()?.spec.as_ref()? })
    }

    /// The claim of a name.
    pub(crate) fn named(view: View<'a>, namespace: &str, name: &str) -> Option<Self> {
        Self::of(view.get(Kind::PersistentVolumeClaim, namespace, name)?)
    }

    /// `Pending`, `Bound` or `Lost`.
    pub(crate) fn phase(self) -> &'a str {
        let status = self.object.persistent_volume_claim().and_then(|it| it.status.as_ref());
        status.and_then(|it| it.phase.as_deref()).unwrap_or("Pending")
    }

    /// The class that it names, empty for none.
    pub(crate) fn class(self) -> &'a str {
        class_of(self.object, self.spec)
    }

    /// Whether it says nothing of a class, so that the default class is meant.
    pub(crate) fn wants_default_class(self) -> bool {
        lacks_class(self.object)
    }

    /// The volume that it is or wants to be bound to.
    pub(crate) fn volume_name(self) -> Option<&'a str> {
        self.spec.volume_name.as_deref().filter(|it| !it.is_empty())
    }

    /// Whether the binder is done with it.
    pub(crate) fn is_bound(self) -> bool {
        self.volume_name().is_some() && self.object.meta.annotation(BIND_COMPLETED).is_some()
    }

    /// How much it asks for.
    pub(crate) fn requested(self) -> Quantity {
        requested(self.spec)
    }

    /// Whether it waits until a pod that uses it has a node (`IsDelayBindingMode`).
    pub(crate) fn is_delayed(self, view: View<'_>) -> bool {
        let class = class(view, self.class());
        class.is_some_and(|it| it.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer"))
    }

    fn mode(self) -> &'a str {
        self.spec.volume_mode.as_deref().unwrap_or("Filesystem")
    }
}

/// The class that a claim names, empty for none (`GetPersistentVolumeClaimClass`).
pub(crate) fn class_of<'a>(object: &'a Object, spec: &'a PersistentVolumeClaimSpec) -> &'a str {
    let annotated = object.meta.annotation(CLASS_ANNOTATION);
    annotated.or(spec.storage_class_name.as_deref()).unwrap_or_default()
}

/// How much a claim asks for.
pub(crate) fn requested(spec: &PersistentVolumeClaimSpec) -> Quantity {
    let requests = spec.resources.as_ref().and_then(|it| it.requests.as_ref());
    let amount = requests.and_then(|it| Quantity::parse(&it.get("storage")?.0).ok());
    amount.unwrap_or(Quantity::ZERO)
}

/// A volume.
#[derive(Clone, Copy)]
pub(crate) struct Volume<'a> {
    /// The object.
    pub object: &'a Arc<Object>,
    /// Its specification.
    pub spec: &'a PersistentVolumeSpec,
}

impl<'a> Volume<'a> {
    /// An object as a volume.
    pub(crate) fn of(object: &'a Arc<Object>) -> Option<Self> {
        Some(Self { object, spec: object.persistent_volume()?.spec.as_ref()? })
    }

    /// The volume of a name.
    pub(crate) fn named(view: View<'a>, name: &str) -> Option<Self> {
        Self::of(view.get(Kind::PersistentVolume, "", name)?)
    }

    /// `Pending`, `Available`, `Bound`, `Released` or `Failed`.
    pub(crate) fn phase(self) -> &'a str {
        let status = self.object.persistent_volume().and_then(|it| it.status.as_ref());
        status.and_then(|it| it.phase.as_deref()).unwrap_or("Pending")
    }

    /// Its class, empty for none.
    pub(crate) fn class(self) -> &'a str {
        let annotated = self.object.meta.annotation(CLASS_ANNOTATION);
        annotated.or(self.spec.storage_class_name.as_deref()).unwrap_or_default()
    }

    /// How much it holds.
    pub(crate) fn capacity(self) -> Quantity {
        let amount = self.spec.capacity.as_ref().and_then(|it| it.get("storage"));
        amount.and_then(|it| Quantity::parse(&it.0).ok()).unwrap_or(Quantity::ZERO)
    }

    /// `Retain`, `Delete` or `Recycle`.
    pub(crate) fn reclaim_policy(self) -> &'a str {
        self.spec.persistent_volume_reclaim_policy.as_deref().unwrap_or("Retain")
    }

    /// Whether it is reserved for a claim or bound to it (`IsVolumeBoundToClaim`).
    pub(crate) fn is_meant_for(self, claim: &Object) -> bool {
        let Some(reference) = &self.spec.claim_ref else { return false };
        reference.name.as_deref() == Some(&*claim.meta.name)
            && reference.namespace.as_deref() == Some(claim.meta.namespace())
            && reference
                .uid
                .as_deref()
                .is_none_or(|it| it.is_empty() || it == claim.meta.uid.to_string())
    }

    /// Whether both say the same of being a device or a file system.
    pub(crate) fn has_mode_of(self, claim: Claim<'_>) -> bool {
        self.spec.volume_mode.as_deref().unwrap_or("Filesystem") == claim.mode()
    }

    /// Whether it can be accessed in all ways that a claim asks for.
    fn offers_access_of(self, claim: Claim<'_>) -> bool {
        let offered = self.spec.access_modes.as_deref().unwrap_or_default();
        claim.spec.access_modes.iter().flatten().all(|it| offered.contains(it))
    }

    /// What keeps it from a claim that asks for it by its name (`CheckVolumeSatisfyClaim`).
    pub(crate) fn complaint_about(self, claim: Claim<'_>) -> Option<&'static str> {
        if self.capacity() < claim.requested() {
            Some("requested PV is too small")
        } else if self.class() != claim.class() {
            Some("storageClassName does not match")
        } else if !self.has_mode_of(claim) {
            Some("incompatible volumeMode")
        } else if !self.offers_access_of(claim) {
            Some("incompatible accessMode")
        } else {
            None
        }
    }
}

/// The volumes that a claim can have, best first: the one that is reserved for it, or those that are free, if they are
/// asked for, the smallest first (`FindMatchingVolume`).
pub(crate) fn volumes_for<'w>(view: View<'w>, claim: Claim<'_>, free: bool) -> Vec<Volume<'w>> {
    let selector = claim.spec.selector.as_ref();
    let selector = selector
        .map_or_else(|| Ok(Selector::everything()), |it| Selector::from_label_selector(Some(it)));
    let selector = selector.unwrap_or_else(|_| Selector::nothing());
    let (class, wanted) = (claim.class(), claim.requested());
    let mut found: Vec<(Quantity, Volume<'w>)> = Vec::new();
    for volume in view.list(Kind::PersistentVolume, "").filter_map(Volume::of) {
        let reserved = volume.spec.claim_ref.is_some();
        // Most are bound to somebody else, or of another class.
        if reserved && !volume.is_meant_for(claim.object) || !reserved && volume.class() != class {
            continue;
        }
        let capacity = volume.capacity();
        let fits = !volume.object.meta.is_terminating()
            && volume.has_mode_of(claim)
            && volume.offers_access_of(claim)
            && capacity >= wanted;
        if fits && reserved {
            return vec![volume];
        }
        let can_be_had = fits && free && volume.phase() == "Available";
        if can_be_had && selector.matches(&volume.object.meta.labels) {
            found.push((capacity, volume));
        }
    }
    // Of those of one size the first by name.
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found.into_iter().map(|(_, volume)| volume).collect()
}

/// Whether a claim or volume says nothing of a class; the empty class is one.
pub(crate) fn lacks_class(object: &Object) -> bool {
    let claim = object.persistent_volume_claim().and_then(|it| it.spec.as_ref());
    claim.is_some_and(|it| it.storage_class_name.is_none())
        && object.meta.annotation(CLASS_ANNOTATION).is_none()
}

/// A class.
pub(crate) fn class<'w>(view: View<'w>, name: &str) -> Option<&'w StorageClass> {
    if name.is_empty() {
        return None;
    }
    view.get(Kind::StorageClass, "", name)?.storage_class()
}

/// The class for claims that name none: of several the newest (`GetDefaultClass`).
pub(crate) fn default_class(view: View<'_>) -> Option<&Arc<Object>> {
    let classes = view
        .list(Kind::StorageClass, "")
        .filter(|class| DEFAULT_CLASS.iter().any(|it| class.meta.annotation(it) == Some("true")));
    // Of those made at once the first by name.
    classes.reduce(|best, it| if it.meta.created > best.meta.created { it } else { best })
}

/// The name of an in-tree plugin's CSI driver, which does its work today.
pub(crate) fn migrated(provisioner: &str) -> &str {
    match provisioner {
        "kubernetes.io/aws-ebs" => "ebs.csi.aws.com",
        "kubernetes.io/gce-pd" => "pd.csi.storage.gke.io",
        "kubernetes.io/azure-disk" => "disk.csi.azure.com",
        "kubernetes.io/azure-file" => "file.csi.azure.com",
        "kubernetes.io/cinder" => "cinder.csi.openstack.org",
        "kubernetes.io/vsphere-volume" => "csi.vsphere.vmware.com",
        "kubernetes.io/portworx-volume" => "pxd.portworx.com",
        other => other,
    }
}

/// The names of the claims that a pod mounts.
pub(crate) fn claims_of(pod: &PodSpec) -> impl Iterator<Item = &str> {
    let volumes = pod.volumes.iter().flatten();
    volumes.filter_map(|it| Some(it.persistent_volume_claim.as_ref()?.claim_name.as_str()))
}

/// The pods of a claim's namespace that mount it.
pub(crate) fn users_of<'w>(
    view: View<'w>,
    claim: &Object,
) -> impl Iterator<Item = &'w Arc<Object>> + use<'w> {
    let name = claim.meta.name.clone();
    view.list(Kind::Pod, claim.meta.namespace())
        .filter(move |it| it.pod().is_some_and(|pod| claims_of(&pod.spec).any(|it| it == &*name)))
}

/// What a volume says of its claim.
pub(crate) fn reference_to(claim: &Object) -> ObjectReference {
    ObjectReference {
        api_version: Some("v1".into()),
        kind: Some("PersistentVolumeClaim".into()),
        name: Some(claim.meta.name.to_string()),
        namespace: Some(claim.meta.namespace().to_owned()),
        resource_version: Some(claim.meta.resource_version.to_string()),
        uid: Some(claim.meta.uid.to_string()),
        ..ObjectReference::default()
    }
}

/// A volume reserved for a claim, with the sign that nobody had asked for it; `None` if it is already.
pub(crate) fn reserved(volume: Volume<'_>, claim: &Object) -> Option<Object> {
    let mut next = (**volume.object).clone();
    let known = volume.is_meant_for(claim);
    if !known {
        next.meta.set_annotation(BOUND_BY_CONTROLLER, Some("yes"));
    }
    let uid = volume.spec.claim_ref.as_ref().and_then(|it| it.uid.as_deref());
    if known && uid == Some(&*claim.meta.uid.to_string()) {
        return None;
    }
    let spec = next.persistent_volume_mut()?.spec.as_mut()?;
    spec.claim_ref = Some(reference_to(claim));
    Some(next)
}
