//! Points: how the result is weighed, by the scenario's rubric.

use serde::{Deserialize, Serialize};

use super::{ObjectiveResult, SafeguardResult, SourceResult};
use crate::scenario::format::Rubric;

/// Points, out of those of the rubric.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Points {
    /// Objectives reached.
    pub outcome: u32,
    /// Objectives that lasted.
    pub durability: u32,
    /// Safeguards kept.
    pub safety: u32,
    /// Time.
    pub time: u32,
    /// Evidence before change, verification after it, nothing risky or idle in between.
    pub method: u32,
    /// The diagnosis.
    pub diagnosis: u32,
    /// Telling the right people in time, and only when they have to know.
    pub communication: u32,
    /// What hints cost.
    pub hints: u32,
}

impl Points {
    /// The points that the result itself earns.
    pub(super) fn of_result(
        rubric: &Rubric,
        objectives: &[ObjectiveResult],
        safeguards: &[SafeguardResult],
        source: Option<&SourceResult>,
    ) -> Self {
        let reached = balance(objectives, |it| it.reached);
        let lasted = balance(objectives, |it| it.reached && it.lasted);
        let in_source = source.is_none_or(|it| it.complete);
        let kept = safeguards.iter().filter(|it| it.kept).count();
        let needed = objectives.iter().filter(|it| it.needed).count();
        Self {
            outcome: share(rubric.outcome, reached, needed),
            durability: if in_source { share(rubric.durability, lasted, needed) } else { 0 },
            // Who repairs nothing endangers nothing either: that is no merit.
            safety: if reached == 0 { 0 } else { share(rubric.safety, kept, safeguards.len()) },
            ..Self::default()
        }
    }

    /// All that was earned, before costs.
    pub(super) fn earned(&self) -> u32 {
        self.outcome
            + self.durability
            + self.safety
            + self.time
            + self.method
            + self.diagnosis
            + self.communication
    }
}

/// How many of the objectives that had to be reached were, less those that were true at first and are no more.
fn balance(objectives: &[ObjectiveResult], good: impl Fn(&ObjectiveResult) -> bool) -> usize {
    let reached = objectives.iter().filter(|it| it.needed && good(it)).count();
    let lost = objectives.iter().filter(|it| !it.needed && !good(it)).count();
    reached.saturating_sub(lost)
}

fn share(most: u32, part: usize, all: usize) -> u32 {
    if all == 0 { most } else { most * part as u32 / all as u32 }
}

/// All points within half of the time meant for it, none after twice that, in between by proportion.
pub(super) fn for_time(most: u32, time_ms: u64, meant_ms: u64) -> u32 {
    let (early, late) = (meant_ms / 2, meant_ms * 2);
    if time_ms <= early {
        return most;
    }
    let left = late.saturating_sub(time_ms);
    (u64::from(most) * left / (late - early).max(1)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Text;

    fn objective(needed: bool, reached: bool, lasted: bool) -> ObjectiveResult {
        ObjectiveResult {
            title: Text::default(),
            needed,
            reached,
            reached_after_ms: None,
            held_ms: 0,
            broken_ms: 0,
            hold_ms: 0,
            lasted,
            broke: None,
            evidence: Text::default(),
        }
    }

    #[test]
    fn who_does_nothing_earns_nothing() {
        let objectives = [objective(true, false, false), objective(false, true, true)];
        let points = Points::of_result(&Rubric::default(), &objectives, &[], None);
        assert_eq!(points.earned(), 0);
    }

    #[test]
    fn what_worked_before_and_is_broken_now_counts_against() {
        let objectives = [objective(true, true, true), objective(false, false, false)];
        let points = Points::of_result(&Rubric::default(), &objectives, &[], None);
        assert_eq!(points.earned(), 0);
        let objectives = [objective(true, true, true), objective(true, false, false)];
        let points = Points::of_result(&Rubric::default(), &objectives, &[], None);
        assert_eq!((points.outcome, points.durability, points.safety), (20, 10, 10));
    }

    #[test]
    fn what_the_source_does_not_hold_is_not_durable() {
        let source = SourceResult { complete: false, evidence: Vec::new() };
        let points = Points::of_result(
            &Rubric::default(),
            &[objective(true, true, true)],
            &[],
            Some(&source),
        );
        assert_eq!((points.outcome, points.durability), (40, 0));
    }

    #[test]
    fn time_is_worth_less_from_half_of_it_to_twice_of_it() {
        let points = |minutes: u64| for_time(10, minutes * 60_000, 20 * 60_000);
        assert_eq!([0, 10, 25, 40, 400].map(points), [10, 10, 5, 0, 0]);
    }
}
