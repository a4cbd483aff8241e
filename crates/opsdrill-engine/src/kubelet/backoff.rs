//! Back-off as client-go keeps it for kubelets: 10 s, doubling to 300 s, forgotten after 600 s of peace.

use crate::time::{SimDuration, SimTime};

const FIRST: SimDuration = SimDuration::seconds(10);
const LONGEST: SimDuration = SimDuration::seconds(300);

/// The back-off of one thing that keeps failing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Backoff {
    /// How long the thing is left alone.
    pub span: SimDuration,
    /// When the span was last set.
    pub updated: SimTime,
}

impl Backoff {
    /// The back-off after another try at `now`, for something that happened at `event`.
    pub(super) fn next(old: Option<Self>, event: SimTime, now: SimTime) -> Self {
        let span = match old {
            Some(old) if !old.has_expired(event) => SimDuration((old.span.0 * 2).min(LONGEST.0)),
            _ => FIRST,
        };
        Self { span, updated: now }
    }

    fn has_expired(self, event: SimTime) -> bool {
        event.since(self.updated).0 > LONGEST.0 * 2
    }

    /// Whether what happened at `event` is still to be left alone.
    pub(super) fn holds_since(self, event: SimTime, now: SimTime) -> bool {
        !self.has_expired(event) && now.since(event) < self.span
    }

    /// Whether the last try is still to be left alone.
    pub(super) fn holds_since_update(self, now: SimTime) -> bool {
        now.since(self.updated) < self.span
    }

    /// The span as Go prints it.
    pub(super) fn text(self) -> String {
        super::duration::text(self.span.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_double_to_five_minutes_and_start_anew_after_ten_minutes_of_running() {
        let mut backoff = None;
        let mut spans = Vec::new();
        for _ in 0..7 {
            let next = Backoff::next(backoff, SimTime(0), SimTime(0));
            spans.push(next.text());
            backoff = Some(next);
        }
        assert_eq!(spans, ["10s", "20s", "40s", "1m20s", "2m40s", "5m0s", "5m0s"]);
        let crash = SimTime(600_001);
        assert!(!backoff.unwrap().holds_since(crash, crash));
        assert_eq!(Backoff::next(backoff, crash, crash).text(), "10s");
    }
}
