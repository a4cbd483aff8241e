//! What a check has found over time.

use std::collections::BTreeMap;

use opsdrill_checks::{Evidence, Finding, Judge, Seen};
use opsdrill_engine::{SimDuration, SimTime};
use serde_json::Value;

use crate::scenario::load;

/// The state of one check at one mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub time: SimTime,
    /// What was found.
    pub finding: Finding,
}

/// One check and what it found over time; only changes are kept.
pub struct Watched {
    judge: Judge,
    /// The findings, oldest first: one each time the check went from met to not met or back.
    pub changes: Vec<Mark>,
    /// The latest evidence.
    pub evidence: Seen,
}

impl Watched {
    /// Looks, and notes what has changed.
    pub(super) fn judge(&mut self, evidence: Evidence<'_>) {
        let (time, finding) = (evidence.cluster.now(), (self.judge)(evidence));
        self.evidence.clone_from(&finding.evidence);
        if self.changes.last().is_none_or(|it| it.finding.met != finding.met) {
            self.changes.push(Mark { time, finding });
        }
    }

    /// Whether the check is met now, and since when.
    pub fn met_since(&self) -> Option<SimTime> {
        self.changes.last().filter(|it| it.finding.met).map(|it| it.time)
    }

    /// Whether the check was met at a time.
    pub fn met_at(&self, time: SimTime) -> bool {
        self.changes.iter().rfind(|it| it.time <= time).is_some_and(|it| it.finding.met)
    }

    /// The simulated time within a span for which the check was not met.
    pub fn unmet_within(&self, from: SimTime, to: SimTime) -> SimDuration {
        let ends = self.changes.iter().skip(1).map(|it| it.time).chain([to]);
        let spans = self.changes.iter().zip(ends).filter(|(change, _)| !change.finding.met);
        let lengths = spans.map(|(change, end)| end.min(to).since(change.time.max(from)).0);
        SimDuration(lengths.sum())
    }

    /// The first time within a span at which the check was not met.
    pub fn first_unmet(&self, from: SimTime, to: SimTime) -> Option<&Mark> {
        let before = self.changes.iter().rfind(|it| it.time <= from).filter(|it| !it.finding.met);
        before.or_else(|| {
            self.changes.iter().find(|it| it.time > from && it.time <= to && !it.finding.met)
        })
    }
}

/// Checks that nobody has looked at yet.
///
/// # Errors
/// Checks that are none.
pub(super) fn all<'a>(
    checks: impl Iterator<Item = &'a BTreeMap<String, Value>>,
) -> Result<Vec<Watched>, Vec<String>> {
    let load = |check| {
        let (name, parameters) = load::single(check, "check")?;
        let judge = opsdrill_checks::load(name, parameters.clone())?;
        Ok(Watched { judge, changes: Vec::new(), evidence: Seen::default() })
    };
    checks.map(|it| load(it).map_err(|problem: String| vec![problem])).collect()
}
