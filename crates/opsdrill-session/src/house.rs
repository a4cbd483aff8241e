//! The session as those meet it who come over the network: requests, and commands in containers.
//!
//! They come between two lines of the prompt, or while one waits. Either way what they do is kept in the log first, and
//! a replay lets them come again at the same moment.

use std::cell::RefCell;

use opsdrill_engine::api::Reply;
use opsdrill_objects::Status;

use crate::api_call::ApiCall;
use crate::cluster_door::Desk;
use crate::exec_call::{ExecCall, ExecEnd};
use crate::front_end::FrontEnd;
use crate::log::{Input, Log, LogSink};
use crate::remote_shells;
use crate::stage::{Stage, TRAINEE};
use crate::terminal::Terminal;

/// The session, open to visitors.
pub struct House<'a> {
    pub(crate) stage: &'a mut Stage,
    pub(crate) log: &'a mut Log,
    pub(crate) sink: &'a mut dyn LogSink,
    /// Whether the drill is over.
    pub(crate) over: bool,
    /// Whether something else waits meanwhile.
    pub(crate) nested: bool,
}

/// What is answered once the drill is over: the cluster stands still.
fn over() -> Status {
    Status::new(503, "ServiceUnavailable", "the drill is over: its result stands")
}

impl House<'_> {
    /// The stage.
    pub fn stage(&self) -> &Stage {
        self.stage
    }

    /// The number of the next command.
    pub fn next_id(&self) -> u64 {
        self.stage.remote.next_id()
    }

    /// Answers requests, all at this moment: they are kept first, in one piece.
    ///
    /// # Errors
    /// Why they could not be kept; then none of them was handled.
    pub fn answer(&mut self, calls: &[ApiCall]) -> Result<Vec<Reply>, String> {
        if self.over {
            let refused = || Reply { result: Err(over()), warnings: Vec::new() };
            return Ok(calls.iter().map(|_| refused()).collect());
        }
        let now = self.stage.cluster.now();
        let mut push =
            |call: &ApiCall| self.log.push(now, TRAINEE, Input::Api(Box::new(call.clone())));
        let lines = calls.iter().map(&mut push).collect::<Vec<_>>().join("\n");
        self.sink.append(&lines)?;
        Ok(calls.iter().map(|it| self.stage.answer(it)).collect())
    }

    /// Runs a command in a container; its output goes to [`FrontEnd::send`].
    ///
    /// # Errors
    /// Why it could not be kept.
    pub fn exec(&mut self, call: ExecCall, front: &mut dyn FrontEnd) -> Result<ExecEnd, String> {
        if self.over {
            return Ok(ExecEnd::Refused(over()));
        }
        self.keep(Input::Exec(Box::new(call.clone())))?;
        self.run(call.id, front, |desk| remote_shells::begin(desk, &call))
    }

    /// Runs a line in the shell in which a client stays.
    ///
    /// # Errors
    /// Why it could not be kept.
    pub fn typed(
        &mut self,
        id: u64,
        text: &str,
        front: &mut dyn FrontEnd,
    ) -> Result<ExecEnd, String> {
        if self.over {
            return Ok(ExecEnd::Refused(over()));
        }
        self.keep(Input::Typed { id, text: text.to_owned() })?;
        self.run(id, front, |desk| remote_shells::line(desk, id, text))
    }

    /// Presses Ctrl-C while a command runs.
    ///
    /// # Errors
    /// Why it could not be kept.
    pub fn break_off(&mut self, id: u64) -> Result<(), String> {
        if self.over || !self.stage.remote.is_running(id) {
            return Ok(());
        }
        self.keep(Input::Break(id))?;
        self.stage.remote.break_off(id);
        Ok(())
    }

    /// The client of a shell has gone.
    ///
    /// # Errors
    /// Why it could not be kept.
    pub fn hang_up(&mut self, id: u64) -> Result<(), String> {
        if self.over || !self.stage.remote.is_open(id) {
            return Ok(());
        }
        self.keep(Input::HangUp(id))?;
        self.stage.remote.close(id);
        Ok(())
    }

    /// Lets a visitor come again.
    pub(crate) fn play(&mut self, input: &Input, front: &mut dyn FrontEnd) {
        let played = match input {
            Input::Api(call) => self.answer(std::slice::from_ref(call)).map(drop),
            Input::Exec(call) => self.exec((**call).clone(), front).map(drop),
            Input::Typed { id, text } => self.typed(*id, text, front).map(drop),
            Input::Break(id) => self.break_off(*id),
            Input::HangUp(id) => self.hang_up(*id),
            _ => Ok(()),
        };
        played.expect("nothing is kept that could fail");
    }

    fn keep(&mut self, input: Input) -> Result<(), String> {
        let now = self.stage.cluster.now();
        self.sink.append(&self.log.push(now, TRAINEE, input))
    }

    fn run(
        &mut self,
        id: u64,
        front: &mut dyn FrontEnd,
        what: impl FnOnce(&Desk<'_, '_>) -> ExecEnd,
    ) -> Result<ExecEnd, String> {
        self.stage.remote.starts(id);
        let mut terminal = Terminal::new(self.stage, front, self.log, self.sink);
        terminal.remote = Some(id);
        terminal.nested = self.nested;
        let end = {
            let desk = RefCell::new(&mut terminal);
            what(&desk)
        };
        terminal.finish();
        let failure = terminal.log_failure.take();
        self.stage.remote.ends(id);
        failure.map_or(Ok(end), Err)
    }
}
