//! Pods for which room is being made on a node: until they get it, they count there for whoever is not more important.
//!
//! After the real scheduler's `nominator` and `RunFilterPluginsWithNominatedPods`.

use std::collections::BTreeMap;

use opsdrill_objects::{Object, Uid};

use super::ledger::Placed;
use super::queue::{self, Changes};
use super::{Scheduler, priority_of};

/// The nominated pods, each as it would be placed.
pub(super) type Nominated = BTreeMap<Uid, Placed>;

impl Scheduler {
    /// Notes for which node a pod without node is nominated, if any.
    pub(super) fn note_nomination(&mut self, object: &Object) {
        let uid = object.meta.uid;
        let node = object.pod().and_then(|it| it.status.nominated_node_name.as_deref());
        match node.filter(|it| !it.is_empty()) {
            Some(node) => {
                let placed = self.placed(object, node.into());
                self.nominated.insert(uid, placed);
            }
            None => {
                self.nominated.remove(&uid);
            }
        }
    }

    /// Forgets that a pod was nominated; what that changes for others.
    pub(super) fn withdraw(&mut self, pod: Uid) -> Changes {
        if self.nominated.remove(&pod).is_some() { queue::POD_GONE } else { 0 }
    }

    /// Places the nominated pods that are at least as important as a pod; they are to be [unseated](Self::unseat).
    pub(super) fn seat(&mut self, pod: &Object) -> Vec<Uid> {
        let priority = priority_of(pod);
        let counts = |(uid, it): &(&Uid, &Placed)| {
            **uid != pod.meta.uid && it.priority >= priority && self.ledger.placed(**uid).is_none()
        };
        let seated: Vec<(Uid, Placed)> =
            self.nominated.iter().filter(counts).map(|(uid, it)| (*uid, it.clone())).collect();
        let uids = seated.iter().map(|(uid, _)| *uid).collect();
        for (uid, placed) in seated {
            self.place(uid, placed);
        }
        uids
    }

    /// Takes away what [`seat`](Self::seat) has placed.
    pub(super) fn unseat(&mut self, seated: &[Uid]) {
        for uid in seated {
            self.displace(*uid);
        }
    }
}
