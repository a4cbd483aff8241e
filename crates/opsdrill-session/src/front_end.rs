//! What a session needs of whoever sits in front of it: a person's terminal, a script, a replay.

use opsdrill_engine::SimTime;
pub use opsdrill_shell::Stream;

use crate::house::House;

/// The front end of a session.
pub trait FrontEnd {
    /// Shows text.
    fn print(&mut self, stream: Stream, text: &str);

    /// Lets a stretch of simulated time be felt: sleeps as long as it is worth in wall time, or jumps. Answers the
    /// time that was reached: `to`, or an earlier one when the trainee pressed Ctrl-C.
    fn pass(&mut self, from: SimTime, to: SimTime) -> SimTime;

    /// Opens an editor on a text and answers what was saved; `None` when there is no terminal or nothing was saved.
    fn edit(&mut self, name: &str, text: &str) -> Option<String>;

    /// The next moment, not before `now`, at which a command that waits writes down how far time has come; `None`
    /// where simulated time jumps, so that nothing can happen to the program while a command waits.
    fn next_note(&self, _now: SimTime) -> Option<SimTime> {
        None
    }

    /// The moment was written down.
    fn noted(&mut self, _time: SimTime) {}

    /// Whether somebody has come over the network while a command waits, and is to be received now.
    fn has_visitors(&self, _now: SimTime) -> bool {
        false
    }

    /// Receives them.
    fn receive(&mut self, _house: &mut House<'_>) {}

    /// Sends what a command in a container prints to the client who runs it.
    fn send(&mut self, _id: u64, _stream: Stream, _bytes: &[u8]) {}
}

/// A front end without a person: output is collected, time jumps.
#[derive(Debug, Default)]
pub struct Script {
    /// All output, both streams in order.
    pub output: String,
}

impl FrontEnd for Script {
    fn print(&mut self, _stream: Stream, text: &str) {
        self.output.push_str(text);
    }

    fn pass(&mut self, _from: SimTime, to: SimTime) -> SimTime {
        to
    }

    fn edit(&mut self, _name: &str, _text: &str) -> Option<String> {
        None
    }
}
