//! How simulated time follows wall time.

use std::thread;
use std::time::{Duration, Instant};

use opsdrill_session::session::SimTime;

/// How simulated time follows wall time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Waiting commands jump; between commands nothing passes but what they cost.
    Jump,
    /// So many simulated seconds in each second.
    Times(u32),
}

/// How often something that waits looks for Ctrl-C.
const SLICE: Duration = Duration::from_millis(50);

/// How often a command that waits writes down how far time has come.
const NOTE_EVERY: Duration = Duration::from_secs(1);

impl Pace {
    /// Reads `--pace`.
    ///
    /// # Errors
    /// What may be written there.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text == "jump" {
            return Ok(Self::Jump);
        }
        let times = text.strip_suffix('x').unwrap_or(text).parse().ok();
        let times = times.filter(|it| (1..=3600).contains(it));
        times.map(Self::Times).ok_or_else(|| "write `jump` or a number from 1 to 3600".to_owned())
    }

    /// How many simulated seconds pass in each second, at least one.
    pub(crate) fn times(self) -> u32 {
        if let Self::Times(times) = self { times } else { 1 }
    }

    /// The simulated milliseconds that a span of wall time is worth.
    pub(crate) fn simulated(self, elapsed: Duration) -> u64 {
        let Self::Times(times) = self else { return 0 };
        u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).saturating_mul(u64::from(times))
    }
}

/// The wall time that one command takes.
pub(crate) struct Waiting {
    pace: Pace,
    noted: Option<SimTime>,
}

impl Waiting {
    /// Before the command has waited.
    pub(crate) fn at(pace: Pace) -> Self {
        Self { pace, noted: None }
    }

    /// Takes as long as a stretch of simulated time is worth; answers the time that was reached, which is earlier than
    /// `to` if it was interrupted.
    pub(crate) fn pass(
        &self,
        from: SimTime,
        to: SimTime,
        interrupted: impl Fn() -> bool,
    ) -> SimTime {
        let Pace::Times(times) = self.pace else { return if interrupted() { from } else { to } };
        let start = Instant::now();
        loop {
            let passed = self.pace.simulated(start.elapsed());
            if interrupted() {
                return SimTime(from.0 + passed).min(SimTime(to.0.saturating_sub(1)));
            }
            let left = to.0.saturating_sub(from.0).saturating_sub(passed);
            if left == 0 {
                return to;
            }
            thread::sleep(Duration::from_millis(left / u64::from(times) + 1).min(SLICE));
        }
    }

    /// See [`opsdrill_session::FrontEnd::next_note`].
    pub(crate) fn next_note(&self, now: SimTime) -> Option<SimTime> {
        let every = self.pace.simulated(NOTE_EVERY);
        (every > 0).then(|| self.noted.map_or(now, |it| SimTime(it.0 + every).max(now)))
    }

    /// The moment was written down.
    pub(crate) fn noted(&mut self, time: SimTime) {
        self.noted = Some(time);
    }
}
