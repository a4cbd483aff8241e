//! What one process can serve: CPU, throttling, queues and patience, in integers.

use std::cmp::Ordering;

use super::super::ledger::WHOLE_PPM;

/// The longest that a request waits in a process that has more to do than it can.
const QUEUE_MS_MAX: u64 = 30_000;
/// How busy a process may be (ppm of its CPU) before the formula for queues is no longer taken literally.
const BUSY_PPM_MAX: u64 = 990_000;
/// Below this part of its limit a process is not throttled; at the limit, it is in every period.
const THROTTLE_FROM_PPM: u64 = 600_000;

/// What a process has to serve with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Capacity {
    /// CPU in thousandths of a core.
    pub(super) cpu_millis: u64,
    /// Whether that is a limit (and not the whole node).
    pub(super) limited: bool,
    /// Microseconds of CPU that a request takes.
    pub(super) cpu_us: u64,
    /// Milliseconds that a request takes beside waiting.
    pub(super) latency_ms: u64,
}

/// What comes of an offered rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Admission {
    /// Requests per 1000 s that are served.
    pub(super) served_milli_rps: u64,
    /// CPU used, in thousandths of a core.
    pub(super) cpu_millis: u64,
    /// Scheduler periods in which the process was stopped by its limit, in ppm.
    pub(super) throttled_ppm: u64,
    /// Mean milliseconds of a served request in this process, without its dependencies.
    pub(super) latency_mean_ms: u64,
}

impl Capacity {
    /// The most requests per 1000 s.
    pub(super) fn milli_rps_max(&self) -> u64 {
        // millicores × 10⁶ µs/s ÷ µs = requests per 1000 s.
        (self.cpu_millis * 1_000_000).checked_div(self.cpu_us).unwrap_or(u64::MAX)
    }

    /// What comes of an offered rate.
    pub(super) fn admit(&self, offered_milli_rps: u64) -> Admission {
        let served = offered_milli_rps.min(self.milli_rps_max());
        let busy_ppm = (u128::from(offered_milli_rps) * u128::from(self.cpu_us))
            .checked_div(u128::from(self.cpu_millis))
            .unwrap_or(u128::from(WHOLE_PPM));
        let busy_ppm = u64::try_from(busy_ppm).unwrap_or(u64::MAX);
        let wait_ms = if busy_ppm > WHOLE_PPM { QUEUE_MS_MAX } else { self.wait_ms(busy_ppm) };
        let over = busy_ppm.min(WHOLE_PPM).saturating_sub(THROTTLE_FROM_PPM);
        let throttled_ppm =
            if self.limited { over * WHOLE_PPM / (WHOLE_PPM - THROTTLE_FROM_PPM) } else { 0 };
        Admission {
            served_milli_rps: served,
            cpu_millis: (u128::from(served) * u128::from(self.cpu_us) / 1_000_000) as u64,
            throttled_ppm,
            latency_mean_ms: self.latency_ms + wait_ms,
        }
    }

    /// Mean time in the queue of a single server (M/M/1): service × busy ÷ (1 − busy).
    fn wait_ms(&self, busy_ppm: u64) -> u64 {
        let busy_ppm = busy_ppm.min(BUSY_PPM_MAX);
        // Less than a core makes the same work take longer.
        let service_us = self.cpu_us * 1000 / self.cpu_millis.clamp(1, 1000);
        (service_us * busy_ppm / (WHOLE_PPM - busy_ppm) / 1000).min(QUEUE_MS_MAX)
    }
}

/// The 95th percentile that belongs to a mean, of which `fixed_ms` never varies: waiting times are spread
/// exponentially, and −ln 0.05 is 2.996.
pub(super) fn p95_ms(mean_ms: u64, fixed_ms: u64) -> u64 {
    let varying = mean_ms.saturating_sub(fixed_ms);
    mean_ms.min(fixed_ms) + varying * 2996 / 1000
}

/// How many of a million answers come after the caller's patience has ended, for latencies of which half and
/// 19 of 20 are within the given times; straight lines between these points.
pub(super) fn late_ppm(patience_ms: u64, p50_ms: u64, p95_ms: u64) -> u64 {
    const HALF: u64 = 500_000;
    const TWENTIETH: u64 = 50_000;
    let p95_ms = p95_ms.max(p50_ms);
    if patience_ms == 0 {
        return 0;
    }
    let line = |from: u64, to: u64, high: u64, low: u64| {
        let passed = patience_ms.saturating_sub(from);
        high - (high - low) * passed.min(to - from) / (to - from).max(1)
    };
    if patience_ms < p50_ms {
        line(0, p50_ms, WHOLE_PPM, HALF)
    } else if patience_ms < p95_ms {
        line(p50_ms, p95_ms, HALF, TWENTIETH)
    } else {
        match patience_ms.cmp(&(2 * p95_ms)) {
            Ordering::Less => line(p95_ms, 2 * p95_ms, TWENTIETH, 0),
            _ => 0,
        }
    }
}

/// How much longer everything takes in a JVM whose heap is filled to so many ppm, in ppm of the usual.
///
/// The collector runs ever more often the less there is to gain: nothing below 80 %, a standstill near the end.
pub(super) fn collector_factor_ppm(filled_ppm: u64) -> u64 {
    let row = COLLECTOR.iter().rev().find(|(from, _)| filled_ppm >= *from);
    row.map_or(WHOLE_PPM, |(_, factor)| *factor)
}

/// From which filling of the heap (ppm) on everything takes so much longer (ppm).
pub const COLLECTOR: &[(u64, u64)] =
    &[(800_000, 1_100_000), (900_000, 1_500_000), (950_000, 3_000_000), (980_000, 8_000_000)];

#[cfg(test)]
mod tests {
    use super::*;

    const HALF_CORE: Capacity =
        Capacity { cpu_millis: 500, limited: true, cpu_us: 10_000, latency_ms: 20 };

    #[test]
    fn a_limit_sets_the_rate_the_throttling_and_the_wait() {
        assert_eq!(HALF_CORE.milli_rps_max(), 50_000);
        let easy = HALF_CORE.admit(10_000);
        assert_eq!((easy.served_milli_rps, easy.cpu_millis, easy.throttled_ppm), (10_000, 100, 0));
        assert_eq!(easy.latency_mean_ms, 25);
        let hard = HALF_CORE.admit(45_000);
        assert_eq!((hard.served_milli_rps, hard.throttled_ppm), (45_000, 750_000));
        assert_eq!(hard.latency_mean_ms, 200);
        let over = HALF_CORE.admit(60_000);
        assert_eq!((over.served_milli_rps, over.cpu_millis), (50_000, 500));
        assert_eq!((over.throttled_ppm, over.latency_mean_ms), (WHOLE_PPM, 30_020));
    }

    #[test]
    fn patience_ends_between_the_percentiles() {
        let late = [0, 10, 20, 40, 60, 90, 120].map(|patience| late_ppm(patience, 20, 60));
        assert_eq!(late, [0, 750_000, 500_000, 275_000, 50_000, 25_000, 0]);
        assert_eq!(p95_ms(120, 20), 20 + 299);
    }

    #[test]
    fn more_patience_never_means_more_late_answers() {
        for p50 in [0, 1, 7, 100] {
            for p95 in [0, 5, 100, 300] {
                let late: Vec<_> = (1..700).map(|patience| late_ppm(patience, p50, p95)).collect();
                assert!(late.is_sorted_by(|a, b| a >= b), "{p50} {p95}");
            }
        }
    }
}
