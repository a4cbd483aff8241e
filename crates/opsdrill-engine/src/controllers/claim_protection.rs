//! The PVC protection controller: a claim stays as long as a pod uses it.

use opsdrill_objects::Kind;

use super::{Change, Controller, Key, nothing_more};
use crate::storage::{self, CLAIM_PROTECTION};
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "pvc-protection-controller",
    delay: SimDuration(10),
    workers: 10,
    observe,
    reconcile,
    answered: nothing_more,
};

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    match (notice.kind(), &notice.new) {
        (Kind::PersistentVolumeClaim, Some(claim)) => {
            let held = claim.meta.finalizers.iter().any(|it| it == CLAIM_PROTECTION);
            if held == claim.meta.is_terminating() {
                keys.push(Key::of(claim));
            }
        }
        // A pod that is gone may have been the last that used a claim.
        (Kind::Pod, None) => {
            let pod = notice.object();
            let namespace = pod.meta.namespace();
            let claims = pod.pod().into_iter().flat_map(|it| storage::claims_of(&it.spec));
            let claims =
                claims.filter_map(|it| view.get(Kind::PersistentVolumeClaim, namespace, it));
            keys.extend(claims.filter(|it| it.meta.is_terminating()).map(|it| Key::of(it)));
        }
        _ => {}
    }
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let claim = view.get(Kind::PersistentVolumeClaim, &key.namespace, &key.name);
    let Some(claim) = claim else { return Vec::new() };
    let mut next = (**claim).clone();
    let held = next.meta.finalizers.iter().any(|it| it == CLAIM_PROTECTION);
    if !claim.meta.is_terminating() {
        if held {
            return Vec::new();
        }
        next.meta.finalizers.push(CLAIM_PROTECTION.to_owned());
        return vec![Change::update(next)];
    }
    // Pods that have ended count as long as they are there; those without a node do not.
    let mut users = storage::users_of(view, claim);
    let used = users.any(|it| it.pod().is_some_and(|pod| pod.node_name.is_some()));
    if used || !held {
        return Vec::new();
    }
    next.meta.finalizers.retain(|it| it != CLAIM_PROTECTION);
    vec![Change::update(next)]
}
