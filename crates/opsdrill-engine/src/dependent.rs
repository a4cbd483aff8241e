//! What an owner's controller looks at of each dependent, again and again, without opening the object.

use std::sync::Arc;

use opsdrill_objects::meta::StringMap;
use opsdrill_objects::pod::Pod;
use opsdrill_objects::selector::Selector;
use opsdrill_objects::{Object, Uid};

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
