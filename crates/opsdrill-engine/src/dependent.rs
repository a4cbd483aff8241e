//! What an owner's controller looks at of each dependent, again and again, without opening the object.

use std::sync::Arc;

use opsdrill_objects::meta::StringMap;
use opsdrill_objects::pod::Pod;
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
