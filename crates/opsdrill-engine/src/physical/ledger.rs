//! What users really got: for each series, a list of stretches in which nothing changed, and exact integrals over them.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::resource::Resource;

use crate::time::{SimDuration, SimTime};

/// All of a whole, in parts per million.
pub const WHOLE_PPM: u64 = 1_000_000;

/// Whose requests are counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SeriesKey {
    /// Users, by the name of their traffic.
    Traffic(Arc<str>),
    /// What arrives at a Service, from users and other services.
    Service {
        /// Namespace.
        namespace: Arc<str>,
        /// Name.
        name: Arc<str>,
    },
}

/// What goes on while nothing changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// Requests per 1000 seconds.
    pub offered_milli_rps: u64,
    /// How many of a million succeed.
    pub success_ppm: u64,
    /// Mean latency of the answered ones in milliseconds.
    pub latency_mean_ms: u64,
    /// 95 of 100 are answered within so many milliseconds.
    pub latency_p95_ms: u64,
}

/// A level from an instant on, and what had passed by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    from: SimTime,
    level: Level,
    before: Sums,
}

/// Integrals in their exact units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    /// Requests in millionths (milli-rps × ms).
    requests_micro: u128,
    /// Successes in 10⁻¹² requests (… × ppm).
    successes_pico: u128,
    /// Milliseconds of latency, weighted by millionths of requests.
    latency_micro: u128,
}

/// One series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    stretches: Vec<Stretch>,
}

/// What happened between two instants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Requests, rounded down.
    pub requests: u64,
    /// Failed ones, rounded up: nothing is lost in favour of the trainee.
    pub failures: u64,
    /// Share of successes in parts per million, rounded down; all of them if there was no request.
    pub success_ppm: u64,
    /// Mean latency in milliseconds, rounded down.
    pub latency_mean_ms: u64,
    /// The largest 95th percentile in milliseconds.
    pub latency_p95_max_ms: u64,
}

/// The books of all series.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    series: BTreeMap<SeriesKey, Series>,
}

impl Ledger {
    /// All series, in order of their keys.
    pub fn series(&self) -> impl Iterator<Item = (&SeriesKey, &Series)> {
        self.series.iter()
    }

    /// One series.
    pub fn get(&self, key: &SeriesKey) -> Option<&Series> {
        self.series.get(key)
    }

    /// The users behind a traffic source.
    pub fn traffic(&self, name: &str) -> Option<&Series> {
        self.series.get(&SeriesKey::Traffic(name.into()))
    }

    /// All that arrives at a Service.
    pub fn service(&self, namespace: &str, name: &str) -> Option<&Series> {
        self.series.get(&SeriesKey::Service { namespace: namespace.into(), name: name.into() })
    }

    /// Notes that a series has this level from now on.
    pub(super) fn note(&mut self, key: SeriesKey, now: SimTime, level: Level) {
        self.series.entry(key).or_default().note(now, level);
    }

    /// Feeds all stretches to a hash.
    pub(super) fn hash(&self, hasher: &mut blake3::Hasher) {
        for (key, series) in &self.series {
            hasher.update(format!("{key:?}").as_bytes());
            for stretch in &series.stretches {
                let level = stretch.level;
                for number in [
                    stretch.from.0,
                    level.offered_milli_rps,
                    level.success_ppm,
                    level.latency_mean_ms,
                    level.latency_p95_ms,
                ] {
                    hasher.update(&number.to_le_bytes());
                }
            }
        }
    }
}

impl Series {
    /// The level at a time; nothing before the first note.
    pub fn at(&self, time: SimTime) -> Level {
        self.stretch_at(time).map(|it| it.level).unwrap_or_default()
    }

    /// When each level began.
    pub fn levels(&self) -> impl Iterator<Item = (SimTime, Level)> + '_ {
        self.stretches.iter().map(|it| (it.from, it.level))
    }

    /// What happened in `[from, to)`, exactly.
    pub fn account(&self, from: SimTime, to: SimTime) -> Account {
        let (first, last) = (self.sums_until(from), self.sums_until(to.max(from)));
        let requests_micro = last.requests_micro - first.requests_micro;
        let successes_pico = last.successes_pico - first.successes_pico;
        let latency_micro = last.latency_micro - first.latency_micro;
        let all_pico = requests_micro * u128::from(WHOLE_PPM);
        let failures = (all_pico - successes_pico).div_ceil(1_000_000_000_000);
        let divided = |sum: u128, by: u128| sum.checked_div(by).unwrap_or_default() as u64;
        let success_ppm =
            if requests_micro == 0 { WHOLE_PPM } else { divided(successes_pico, requests_micro) };
        Account {
            requests: (requests_micro / 1_000_000) as u64,
            failures: failures as u64,
            success_ppm,
            latency_mean_ms: divided(latency_micro, requests_micro),
            latency_p95_max_ms: self.latency_p95_max(from, to),
        }
    }

    /// Accounts of consecutive spans (minutes, for a report) that cover `[from, to)`.
    pub fn timeline(
        &self,
        from: SimTime,
        to: SimTime,
        span: SimDuration,
    ) -> Vec<(SimTime, Account)> {
        let mut accounts = Vec::new();
        let mut start = from;
        while start < to && span > SimDuration::ZERO {
            let end = (start + span).min(to);
            accounts.push((start, self.account(start, end)));
            start = end;
        }
        accounts
    }

    /// What remains of the failures that an objective allows in `[from, to)`, in parts per million of that
    /// allowance: all of it when nothing failed, negative when more failed than allowed.
    pub fn error_budget_ppm(&self, from: SimTime, to: SimTime, objective_ppm: u64) -> i64 {
        let account = self.account(from, to);
        let allowed = WHOLE_PPM.saturating_sub(objective_ppm).max(1);
        let failed = WHOLE_PPM - account.success_ppm;
        let spent = u128::from(failed) * u128::from(WHOLE_PPM) / u128::from(allowed);
        WHOLE_PPM as i64 - i64::try_from(spent).unwrap_or(i64::MAX)
    }

    fn note(&mut self, now: SimTime, level: Level) {
        let before = self.sums_until(now);
        match self.stretches.last_mut() {
            Some(last) if last.level == level => return,
            Some(last) if last.from == now => last.level = level,
            _ => self.stretches.push(Stretch { from: now, level, before }),
        }
        // What was noted twice at one instant may have come back to the level before it.
        if let [.., previous, last] = &self.stretches[..]
            && previous.level == last.level
        {
            self.stretches.pop();
        }
    }

    fn stretch_at(&self, time: SimTime) -> Option<&Stretch> {
        let after = self.stretches.partition_point(|it| it.from <= time);
        after.checked_sub(1).map(|place| &self.stretches[place])
    }

    fn sums_until(&self, time: SimTime) -> Sums {
        let Some(stretch) = self.stretch_at(time) else { return Sums::default() };
        let level = stretch.level;
        let requests = u128::from(level.offered_milli_rps) * u128::from((time - stretch.from).0);
        Sums {
            requests_micro: stretch.before.requests_micro + requests,
            successes_pico: stretch.before.successes_pico
                + requests * u128::from(level.success_ppm),
            latency_micro: stretch.before.latency_micro
                + requests * u128::from(level.latency_mean_ms),
        }
    }

    fn latency_p95_max(&self, from: SimTime, to: SimTime) -> u64 {
        if from >= to {
            return 0;
        }
        let first = self.stretches.partition_point(|it| it.from <= from).saturating_sub(1);
        let touching = self.stretches[first..].iter().take_while(|it| it.from < to);
        let loaded = touching.filter(|it| it.level.offered_milli_rps > 0);
        loaded.map(|it| it.level.latency_p95_ms).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn level(offered_milli_rps: u64, success_ppm: u64, latency: u64) -> Level {
        Level {
            offered_milli_rps,
            success_ppm,
            latency_mean_ms: latency,
            latency_p95_ms: latency * 3,
        }
    }

    proptest! {
        #[test]
        fn accounts_equal_a_sum_over_every_millisecond(
            notes in prop::collection::vec((0_u64..40, 0_u64..90_000, 0_u64..=1_000_000, 0_u64..900), 1..12),
            from in 0_u64..300, span in 0_u64..300,
        ) {
            let mut series = Series::default();
            let mut time = 0;
            let mut levels = vec![Level::default(); 700];
            for (step, rate, success, latency) in notes {
                time += step;
                series.note(SimTime(time), level(rate, success, latency));
                levels[time as usize..].fill(level(rate, success, latency));
            }
            let to = from + span;
            let window = &levels[from as usize..to as usize];
            let requests: u128 = window.iter().map(|it| u128::from(it.offered_milli_rps)).sum();
            let good: u128 = window
                .iter()
                .map(|it| u128::from(it.offered_milli_rps) * u128::from(it.success_ppm))
                .sum();
            let account = series.account(SimTime(from), SimTime(to));
            prop_assert_eq!(u128::from(account.requests), requests / 1_000_000);
            let bad = requests * 1_000_000 - good;
            prop_assert_eq!(u128::from(account.failures), bad.div_ceil(1_000_000_000_000));
            if let Some(share) = good.checked_div(requests) {
                prop_assert_eq!(u128::from(account.success_ppm), share);
            }
            let p95 = window.iter().filter(|it| it.offered_milli_rps > 0);
            let p95 = p95.map(|it| it.latency_p95_ms).max().unwrap_or_default();
            prop_assert_eq!(account.latency_p95_max_ms, p95);
        }
    }

    #[test]
    fn a_minute_of_failures_is_exactly_a_minute_of_failures() {
        let mut series = Series::default();
        series.note(SimTime(0), level(20_000, WHOLE_PPM, 30));
        series.note(SimTime(60_000), level(20_000, 0, 30));
        series.note(SimTime(120_000), level(20_000, WHOLE_PPM, 30));
        let account = series.account(SimTime(0), SimTime(600_000));
        assert_eq!((account.requests, account.failures), (12_000, 1_200));
        assert_eq!(account.success_ppm, 900_000);
        assert_eq!(series.error_budget_ppm(SimTime(0), SimTime(600_000), 800_000), 500_000);
        assert_eq!(series.error_budget_ppm(SimTime(0), SimTime(600_000), 990_000), -9_000_000);
        let minutes = series.timeline(SimTime(0), SimTime(180_000), SimDuration::minutes(1));
        let failures: Vec<_> = minutes.iter().map(|(_, account)| account.failures).collect();
        assert_eq!(failures, [0, 1_200, 0]);
    }
}
