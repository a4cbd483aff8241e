//! Whether the source alone makes the repair: a cluster is built from the source as the trainee leaves it.
//!
//! The nightly deployment takes back what contradicts the source, but not what it does not mention: an object made
//! by hand, a variable set by hand. Those are gone the day the platform is built again. The new cluster lives through a
//! night as well, because some faults need their time or their load.

use serde::{Deserialize, Serialize};

use super::{happening, night};
use crate::deploy::Source;
use crate::scenario::format::Breach;
use crate::scenario::{Scenario, Text, span};
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

impl SourceResult {
    /// The deploy job could not apply the source: it makes no repair, whatever runs.
    pub(super) fn undeployed(stage: &Stage) -> Option<Self> {
        let (_, problems) = stage.undeployed.first()?;
        let text = |language: usize| {
            format!("{}: {}", happening::NOT_DEPLOYED[language], problems.join("; "))
        };
        Some(Self { complete: false, evidence: vec![Text { en: text(0), fr: text(1) }] })
    }
}

/// Builds a cluster from the source and judges there what must be reached, and what makes a repair none.
pub(super) fn rebuild(scenario: &Scenario, seed: u64, source: &Source) -> SourceResult {
    let mut rebuilt = scenario.clone();
    rebuilt.workspace.clone_from(&source.files);
    rebuilt.file.released = None;
    rebuilt.file.history.clear();
    rebuilt.file.faults.clear();
    WARM_UP.clone_into(&mut rebuilt.file.warm_up);
    let mut evidence: Vec<Text> = match Stage::new(&rebuilt, seed) {
        Ok(stage) => unmet(scenario, stage),
        // What could not be applied is named as the cluster named it.
        Err(problems) => problems.into_iter().map(|it| Text { en: it.clone(), fr: it }).collect(),
    };
    evidence.extend(source.problems.iter().map(|it| Text { en: it.clone(), fr: it.clone() }));
    SourceResult { complete: evidence.is_empty(), evidence }
}

/// What was not so in the new cluster, at first or in its night.
fn unmet(scenario: &Scenario, mut stage: Stage) -> Vec<Text> {
    let span = |text: &str| span::parse(text).expect("checked when the scenario was loaded");
    stage.judge();
    let dusk = stage.cluster.now();
    let at_first = stage.objectives.iter().filter(|it| it.met_since().is_none());
    let at_first: Vec<Text> = at_first.map(|it| Text::from(&it.evidence)).collect();
    if !at_first.is_empty() {
        return at_first;
    }
    let dawn = dusk + night::length(&stage, dusk, span(&scenario.file.night.duration));
    stage.advance(dawn);
    stage.judge();
    let file = &scenario.file;
    let objectives = file.objectives.iter().map(|it| &it.night_slack).zip(&stage.objectives);
    let safeguards = file.safeguards.iter().zip(&stage.safeguards);
    let safeguards = safeguards.filter(|(it, _)| it.breach == Breach::Fail && !it.from_start);
    let judged = objectives.chain(safeguards.map(|(it, watched)| (&it.slack, watched)));
    let broken = judged.filter(|(slack, watched)| {
        watched.met_since().is_none() || watched.unmet_within(dusk, dawn) > span(slack)
    });
    let seen = broken.map(|(_, watched)| {
        let first = watched.first_unmet(dusk, dawn);
        Text::from(first.map_or(&watched.evidence, |it| &it.finding.evidence))
    });
    seen.collect()
}
