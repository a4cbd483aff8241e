//! What changed lately, for watches and for lists that go on from an earlier moment.

use std::collections::VecDeque;

use opsdrill_objects::Kind;

use crate::api::WatchEvent;
use crate::time::{SimDuration, SimTime};

/// How many changes a watch may lag behind at most before it gets `410 Gone`.
const HISTORY: usize = 20_000;

/// How many changes are remembered however old they are, in the manner of the server's watch caches.
const REMEMBERED: usize = 300;

/// How often changes are forgotten that were old the last time (kube-apiserver's `--etcd-compaction-interval`).
const COMPACTION_INTERVAL: SimDuration = SimDuration::minutes(5);

/// The latest changes of all objects, each with its resourceVersion, oldest first.
#[derive(Debug, Default)]
pub(crate) struct History {
    changes: VecDeque<(u64, WatchEvent)>,
    newest: u64,
    /// The last resourceVersion that counts as forgotten.
    forgotten: u64,
    /// When changes are forgotten next, and which: those up to this resourceVersion.
    next_compaction: (SimTime, u64),
}

impl History {
    /// Adds the change that made a resourceVersion.
    pub(crate) fn push(&mut self, version: u64, event: WatchEvent) {
        self.newest = version;
        self.changes.push_back((version, event));
        // A few at a time: what a whole interval has left, freed at once, scatters whatever is stored next.
        for _ in 0..2 {
            let front = self.changes.front().map_or(self.newest, |(version, _)| *version);
            if front > self.forgotten && self.changes.len() <= HISTORY {
                break;
            }
            self.changes.pop_front();
        }
    }

    /// The changes of all kinds after a resourceVersion; `None` if that is too long ago.
    pub(crate) fn after(
        &self,
        after: u64,
    ) -> Option<impl DoubleEndedIterator<Item = (u64, &WatchEvent)>> {
        let oldest = self.changes.front().map_or(self.newest, |(version, _)| version - 1);
        let oldest = oldest.max(self.forgotten);
        let start = self.changes.partition_point(|(version, _)| *version <= after);
        (after >= oldest)
            .then(|| self.changes.range(start..).map(|(version, event)| (*version, event)))
    }

    /// The changes of a kind, of one namespace or all, after a resourceVersion; `None` if that is too long ago.
    pub(crate) fn of_kind<'h>(
        &'h self,
        kind: Kind,
        namespace: &'h str,
        after: u64,
    ) -> Option<impl DoubleEndedIterator<Item = &'h WatchEvent>> {
        let is_meant = move |event: &&WatchEvent| {
            event.object.kind == kind
                && (namespace.is_empty() || event.object.meta.namespace() == namespace)
        };
        Some(self.after(after)?.map(|it| it.1).filter(is_meant))
    }

    /// Forgets changes that are older than five to ten minutes, when it is time to: nobody gets them from now on,
    /// and their memory goes as others come.
    pub(crate) fn compact(&mut self, now: SimTime) {
        let (due, old) = self.next_compaction;
        if now < due {
            return;
        }
        self.next_compaction = (now + COMPACTION_INTERVAL, self.newest);
        let spare = self.changes.len().checked_sub(REMEMBERED + 1);
        if let Some((spare, _)) = spare.and_then(|it| self.changes.get(it)) {
            self.forgotten = self.forgotten.max(old.min(*spare));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use k8s_openapi::api::core::v1::ConfigMap;
    use opsdrill_objects::{Meta, Object};

    use super::*;
    use crate::api::WatchChange;

    #[test]
    fn what_is_forgotten_goes_little_by_little() {
        let mut history = History::default();
        let object = Object::new(Meta::named(Some("default"), "settings"), ConfigMap::default());
        let event =
            WatchEvent { change: WatchChange::Modified, object: Arc::new(object), before: None };
        let mut version = 0;
        let mut push = |history: &mut History, count| {
            for _ in 0..count {
                version += 1;
                history.push(version, event.clone());
            }
        };
        push(&mut history, 1000);
        for minute in [0, 5, 10] {
            history.compact(SimTime(minute * 60_000));
        }
        assert_eq!(history.changes.len(), 1000);
        assert!(history.after(699).is_none() && history.after(700).is_some());
        push(&mut history, 100);
        assert_eq!(history.changes.len(), 900);
        push(&mut history, 1000);
        // All that was forgotten is gone, nothing else.
        assert_eq!(history.changes.len(), 1400);
        assert!(history.after(699).is_none() && history.after(700).is_some());
    }
}
