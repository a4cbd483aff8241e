//! One line's run: what the shell and its tools may ask of the session.

use opsdrill_engine::SimTime;
use opsdrill_shell::{Host, Stream, ToolCall, ToolResult, WaitOutcome};
use rand::Rng;

use crate::container_shell::InContainer;
use crate::front_end::FrontEnd;
use crate::house::House;
use crate::log::{Input, Log, LogSink};
use crate::stage::{Stage, TRAINEE};
use crate::tools;

/// The host of the shell for one line.
pub(crate) struct Terminal<'a> {
    pub(crate) stage: &'a mut Stage,
    pub(crate) front: &'a mut dyn FrontEnd,
    pub(crate) log: &'a mut Log,
    pub(crate) sink: &'a mut dyn LogSink,
    /// Why the log could not be kept, if that happened.
    pub(crate) log_failure: Option<String>,
    pub(crate) interrupted: bool,
    /// How many editors of `kubectl edit` run at the moment, one inside of the other.
    pub(crate) editors: usize,
    /// Whether the line has written down that it waits.
    pub(crate) waited: bool,
    /// The shell in a container that the line has opened for the lines to come.
    pub(crate) entered: Option<InContainer>,
    /// The client who runs the line, if it is somebody who came over the network.
    pub(crate) remote: Option<u64>,
    /// Whether another line waits meanwhile.
    pub(crate) nested: bool,
}

impl<'a> Terminal<'a> {
    pub(crate) fn new(
        stage: &'a mut Stage,
        front: &'a mut dyn FrontEnd,
        log: &'a mut Log,
        sink: &'a mut dyn LogSink,
    ) -> Self {
        Self {
            stage,
            front,
            log,
            sink,
            log_failure: None,
            interrupted: false,
            editors: 0,
            waited: false,
            entered: None,
            remote: None,
            nested: false,
        }
    }
}

impl Terminal<'_> {
    /// Writes down that a line which has waited is over. What waited within another's wait is over with that.
    pub(crate) fn finish(&mut self) {
        if self.waited && !self.nested {
            self.record(Input::Ended);
        }
    }

    /// Receives those who have come over the network.
    fn receive(&mut self) {
        if !self.waited && !self.nested {
            let now = self.stage.cluster.now();
            self.record(Input::Waiting);
            self.waited = true;
            self.front.noted(now);
        }
        let mut house = House {
            stage: &mut *self.stage,
            log: &mut *self.log,
            sink: &mut *self.sink,
            over: false,
            nested: true,
        };
        self.front.receive(&mut house);
        self.interrupted |= self.remote.is_some_and(|it| self.stage.remote.is_broken(it));
    }

    /// Writes an input down before its effect shows.
    pub(crate) fn record(&mut self, input: Input) {
        let line = self.log.push(self.stage.cluster.now(), TRAINEE, input);
        if let Err(problem) = self.sink.append(&line) {
            self.log_failure = Some(problem);
        }
    }

    /// Lets time pass until `deadline`, or until Ctrl-C; false after Ctrl-C.
    pub(crate) fn pass_until(&mut self, deadline: SimTime) -> bool {
        loop {
            if self.front.has_visitors(self.stage.cluster.now()) {
                self.receive();
            }
            let now = self.stage.cluster.now();
            if self.interrupted || deadline <= now {
                return !self.interrupted;
            }
            let note = self.front.next_note(now);
            if note == Some(now) {
                self.record(Input::Waiting);
                self.waited = true;
                self.front.noted(now);
                continue;
            }
            let until = note.map_or(deadline, |it| it.min(deadline));
            let reached = self.front.pass(now, until).clamp(now, until);
            self.stage.advance(reached);
            if reached < until && !self.front.has_visitors(reached) {
                self.interrupted = true;
                self.record(Input::Interrupt);
            }
        }
    }

    /// Asks for an edited text and writes the answer down.
    pub(crate) fn edited(&mut self, name: &str, text: &str) -> Option<String> {
        // A client has an editor of its own, and none in the container.
        if self.remote.is_some() {
            return None;
        }
        let saved = self.front.edit(name, text);
        self.record(Input::Edited(saved.clone()));
        saved
    }
}

impl Host for Terminal<'_> {
    fn now_ms(&self) -> u64 {
        self.stage.cluster.now().0
    }

    fn epoch_unix_seconds(&self) -> i64 {
        self.stage.cluster.unix_now() - (self.stage.cluster.now().0 / 1000) as i64
    }

    fn wait_until(&mut self, deadline_ms: u64) -> WaitOutcome {
        if self.pass_until(SimTime(deadline_ms)) {
            WaitOutcome::Reached
        } else {
            WaitOutcome::Interrupted
        }
    }

    fn random_u64(&mut self, purpose: &str) -> u64 {
        self.stage.cluster.chance().next_stream(purpose).next_u64()
    }

    fn print(&mut self, stream: Stream, text: &str) {
        self.front.print(stream, text);
    }

    fn interrupted(&mut self) -> bool {
        self.interrupted
    }

    fn edit(&mut self, name: &str, text: &str) -> Option<String> {
        self.edited(name, text)
    }

    fn tool(&mut self, call: ToolCall<'_>) -> ToolResult {
        let name = call.argv.first().map(String::as_str).unwrap_or_default();
        match tools::TOOLS.iter().find(|it| it.name == name) {
            Some(tool) => (tool.run)(self, call),
            None => ToolResult::fail(format!("opsdrill: not simulated: {name}\n"), 126),
        }
    }

    fn tool_names(&self) -> &[&str] {
        tools::NAMES
    }
}
