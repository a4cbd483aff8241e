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
    /// When changes are forgotten next, and which: those up to this resourceVersion.
    next_compaction: (SimTime, u64),
}

impl History {
    /// Adds the change that made a resourceVersion.
    pub(crate) fn push(&mut self, version: u64, event: WatchEvent) {
        self.newest = version;
        self.changes.push_back((version, event));
        if self.changes.len() > HISTORY {
            self.changes.pop_front();
        }
    }

    /// The changes of all kinds after a resourceVersion; `None` if that is too long ago.
    pub(crate) fn after(
        &self,
        after: u64,
    ) -> Option<impl DoubleEndedIterator<Item = (u64, &WatchEvent)>> {
        let oldest = self.changes.front().map_or(self.newest, |(version, _)| version - 1);
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

    /// Forgets changes that are older than five to ten minutes, when it is time to.
    pub(crate) fn compact(&mut self, now: SimTime) {
        let (due, old) = self.next_compaction;
        if now < due {
            return;
        }
        self.next_compaction = (now + COMPACTION_INTERVAL, self.newest);
        let old = self.changes.partition_point(|(version, _)| *version <= old);
        let spare = self.changes.len().saturating_sub(REMEMBERED);
        self.changes.drain(..old.min(spare));
    }
}
