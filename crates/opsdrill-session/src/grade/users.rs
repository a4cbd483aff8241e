//! How the users fare, from the simulated world's own ledger.

use opsdrill_engine::physical::{self, ledger::SeriesKey};
use opsdrill_engine::{SimDuration, SimTime};
use serde::{Deserialize, Serialize};

use crate::drill::either;
use crate::log::Language;
use crate::scenario::Scenario;
use crate::stage::Stage;

/// The users of one address over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSeries {
    /// Their name.
    pub name: String,
    /// All requests.
    pub requests: u64,
    /// Those that failed.
    pub failures: u64,
    /// Milliseconds from the ticket of each point.
    pub step_ms: u64,
    /// The share that succeeded in each step, in parts per million; nothing when nobody asked.
    pub steps_ppm: Vec<Option<u64>>,
}

impl UserSeries {
    /// The share of all requests that succeeded, in parts per million.
    pub fn success_ppm(&self) -> u64 {
        (self.requests - self.failures.min(self.requests)) * 1_000_000 / self.requests.max(1)
    }
}

/// The success of each group of users over the last minute, in parts per million.
pub fn now(stage: &Stage) -> Vec<(String, u64)> {
    let to = stage.cluster.now();
    let from = SimTime(to.0.saturating_sub(SimDuration::minutes(1).0));
    let ledger = physical::ledger(stage.cluster.world());
    let users = ledger.series().filter_map(|(key, series)| match key {
        SeriesKey::Traffic(name) => Some((name.to_string(), series.account(from, to).success_ppm)),
        SeriesKey::Service { .. } => None,
    });
    users.collect()
}

/// Whether any of the users whom the scenario is about are not served at the last look.
pub(crate) fn suffer(scenario: &Scenario, stage: &Stage) -> bool {
    let objectives = scenario.file.objectives.iter().zip(&stage.objectives);
    let mut meant = objectives.filter(|(it, _)| it.check.contains_key("users-served"));
    meant.any(|(_, watched)| watched.met_since().is_none())
}

/// The least and the most, in percent, that failed of their requests in any minute since a time.
pub(crate) fn failing(scenario: &Scenario, stage: &Stage, from: SimTime) -> (u64, u64) {
    let ledger = physical::ledger(stage.cluster.world());
    let to = stage.cluster.now();
    let minute = SimDuration::minutes(1);
    let meant = scenario.users_meant().filter_map(|it| ledger.traffic(it));
    let shares = meant.flat_map(|series| {
        let ends = (from.0 + minute.0..=to.0).step_by(minute.0 as usize).chain([to.0]);
        ends.map(move |end| {
            let account = series.account(SimTime(end.saturating_sub(minute.0)), SimTime(end));
            (1_000_000 - account.success_ppm.min(1_000_000)) / 10_000
        })
    });
    let shares: Vec<u64> = shares.collect();
    let (least, most) = (shares.iter().min(), shares.iter().max());
    (least.copied().unwrap_or_default(), most.copied().unwrap_or_default())
}

/// The success of each group of users over the session and the night.
pub(super) fn timeline(stage: &Stage, from: SimTime, to: SimTime) -> Vec<UserSeries> {
    let step = SimDuration::minutes(1);
    let ledger = physical::ledger(stage.cluster.world());
    let users = ledger.series().filter_map(|(key, series)| match key {
        SeriesKey::Traffic(name) => Some((name, series)),
        SeriesKey::Service { .. } => None,
    });
    let rows = users.map(|(name, series)| {
        let whole = series.account(from, to);
        let starts = (from.0..to.0).step_by(step.0 as usize).map(SimTime);
        let accounts = starts.map(|start| series.account(start, (start + step).min(to)));
        UserSeries {
            name: name.to_string(),
            requests: whole.requests,
            failures: whole.failures,
            step_ms: step.0,
            steps_ppm: accounts.map(|it| (it.requests > 0).then_some(it.success_ppm)).collect(),
        }
    });
    rows.collect()
}

/// `99.95 %` of parts per million; `99,95 %` in French.
pub fn percent(ppm: u64, language: Language) -> String {
    let point = either([".", ","], language);
    format!("{}{point}{:02} %", ppm / 10_000, ppm / 100 % 100)
}
