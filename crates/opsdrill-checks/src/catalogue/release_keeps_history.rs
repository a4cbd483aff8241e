//! What a release was before the trainee sat down can still be read and gone back to.

use std::cell::RefCell;
use std::collections::BTreeMap;

use opsdrill_objects::Uid;
use serde::Deserialize;

use super::release_deployed::records;
use crate::{Check, Evidence, Finding};

/// How many revisions Helm keeps of a release (`--history-max`): it takes away the oldest itself.
const HISTORY_MAX: usize = 10;

/// Wants the records of a release that were closed when the trainee sat down to be there still.
///
/// A record that nobody closed (`pending-upgrade` and its like) may go: to delete it is one way out of an operation that
/// will never end. A release that is uninstalled and made anew has new records, whatever their numbers are.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReleaseKeepsHistory {
    namespace: String,
    release: String,
    /// The closed records up to the start, by revision: the cluster does not remember what is gone.
    #[serde(skip)]
    closed: RefCell<BTreeMap<u32, Uid>>,
}

impl Check for ReleaseKeepsHistory {
    const NAME: &'static str = "release-keeps-history";
    const SUMMARY: &'static str = "The revisions of a release that had ended before are all there.";

    fn judge(&self, evidence: Evidence<'_>) -> Finding {
        let name = format!("{}/{}", self.namespace, self.release);
        let records = records(evidence, &self.namespace, &self.release);
        let mut closed = self.closed.borrow_mut();
        if evidence.cluster.now() <= evidence.start {
            let ended = records.iter().filter(|it| !is_open(it.status));
            *closed = ended.map(|it| (it.revision, it.uid)).collect();
        }
        let is_there = |revision: u32, uid: Uid| {
            records.iter().any(|it| it.revision == revision && it.uid == uid)
        };
        let pruned = |revision: u32| {
            records.len() >= HISTORY_MAX && records.iter().all(|it| it.revision > revision)
        };
        let lost: Vec<String> = closed
            .iter()
            .filter(|(revision, uid)| !is_there(**revision, **uid) && !pruned(**revision))
            .map(|it| it.0.to_string())
            .collect();
        if records.is_empty() {
            return Finding::new(
                false,
                format!("nothing is recorded of release {name}"),
                format!("rien n'est enregistré de la release {name}"),
            );
        }
        match lost.as_slice() {
            [] => Finding::new(
                true,
                format!("release {name} has all its revisions"),
                format!("la release {name} a toutes ses révisions"),
            ),
            lost => Finding::new(
                false,
                format!("release {name} has lost revision {}", lost.join(", ")),
                format!("la release {name} a perdu la révision {}", lost.join(", ")),
            ),
        }
    }
}

/// Whether an operation on this revision has not ended.
fn is_open(status: &str) -> bool {
    status.starts_with("pending-") || status == "uninstalling"
}
