//! How long it took: to detect what is wrong, to have users served again, to fix it.

use opsdrill_engine::SimTime;
use serde::{Deserialize, Serialize};

use super::ObjectiveResult;
use crate::scenario::Scenario;
use crate::stage::{Stage, TRAINEE, Watched};

/// Milliseconds from the ticket; nothing where it did not come to that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// Until the trainee claimed the right thing; without a claim, until the change that fixed it.
    pub detect_ms: Option<u64>,
    /// Whether the incident had hit users.
    pub users_hit: bool,
    /// Until all of them were served.
    pub mitigate_ms: Option<u64>,
    /// Until all that had to be reached was reached for good, and nothing more was changed.
    pub fix_ms: Option<u64>,
}

impl Times {
    /// The repair is none: what looked like the fix was not.
    pub(super) fn nothing_fixed(&mut self, claimed_ms: Option<u64>) {
        self.fix_ms = None;
        self.detect_ms = claimed_ms;
    }
}

pub(super) fn of(
    scenario: &Scenario,
    stage: &Stage,
    objectives: &[ObjectiveResult],
    claimed_ms: Option<u64>,
    submitted: SimTime,
) -> Times {
    let users = scenario.file.objectives.iter().zip(&stage.objectives).zip(objectives);
    let hit: Vec<&Watched> = users
        .filter(|((own, _), result)| result.needed && own.check.contains_key("users-served"))
        .map(|((_, watched), _)| watched)
        .collect();
    let mitigated: Option<Vec<u64>> =
        hit.iter().map(|it| first_met(it, stage.start, submitted)).collect();
    let needed = objectives.iter().filter(|it| it.needed);
    let fixed: Option<Vec<u64>> =
        needed.map(|it| it.reached_after_ms.filter(|_| it.reached && it.lasted)).collect();
    let reached = fixed.and_then(|it| it.into_iter().max());
    // A restart may bring users back before the cause is gone: it is fixed once nothing more had to be changed.
    let changed = last_change(stage, submitted, |_| true);
    let fix_ms = reached.map(|it| it.max(changed.unwrap_or_default()));
    let truth = &scenario.file.truth.objects;
    let repaired = last_change(stage, submitted, |object| truth.iter().any(|it| it == object));
    Times {
        detect_ms: claimed_ms.or(repaired.filter(|_| fix_ms.is_some())),
        users_hit: !hit.is_empty(),
        mitigate_ms: mitigated.filter(|it| !it.is_empty()).and_then(|it| it.into_iter().max()),
        fix_ms,
    }
}

fn first_met(watched: &Watched, start: SimTime, submitted: SimTime) -> Option<u64> {
    let mut met = watched
        .changes
        .iter()
        .filter(|it| it.finding.met && it.time >= start && it.time <= submitted);
    met.next().map(|it| it.time.since(start).0)
}

/// When the trainee last changed one of the objects (`kind/name`) that are meant.
fn last_change(stage: &Stage, submitted: SimTime, is_meant: impl Fn(&str) -> bool) -> Option<u64> {
    let mut changes = stage.cluster.audit().records().iter().rev().filter(|it| {
        &*it.user == TRAINEE
            && it.time >= stage.start
            && it.time <= submitted
            && it.is_write()
            && it.changed
            && is_meant(&format!("{}/{}", it.kind.info().singular, it.name))
    });
    changes.next().map(|it| it.time.since(stage.start).0)
}
