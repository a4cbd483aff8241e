//! The session's thread at the desk: it answers what has come, also while a command waits.
//!
//! To a command that waits this is the person in front of the session: it lets wall time pass for simulated time, and
//! receives whoever comes meanwhile.

use std::time::Duration;

use opsdrill_session::exec_call::ExecEnd;
use opsdrill_session::session::SimTime;
use opsdrill_session::{FrontEnd, House, Stream};
use tokio::time::Instant;

use crate::desk::{Call, Desk};

/// How often somebody who waits looks for calls, for Ctrl-C, and for what watchers are to be told.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The most calls that are answered before time goes on.
const BATCH_MAX: usize = 256;

/// How often a command that waits writes down how far time has come.
const NOTE_EVERY: Duration = Duration::from_secs(1);

/// The desk with somebody behind it.
pub struct Counter<'d> {
    desk: &'d mut Desk,
    /// Who sits at the prompt.
    person: &'d mut dyn FrontEnd,
    /// How many simulated seconds pass in each second.
    pace: u32,
    /// Whether Ctrl-C was pressed at the prompt; asked once.
    pressed: fn() -> bool,
    /// Whether it was.
    is_pressed: bool,
    /// Whether it is time to look.
    looks: bool,
    noted: Option<SimTime>,
    /// Why something could not be kept.
    failure: Option<String>,
}

impl<'d> Counter<'d> {
    /// A desk, who sits at the prompt, and the pace of simulated time.
    pub fn new(
        desk: &'d mut Desk,
        person: &'d mut dyn FrontEnd,
        pace: u32,
        pressed: fn() -> bool,
    ) -> Self {
        let (is_pressed, looks) = (false, false);
        Self { desk, person, pace, pressed, is_pressed, looks, noted: None, failure: None }
    }

    /// Answers all that has come.
    ///
    /// # Errors
    /// When the log cannot be kept.
    pub fn serve(&mut self, house: &mut House<'_>) -> Result<(), String> {
        self.desk.tell_of(&house.stage().cluster);
        let mut asked = Vec::new();
        // One by one: whoever runs a command lets those behind come to their turn while it waits.
        for _ in 0..BATCH_MAX {
            let Some(call) = self.desk.next_call() else { break };
            if let Call::Api { call, answer } = call {
                asked.push((*call, answer));
                continue;
            }
            self.desk.answer_api(&mut asked, house)?;
            match self.desk.answer(call, house)? {
                Some(Call::Exec(order)) => {
                    let mut call = order.call;
                    call.id = house.next_id();
                    let id = call.id;
                    self.desk.connect(id, order.output);
                    let _ = order.started.send(id);
                    let end = house.exec(call, self)?;
                    self.desk.tell_of(&house.stage().cluster);
                    if !matches!(end, ExecEnd::Stays(_)) {
                        self.desk.disconnect(id);
                    }
                    let _ = order.answer.send(end);
                }
                Some(Call::Typed { id, text, answer }) => {
                    let end = house.typed(id, &text, self)?;
                    self.desk.tell_of(&house.stage().cluster);
                    if !matches!(end, ExecEnd::Stays(_)) {
                        self.desk.disconnect(id);
                    }
                    let _ = answer.send(end);
                }
                _ => {}
            }
        }
        self.desk.answer_api(&mut asked, house)
    }

    /// Why something could not be kept while a command waited.
    pub fn failure(&mut self) -> Option<String> {
        self.failure.take()
    }

    fn simulated(&self, elapsed: Duration) -> u64 {
        let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        millis.saturating_mul(u64::from(self.pace))
    }
}

impl FrontEnd for Counter<'_> {
    fn print(&mut self, stream: Stream, text: &str) {
        self.person.print(stream, text);
    }

    fn pass(&mut self, from: SimTime, to: SimTime) -> SimTime {
        let start = Instant::now();
        let end = to.0.saturating_sub(from.0);
        self.desk.await_call(LOOK_EVERY.min(Duration::from_millis(end / u64::from(self.pace) + 1)));
        let passed = self.simulated(start.elapsed());
        self.is_pressed |= (self.pressed)();
        if passed >= end && !self.is_pressed {
            return to;
        }
        self.looks = true;
        SimTime(from.0 + passed).min(SimTime(to.0.saturating_sub(1)))
    }

    fn edit(&mut self, name: &str, text: &str) -> Option<String> {
        self.person.edit(name, text)
    }

    fn next_note(&self, now: SimTime) -> Option<SimTime> {
        let every = self.simulated(NOTE_EVERY);
        Some(self.noted.map_or(now, |it| SimTime(it.0 + every).max(now)))
    }

    fn noted(&mut self, time: SimTime) {
        self.noted = Some(time);
    }

    fn has_visitors(&self, _now: SimTime) -> bool {
        !self.is_pressed && (self.looks || self.desk.has_calls())
    }

    fn receive(&mut self, house: &mut House<'_>) {
        self.looks = false;
        if let Err(problem) = self.serve(house) {
            self.failure = Some(problem);
            self.is_pressed = true;
        }
    }

    fn send(&mut self, id: u64, stream: Stream, bytes: &[u8]) {
        self.desk.send(id, (stream, bytes.to_vec()));
    }
}
