//! Whether the source alone makes the repair: a cluster is built from the manifests as the trainee leaves them.
//!
//! The nightly deployment takes back what contradicts the manifests, but not what they do not mention: an object made
//! by hand, a variable set by hand. Those are gone the day the platform is built again.

use serde::{Deserialize, Serialize};

use crate::scenario::{Folder, Scenario, Text};
use crate::stage::Stage;

/// How long the new cluster runs before it is judged.
const WARM_UP: &str = "15m";

/// What became of a cluster that was built from the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceResult {
    /// Whether all objectives were true there.
    pub complete: bool,
    /// What was seen of those that were not, or what could not be applied.
    pub evidence: Vec<Text>,
}

/// Builds a cluster from the source and judges the objectives there.
pub(super) fn rebuild(scenario: &Scenario, seed: u64, source: &Folder) -> SourceResult {
    let mut rebuilt = scenario.clone();
    rebuilt.workspace.clone_from(source);
    rebuilt.file.released = None;
    rebuilt.file.faults.clear();
    WARM_UP.clone_into(&mut rebuilt.file.warm_up);
    let evidence: Vec<Text> = match Stage::new(&rebuilt, seed) {
        Ok(mut stage) => {
            stage.judge();
            let unmet = stage.objectives.iter().filter(|it| it.met_since().is_none());
            unmet.map(|it| Text::from(&it.evidence)).collect()
        }
        // What could not be applied is named as the cluster named it.
        Err(problems) => problems.into_iter().map(|it| Text { en: it.clone(), fr: it }).collect(),
    };
    SourceResult { complete: evidence.is_empty(), evidence }
}
