//! Memory as a function of time: it follows the load in a ramp and grows by what leaks.
//!
//! Nobody ticks: the instant at which a limit is crossed is computed, and computed again when the load changes.

use crate::time::SimTime;

/// A quantity in bytes: a ramp from one value to another, and a leak on top of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// Since when it holds.
    since: SimTime,
    /// The ramp's value at `since`.
    from: u64,
    /// The ramp's value in the end.
    to: u64,
    /// Milliseconds that the ramp takes.
    over_ms: u64,
    /// What has leaked by `since`, in millionths of a byte.
    leaked_micro: u128,
    /// What leaks in a millisecond, in millionths of a byte; equally, bytes per request times requests per 1000 s.
    leak_micro_per_ms: u64,
}

/// Millionths.
const MICRO: i128 = 1_000_000;

impl Course {
    /// A value that stays.
    pub fn constant(since: SimTime, value: u64) -> Self {
        Self { since, from: value, to: value, ..Self::default() }
    }

    /// The course that leads from where this one is now to another value; the same course if nothing changes.
    #[must_use]
    pub fn turned(&self, now: SimTime, to: u64, over_ms: u64, leak_micro_per_ms: u64) -> Self {
        if self.to == to && self.leak_micro_per_ms == leak_micro_per_ms {
            return *self;
        }
        let leaked_micro = self.leaked_micro(now);
        let from = self.ramp_micro(now) / MICRO;
        let from = u64::try_from(from).expect("a ramp between two sizes is a size");
        Self { since: now, from, to, over_ms, leaked_micro, leak_micro_per_ms }
    }

    /// The value at a time.
    pub fn at(&self, time: SimTime) -> u64 {
        let micro = self.ramp_micro(time) + self.leaked_micro(time) as i128;
        u64::try_from(micro / MICRO).unwrap_or(u64::MAX)
    }

    /// The largest value from the start of this course until a time.
    pub fn peak_until(&self, time: SimTime) -> u64 {
        let ramp_end = self.ramp_end().min(time);
        self.at(self.since).max(self.at(ramp_end)).max(self.at(time))
    }

    /// The most that it ever comes to; `None` if it grows for ever.
    pub fn bound(&self) -> Option<u64> {
        let leaked = u64::try_from(self.leaked_micro / MICRO.unsigned_abs()).unwrap_or(u64::MAX);
        (self.leak_micro_per_ms == 0).then(|| self.from.max(self.to).saturating_add(leaked))
    }

    /// The first instant, not before `after`, at which the value exceeds a limit.
    pub fn first_above(&self, limit: u64, after: SimTime) -> Option<SimTime> {
        let after = after.max(self.since);
        if self.at(after) > limit {
            return Some(after);
        }
        let ramp_end = self.ramp_end();
        if after < ramp_end && self.at(ramp_end) > limit {
            return Some(self.search(limit, after, ramp_end));
        }
        if self.leak_micro_per_ms == 0 {
            return None;
        }
        let start = after.max(ramp_end);
        let missing = (i128::from(limit) + 1) * MICRO
            - self.ramp_micro(start)
            - self.leaked_micro(start) as i128;
        let span = missing.max(0).unsigned_abs().div_ceil(u128::from(self.leak_micro_per_ms));
        let guess = SimTime(start.0.saturating_add(u64::try_from(span).ok()?));
        Some(guess)
    }

    /// The first instant above the limit in a stretch that begins not above and ends above it, and is straight.
    fn search(&self, limit: u64, from: SimTime, to: SimTime) -> SimTime {
        let (mut low, mut high) = (from.0, to.0);
        while high - low > 1 {
            let middle = low.midpoint(high);
            if self.at(SimTime(middle)) > limit {
                high = middle;
            } else {
                low = middle;
            }
        }
        SimTime(high)
    }

    fn ramp_end(&self) -> SimTime {
        SimTime(self.since.0.saturating_add(self.over_ms))
    }

    fn ramp_micro(&self, time: SimTime) -> i128 {
        let elapsed = (time - self.since).0.min(self.over_ms);
        let (from, to) = (i128::from(self.from), i128::from(self.to));
        if elapsed >= self.over_ms {
            return to * MICRO;
        }
        from * MICRO + (to - from) * MICRO * i128::from(elapsed) / i128::from(self.over_ms)
    }

    fn leaked_micro(&self, time: SimTime) -> u128 {
        self.leaked_micro + u128::from(self.leak_micro_per_ms) * u128::from((time - self.since).0)
    }
}

/// What leaks in a millisecond, in millionths of a byte.
pub fn leak_micro_per_ms(bytes_per_request: u64, milli_requests_per_second: u64) -> u64 {
    // bytes/request × requests/1000 s = bytes/1000 s = 10⁻⁶ bytes/ms.
    bytes_per_request.saturating_mul(milli_requests_per_second)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_crossing_is_the_first_instant_above(
            from in 0_u64..3000, to in 0_u64..3000, over_ms in 0_u64..400,
            leak in 0_u64..5_000_000, limit in 0_u64..4000, after in 0_u64..500,
        ) {
            let course = Course::constant(SimTime(100), from).turned(SimTime(100), to, over_ms, leak);
            let brute = (after.max(100)..4000).map(SimTime).find(|time| course.at(*time) > limit);
            let crossing = course.first_above(limit, SimTime(after)).filter(|it| it.0 < 4000);
            prop_assert_eq!(crossing, brute);
        }

        #[test]
        fn turning_neither_jumps_nor_forgets_the_leak(
            from in 0_u64..3000, to in 0_u64..3000, next in 0_u64..3000, leak in 1_u64..5_000_000,
        ) {
            let course = Course::constant(SimTime(0), from).turned(SimTime(0), to, 200, leak);
            let turned = course.turned(SimTime(90), next, 200, 0);
            prop_assert!(turned.at(SimTime(90)).abs_diff(course.at(SimTime(90))) <= 1);
            let leaked = u64::try_from(u128::from(leak) * 90 / 1_000_000).unwrap();
            prop_assert_eq!(turned.at(SimTime(5000)), next + leaked);
        }

        #[test]
        fn the_peak_is_the_largest_value(
            from in 0_u64..3000, to in 0_u64..3000, leak in 0_u64..9_000_000, until in 0_u64..600,
        ) {
            let course = Course::constant(SimTime(0), from).turned(SimTime(0), to, 200, leak);
            let brute = (0..=until).map(|time| course.at(SimTime(time))).max().unwrap();
            // Values between the corners may round up past a corner by a byte.
            prop_assert!(course.peak_until(SimTime(until)).abs_diff(brute) <= 1);
        }
    }
}
