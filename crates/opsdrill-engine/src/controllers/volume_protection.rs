//! The PV protection controller: a volume stays as long as it is bound.

use opsdrill_objects::Kind;

use super::{Change, Controller, Key, nothing_more};
use crate::storage::{VOLUME_PROTECTION, Volume};
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "pv-protection-controller",
    delay: SimDuration(10),
    workers: 1,
    observe,
    reconcile,
    answered: nothing_more,
};

fn observe(_: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    let volume = notice.new.as_ref().filter(|it| it.kind == Kind::PersistentVolume);
    let held = |finalizers: &[String]| finalizers.iter().any(|it| it == VOLUME_PROTECTION);
    let due = volume.filter(|it| held(&it.meta.finalizers) == it.meta.is_terminating());
    keys.extend(due.map(|it| Key::of(it)));
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(volume) = Volume::named(view, &key.name) else { return Vec::new() };
    let mut next = (**volume.object).clone();
    let held = next.meta.finalizers.iter().any(|it| it == VOLUME_PROTECTION);
    if !next.meta.is_terminating() {
        if held {
            return Vec::new();
        }
        next.meta.finalizers.push(VOLUME_PROTECTION.to_owned());
        return vec![Change::update(next)];
    }
    if volume.phase() == "Bound" || !held {
        return Vec::new();
    }
    next.meta.finalizers.retain(|it| it != VOLUME_PROTECTION);
    vec![Change::update(next)]
}
