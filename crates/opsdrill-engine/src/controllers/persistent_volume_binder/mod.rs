//! The binder: claims and volumes find each other.
//!
//! The rules are those of kube-controller-manager's `pkg/controller/volume/persistentvolume`. It looks at claims and at
//! volumes; the key of a volume has no namespace.

mod claim;
mod provision;
mod volume;

use opsdrill_objects::Kind;

use super::{Change, Controller, Key, nothing_more};
use crate::storage::{Claim, Volume};
use crate::store::Notice;
use crate::time::{SimDuration, SimTime};
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "persistent-volume-binder",
    delay: SimDuration(10),
    workers: 2,
    observe,
    reconcile,
    answered: nothing_more,
};

/// The time between two looks at what still waits (`PVClaimBinderSyncPeriod`), in seconds.
const PERIOD_SECONDS: i64 = 15;

fn observe(_: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    let object = notice.object();
    match notice.kind() {
        Kind::PersistentVolumeClaim if notice.new.is_some() => keys.push(Key::of(object)),
        Kind::PersistentVolumeClaim => {
            let volume = Claim::of(object).and_then(Claim::volume_name);
            keys.extend(volume.map(|it| Key::new("", it)));
        }
        Kind::PersistentVolume => {
            if notice.new.is_some() {
                keys.push(Key::of(object));
            }
            let claim = Volume::of(object).and_then(|it| it.spec.claim_ref.as_ref());
            let key =
                claim.and_then(|it| Some(Key::new(it.namespace.as_ref()?, it.name.as_ref()?)));
            keys.extend(key);
        }
        _ => {}
    }
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    if key.namespace.is_empty() {
        return volume::sync(view, &key.name);
    }
    claim::sync(view, key)
}

/// When everything that waits is looked at again: the controller's clock, not the claim's.
fn next_period(view: View<'_>) -> SimTime {
    let past = view.unix_now().rem_euclid(PERIOD_SECONDS).unsigned_abs();
    let whole = SimTime(view.now().0 / 1000 * 1000);
    whole + SimDuration::seconds(PERIOD_SECONDS.unsigned_abs() - past)
}
