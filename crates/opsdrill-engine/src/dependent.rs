//! What an owner's controller looks at of each dependent, again and again, without opening the object.

use std::collections::BTreeMap;
use std::sync::Arc;

use opsdrill_objects::meta::StringMap;
use opsdrill_objects::pod::Pod;
use opsdrill_objects::selector::Selector;
use opsdrill_objects::{Kind, Object, Uid};

/// A dependent of an owner, as the index by owners keeps it.
///
/// A ReplicaSet of 500 pods looks at all of them whenever one has changed; the objects themselves are all over the
/// memory.
#[derive(Clone, Debug)]
pub(crate) struct Dependent {
    /// The object.
    pub object: Arc<Object>,
    /// Whether the owner is the controller.
    pub controlled: bool,
    /// Whether it counts as a replica: not finished and not on its way out.
    pub active: bool,
    /// A pod: since when it is ready, Unix seconds; `None` while it is not.
    pub ready_since: Option<i64>,
    /// Its labels.
    pub labels: StringMap,
}

/// Kind, namespace and name of a dependent.
pub(crate) type DependentKey = (Kind, Arc<str>, Arc<str>);

/// The dependents of an owner, and how many of them there are of each sort.
#[derive(Debug, Default)]
pub(crate) struct Dependents {
    by_key: BTreeMap<DependentKey, Dependent>,
    tallies: Vec<Tally>,
}

/// How many controlled dependents of a kind carry the same labels: those of one template do.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// Their kind.
    pub kind: Kind,
    /// Their labels.
    pub labels: StringMap,
    /// How many count as replicas.
    pub active: usize,
    /// How many of those are ready.
    pub ready: usize,
}

impl Dependents {
    /// All of them, in order of (kind, namespace, name).
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Dependent> {
        self.by_key.values()
    }

    /// How many there are of each sort.
    pub(crate) fn tallies(&self) -> &[Tally] {
        &self.tallies
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// Enters a dependent in place of its former state, or with `None` takes it out.
    pub(crate) fn change(&mut self, key: DependentKey, dependent: Option<Dependent>) {
        if let Some(new) = &dependent {
            self.count(new, true);
        }
        let old = match dependent {
            Some(dependent) => self.by_key.insert(key, dependent),
            None => self.by_key.remove(&key),
        };
        if let Some(old) = old {
            self.count(&old, false);
        }
    }

    fn count(&mut self, dependent: &Dependent, add: bool) {
        if !dependent.controlled || !dependent.active {
            return;
        }
        let (kind, labels) = (dependent.object.kind, &dependent.labels);
        let same = |it: &Tally| {
            it.kind == kind && (Arc::ptr_eq(&it.labels, labels) || it.labels == *labels)
        };
        let place = self.tallies.iter().position(same).unwrap_or_else(|| {
            self.tallies.push(Tally { kind, labels: labels.clone(), active: 0, ready: 0 });
            self.tallies.len() - 1
        });
        let tally = &mut self.tallies[place];
        let ready = usize::from(dependent.ready_since.is_some());
        if add {
            tally.active += 1;
            tally.ready += ready;
            return;
        }
        tally.active -= 1;
        tally.ready -= ready;
        if tally.active == 0 {
            self.tallies.remove(place);
        }
    }
}

/// What a selector says of labels, remembered for as long as the same ones come: those of one template are shared.
pub(crate) struct Matcher<'a> {
    selector: Selector,
    last: Option<(&'a StringMap, bool)>,
}

impl<'a> Matcher<'a> {
    /// For a selector.
    pub(crate) fn of(selector: Selector) -> Self {
        Self { selector, last: None }
    }

    /// Whether labels match.
    pub(crate) fn matches(&mut self, labels: &'a StringMap) -> bool {
        let known = self.last.filter(|(it, _)| Arc::ptr_eq(it, labels)).map(|(_, known)| known);
        let matches = known.unwrap_or_else(|| self.selector.matches(labels));
        self.last = Some((labels, matches));
        matches
    }
}

impl Dependent {
    /// An object as a dependent of an owner.
    pub(crate) fn of(object: &Arc<Object>, owner: Uid) -> Self {
        let pod = object.pod();
        Self {
            object: object.clone(),
            controlled: object.meta.controller().is_some_and(|it| it.uid == owner),
            active: !object.meta.is_terminating() && pod.is_none_or(|it| !it.is_finished()),
            ready_since: pod.and_then(Pod::ready_since),
            labels: object.meta.labels.clone(),
        }
    }
}
