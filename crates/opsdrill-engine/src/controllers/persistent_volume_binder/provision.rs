//! A claim for which a volume has to be made: somebody is asked to (`provisionClaim`).

use crate::controllers::Change;
use crate::storage::{self, Claim, PROVISIONER};
use crate::view::View;

/// Asks the provisioner of the claim's class, or tells why nobody can be asked.
pub(super) fn begin(view: View<'_>, claim: Claim<'_>) -> Vec<Change> {
    let object = claim.object;
    let failed = |message: String| vec![Change::warning(object, "ProvisioningFailed", message)];
    let Some(class) = storage::class(view, claim.class()) else {
        return failed(format!("storageclass.storage.k8s.io {:?} not found", claim.class()));
    };
    let provisioner = storage::migrated(&class.provisioner);
    if provisioner.starts_with("kubernetes.io/") {
        return failed(format!("no volume plugin matched name: {provisioner}"));
    }
    let mut changes = Vec::new();
    let mut next = (**object).clone();
    for annotation in PROVISIONER {
        next.meta.set_annotation(annotation, Some(provisioner));
    }
    if next != **object {
        changes.push(Change::update(next));
    }
    let message = format!(
        "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
    );
    changes.push(Change::normal(object, "ExternalProvisioning", message));
    changes
}
