//! The garbage collector: what is owned goes with its owners, before them, or stays without them.
//!
//! Its keys are UIDs, because it looks at objects of every kind, and at owners that are gone.

use std::sync::Arc;

use opsdrill_objects::{Kind, Object, OwnerReference, Uid};

use super::{Change, Controller, Key, nothing_more};
use crate::api::{Options, Propagation};
use crate::store::Notice;
use crate::time::SimDuration;
use crate::view::View;

pub(super) const CONTROLLER: Controller = Controller {
    name: "generic-garbage-collector",
    delay: SimDuration(50),
    workers: 20,
    observe,
    reconcile,
    answered: nothing_more,
};

/// The finalizer of an owner that waits for its dependents.
const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer of an owner whose dependents are to stay.
const ORPHAN: &str = "orphan";

fn observe(view: View<'_>, notice: &Notice, keys: &mut Vec<Key>) {
    let object = notice.object();
    if object.kind == Kind::Event {
        return;
    }
    let Some(new) = &notice.new else {
        keys.extend((!view.owned_by(object.meta.uid).is_empty()).then(|| key(object.meta.uid)));
        keys.extend(waiting_owners(view, &object.meta.owners));
        return;
    };
    let old = notice.old.as_ref();
    if new.meta.is_terminating() && (has(new, FOREGROUND) || has(new, ORPHAN)) {
        keys.push(key(new.meta.uid));
    }
    let owners = &new.meta.owners;
    if old.is_none_or(|it| it.meta.owners != *owners) {
        if owners.iter().any(|it| !matches!(state(view, new, it), Owner::Solid)) {
            keys.push(key(new.meta.uid));
        }
        keys.extend(old.into_iter().flat_map(|it| waiting_owners(view, &it.meta.owners)));
    }
}

fn key(uid: Uid) -> Key {
    Key::new("", &uid.to_string())
}

/// The owners among these that wait for their dependents' end.
fn waiting_owners(view: View<'_>, owners: &[OwnerReference]) -> Vec<Key> {
    let waits = |it: &&OwnerReference| view.by_uid(it.uid).is_some_and(|it| has(it, FOREGROUND));
    owners.iter().filter(waits).map(|it| key(it.uid)).collect()
}

fn has(object: &Object, finalizer: &str) -> bool {
    object.meta.finalizers.iter().any(|it| it == finalizer)
}

fn reconcile(view: View<'_>, key: &Key) -> Vec<Change> {
    let Some(uid) = Uid::parse(&key.name) else { return Vec::new() };
    let Some(object) = view.by_uid(uid) else {
        // The owner is gone.
        return view.owned_by(uid).into_iter().filter_map(|it| follow_owners(view, it)).collect();
    };
    if object.meta.is_terminating() && has(object, ORPHAN) {
        return release_dependents(view, object);
    }
    if object.meta.is_terminating() && has(object, FOREGROUND) {
        return delete_dependents(view, object);
    }
    follow_owners(view, object).into_iter().collect()
}

/// How it stands with an owner.
enum Owner {
    /// It is there.
    Solid,
    /// It is gone, or another object has its name.
    Dangling,
    /// It waits for this dependent to go.
    Waiting,
}

fn state(view: View<'_>, object: &Object, reference: &OwnerReference) -> Owner {
    // Of a kind that nobody serves the collector cannot know whether it is gone.
    let Some(kind) = view.kinds().preferred(reference.kind) else { return Owner::Solid };
    let namespaced = kind.info().namespaced;
    let namespace = if namespaced { object.meta.namespace() } else { "" };
    match view.get(reference.kind, namespace, &reference.name) {
        Some(owner) if owner.meta.uid != reference.uid => Owner::Dangling,
        Some(owner) if owner.meta.is_terminating() && has(owner, FOREGROUND) => Owner::Waiting,
        Some(_) => Owner::Solid,
        None => Owner::Dangling,
    }
}

/// What becomes of an object because of its owners.
fn follow_owners(view: View<'_>, object: &Arc<Object>) -> Option<Change> {
    let owners = &object.meta.owners;
    if owners.is_empty() || object.meta.is_terminating() {
        return None;
    }
    let (mut solid, mut waiting) = (false, false);
    for owner in owners {
        match state(view, object, owner) {
            Owner::Solid => solid = true,
            Owner::Waiting => waiting = true,
            Owner::Dangling => {}
        }
    }
    if solid {
        let mut next = (**object).clone();
        next.meta.owners.retain(|it| matches!(state(view, object, it), Owner::Solid));
        return (next.meta.owners != *owners).then(|| Change::update(next));
    }
    let propagation = if waiting && !view.owned_by(object.meta.uid).is_empty() {
        Propagation::Foreground
    } else if has(object, ORPHAN) {
        Propagation::Orphan
    } else if has(object, FOREGROUND) {
        Propagation::Foreground
    } else {
        Propagation::Background
    };
    let options = Options { propagation: Some(propagation), ..Options::default() };
    Some(Change::delete(object, options))
}

/// Takes the owner's name off its dependents and lets it go.
fn release_dependents(view: View<'_>, owner: &Arc<Object>) -> Vec<Change> {
    let dependents = view.owned_by(owner.meta.uid);
    let released = dependents.into_iter().map(|it| {
        let mut next = (**it).clone();
        next.meta.owners.retain(|it| it.uid != owner.meta.uid);
        Change::update(next)
    });
    released.chain([without(owner, ORPHAN)]).collect()
}

/// Deletes the dependents, and lets the owner go once none is left that blocks its deletion.
fn delete_dependents(view: View<'_>, owner: &Arc<Object>) -> Vec<Change> {
    let dependents = view.owned_by(owner.meta.uid);
    let blocks = |it: &&Arc<Object>| {
        let owners = &it.meta.owners;
        owners.iter().any(|it| it.uid == owner.meta.uid && it.block_owner_deletion)
    };
    if !dependents.iter().any(blocks) {
        return vec![without(owner, FOREGROUND)];
    }
    dependents.into_iter().filter_map(|it| follow_owners(view, it)).collect()
}

fn without(owner: &Arc<Object>, finalizer: &str) -> Change {
    let mut next = (**owner).clone();
    next.meta.finalizers.retain(|it| it != finalizer);
    Change::update(next)
}
