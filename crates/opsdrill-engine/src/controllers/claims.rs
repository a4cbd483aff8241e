//! Who owns what: controllers take what their selector matches and nobody controls, and let go what it no longer matches.

use std::borrow::Cow;
use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use opsdrill_objects::selector::Selector;
use opsdrill_objects::{Kind, Object, OwnerReference};

use super::{Change, Key};
use crate::dependent::{Dependent, Matcher, Tally};
use crate::store::Notice;
use crate::view::View;

/// What an owner controls.
pub(super) struct Claimed<'w> {
    /// The objects, in order of their names; among them those adopted now.
    pub(super) objects: Vec<Cow<'w, Dependent>>,
    /// Adoptions and releases.
    pub(super) changes: Vec<Change>,
}

/// The reference that marks an owner as the controller.
pub(super) fn controller_reference(owner: &Object) -> OwnerReference {
    OwnerReference {
        kind: owner.kind,
        name: owner.meta.name.clone(),
        uid: owner.meta.uid,
        controller: true,
        block_owner_deletion: true,
    }
}

/// Finds what an owner controls among the objects of a kind that are eligible.
pub(super) fn claim<'w>(
    view: View<'w>,
    owner: &Object,
    kind: Kind,
    selector: &LabelSelector,
    eligible: impl Fn(&Dependent) -> bool,
) -> Claimed<'w> {
    let labels_wanted =
        Selector::from_label_selector(Some(selector)).unwrap_or_else(|_| Selector::nothing());
    let mut matcher = Matcher::of(labels_wanted.clone());
    let mut claimed = Claimed { objects: Vec::new(), changes: Vec::new() };
    for dependent in view.dependents(owner.meta.uid) {
        if !dependent.controlled || dependent.object.kind != kind || !eligible(dependent) {
            continue;
        }
        if matcher.matches(&dependent.labels) {
            claimed.objects.push(Cow::Borrowed(dependent));
        } else if !owner.meta.is_terminating() {
            claimed.changes.push(release(&dependent.object, owner));
        }
    }
    if owner.meta.is_terminating() {
        return claimed;
    }
    let wanted = selector.match_labels.iter().flatten();
    let uncontrolled = view.uncontrolled(kind, owner.meta.namespace(), wanted).into_iter();
    let orphans = uncontrolled.map(|it| Dependent::of(it, owner.meta.uid)).filter(|it| {
        !it.object.meta.is_terminating() && eligible(it) && labels_wanted.matches(&it.labels)
    });
    let own = claimed.objects.len();
    for orphan in orphans {
        claimed.changes.push(adopt(&orphan.object, owner));
        claimed.objects.push(Cow::Owned(orphan));
    }
    if claimed.objects.len() > own {
        claimed.objects.sort_by(|a, b| a.object.meta.name.cmp(&b.object.meta.name));
    }
    claimed
}

/// What an owner controls of a kind, counted; `None` if something may have to be adopted or released, so that each must be
/// looked at.
///
/// An owner of hundreds gets a turn whenever one of them has changed.
pub(super) fn count<'w>(
    view: View<'w>,
    owner: &Object,
    kind: Kind,
    selector: &LabelSelector,
) -> Option<Vec<&'w Tally>> {
    let wanted = selector.match_labels.iter().flatten();
    let orphans = view.uncontrolled(kind, owner.meta.namespace(), wanted);
    let selector = Selector::from_label_selector(Some(selector)).ok()?;
    let tallies = view.tallies(owner.meta.uid).iter().filter(|it| it.kind == kind);
    let tallies: Vec<&Tally> = tallies.collect();
    let settled = !owner.meta.is_terminating()
        && orphans.is_empty()
        && tallies.iter().all(|it| selector.matches(&it.labels));
    settled.then_some(tallies)
}

fn adopt(object: &Object, owner: &Object) -> Change {
    let mut adopted = object.clone();
    adopted.meta.owners.push(controller_reference(owner));
    Change::update(adopted)
}

fn release(object: &Object, owner: &Object) -> Change {
    let mut released = object.clone();
    released.meta.owners.retain(|it| it.uid != owner.meta.uid);
    Change::update(released)
}

/// The keys of owners of a kind that a change to a dependent concerns: those that control it or did, and, for one that
/// nobody controls, those that may adopt it.
pub(super) fn owners_of(
    view: View<'_>,
    notice: &Notice,
    owner_kind: Kind,
    selector: fn(&Object) -> Option<&LabelSelector>,
    keys: &mut Vec<Key>,
) {
    let adopts = |owner: &Object, labels: &BTreeMap<String, String>| {
        let selector = Selector::from_label_selector(selector(owner));
        selector.is_ok_and(|it| it.matches(labels))
    };
    owners_by(view, notice, owner_kind, adopts, keys);
}

/// The same for owners whose selector is of another form.
pub(super) fn owners_by(
    view: View<'_>,
    notice: &Notice,
    owner_kind: Kind,
    adopts: impl Fn(&Object, &BTreeMap<String, String>) -> bool,
    keys: &mut Vec<Key>,
) {
    let states = notice.old.iter().chain(notice.new.iter());
    for state in states {
        let controller = state.meta.controller().filter(|it| it.kind == owner_kind);
        let key = controller.map(|it| Key::new(state.meta.namespace(), &it.name));
        if let Some(key) = key
            && keys.last() != Some(&key)
        {
            keys.push(key);
        }
    }
    let Some(orphan) = notice.new.as_ref().filter(|it| it.meta.controller().is_none()) else {
        return;
    };
    let unchanged = notice.old.as_ref().is_some_and(|old| {
        old.meta.controller().is_none() && old.meta.labels == orphan.meta.labels
    });
    if unchanged || orphan.meta.labels.is_empty() || orphan.meta.is_terminating() {
        return;
    }
    let owners = view.list(owner_kind, orphan.meta.namespace());
    let adopters = owners.filter(|it| adopts(it, &orphan.meta.labels));
    keys.extend(adopters.map(|it| Key::of(it)));
}
