//! Runs one line to its end: polls the interpreter, answers its requests, and keeps two clocks in step.
//!
//! The runtime's clock is paused. When everything waits, the runtime jumps to its nearest timer; the driver then lets
//! the host's time pass by as much. When a tool lets the host's time pass, the driver moves the runtime's clock.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bashkit::ExecResult;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::ShellOptions;
use super::bounds::{MAX_WAIT_MS, NEVER};
use super::requests::{Answer, Request, SharedClock};
use super::streaming::STREAM_COMMAND;
use crate::applets::{self, Reply};
use crate::{Host, Stream, ToolCall, ToolResult, WaitOutcome, Workspace};

/// The status of what Ctrl-C ends and what does not catch it.
const INTERRUPTED: i32 = 130;

/// One piece of output with the place it goes to.
pub(super) type Chunk = (Stream, Vec<u8>);

/// The output of a line that nobody has seen yet, in order.
#[derive(Clone, Default)]
pub(super) struct Pending(Arc<Mutex<Vec<Chunk>>>);

impl Pending {
    pub(super) fn push(&self, stream: Stream, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push((stream, bytes.to_vec()));
        }
    }

    pub(super) fn take(&self) -> Vec<Chunk> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How the line ended; there is one at a time, so its size does not matter.
#[allow(clippy::large_enum_variant, reason = "one value a line, never stored in numbers")]
pub(super) enum Ended {
    /// By itself, or by a bound or a syntax error of the interpreter.
    Finished(bashkit::Result<ExecResult>),
    /// By Ctrl-C, with the status of what was ended.
    Interrupted(i32),
    /// By [`MAX_WAIT_MS`].
    WaitedTooLong,
    /// Nothing was left that could ever go on, such as a `read` from a terminal; the interpreter was dropped half-way.
    Stuck,
}

/// Why the line's future is not polled on at once.
#[allow(clippy::large_enum_variant, reason = "one value at a time, never stored in numbers")]
enum Step {
    /// It is over.
    Ended(Ended),
    /// A tool is to be called.
    Tool(Request),
    /// The runtime's clock has jumped to this time: the host's is to follow, and then the rest.
    Jumped(u64, Rest),
}

/// What is left to do once the host's time has followed.
#[allow(clippy::large_enum_variant, reason = "one value at a time, never stored in numbers")]
enum Rest {
    /// A request is to be answered.
    Request(Request),
    /// The line has ended.
    Finished(bashkit::Result<ExecResult>),
    /// Commands that waited go on.
    Wake,
}

/// Everything a line needs while it runs.
pub(super) struct Driver<'a> {
    pub(super) host: &'a mut dyn Host,
    pub(super) workspace: &'a mut Workspace,
    pub(super) history: &'a [String],
    pub(super) machine: &'a ShellOptions,
    pub(super) requests: &'a mut mpsc::UnboundedReceiver<Request>,
    pub(super) clock: SharedClock,
    pub(super) pending: Pending,
    pub(super) cancel: Arc<AtomicBool>,
    /// True when a tool may print while it runs.
    pub(super) streaming: bool,
    /// Simulated time the line may not pass.
    pub(super) last_ms: u64,
    pub(super) sleepers: BTreeMap<(u64, u64), (oneshot::Sender<Answer>, ToolResult)>,
    pub(super) sequence: u64,
    /// Answers that came after their `timeout` had struck.
    pub(super) parked: Vec<oneshot::Sender<Answer>>,
    pub(super) stopped: Option<Ended>,
}

impl Driver<'_> {
    /// Sets the bounds of time; called once, before the first step.
    fn begin(&mut self) {
        let begun_ms = self.host.now_ms();
        self.last_ms = begun_ms.saturating_add(MAX_WAIT_MS);
        self.clock.set(begun_ms);
    }

    /// Runs `line` to its end.
    pub(super) fn drive(
        &mut self,
        runtime: &Runtime,
        mut line: Pin<&mut impl Future<Output = bashkit::Result<ExecResult>>>,
    ) -> Ended {
        runtime.block_on(async { self.begin() });
        let mut next = None;
        loop {
            let step = match next.take() {
                Some(step) => step,
                None => runtime.block_on(self.step(line.as_mut())),
            };
            match step {
                Step::Ended(ended) => return ended,
                Step::Tool(request) => {
                    let result = self.call_tool(&request);
                    runtime.block_on(self.finish_tool(request, result));
                }
                Step::Jumped(now_ms, rest) => {
                    self.catch_up(now_ms);
                    next = runtime.block_on(async { self.go_on(rest) });
                }
            }
        }
    }

    /// Polls `line` to its end, or to the next call of a tool.
    async fn step(
        &mut self,
        mut line: Pin<&mut impl Future<Output = bashkit::Result<ExecResult>>>,
    ) -> Step {
        let end_of_time = Instant::now() + NEVER;
        loop {
            let next_wake = self.sleepers.keys().next().map(|(at, _)| *at);
            let bound = self.last_ms.saturating_sub(self.clock.now_ms());
            let wake = match next_wake {
                Some(at) => {
                    Instant::now()
                        + Duration::from_millis(at.saturating_sub(self.clock.now_ms()).min(bound))
                }
                None => end_of_time,
            };
            let rest = tokio::select! {
                biased;
                Some(request) = self.requests.recv() => Rest::Request(request),
                result = &mut line => Rest::Finished(result),
                () = tokio::time::sleep_until(wake) => {
                    if next_wake.is_none() {
                        return Step::Ended(self.stopped.take().unwrap_or(Ended::Stuck));
                    }
                    Rest::Wake
                }
            };
            let now_ms = self.clock.now_ms();
            if now_ms > self.host.now_ms() {
                return Step::Jumped(now_ms, rest);
            }
            if self.host.interrupted() {
                self.stop(Ended::Interrupted(INTERRUPTED));
            }
            if let Some(step) = self.go_on(rest) {
                return step;
            }
        }
    }

    /// Lets the host's time pass by what the runtime's clock jumped. Not in the runtime: others may run a line meanwhile,
    /// in a shell with a runtime of its own.
    fn catch_up(&mut self, now_ms: u64) {
        self.show_pending();
        let outcome = self.host.wait_until(now_ms.min(self.last_ms));
        self.after_time_passed(outcome);
    }

    /// Does the rest of a step; answers a further step if the line cannot be polled on at once.
    fn go_on(&mut self, rest: Rest) -> Option<Step> {
        match rest {
            Rest::Request(request) => self.answer(request).map(Step::Tool),
            Rest::Finished(result) => {
                Some(Step::Ended(self.stopped.take().unwrap_or(Ended::Finished(result))))
            }
            Rest::Wake => {
                self.wake_sleepers();
                None
            }
        }
    }

    fn after_time_passed(&mut self, outcome: WaitOutcome) {
        let now_ms = self.host.now_ms();
        self.workspace.set_clock(unix_ms(self.host));
        if outcome == WaitOutcome::Interrupted || self.host.interrupted() {
            self.stop(Ended::Interrupted(INTERRUPTED));
        } else if now_ms >= self.last_ms {
            self.stop(Ended::WaitedTooLong);
        }
    }

    fn show_pending(&mut self) {
        for (stream, bytes) in self.pending.take() {
            self.host.print(stream, &String::from_utf8_lossy(&bytes));
        }
    }

    /// Ends the line at the next step of the interpreter; everything that waits is answered as if killed by Ctrl-C.
    fn stop(&mut self, why: Ended) {
        if self.stopped.is_none() {
            self.stopped = Some(why);
            self.cancel.store(true, Ordering::Relaxed);
            for (_, (answer, _)) in std::mem::take(&mut self.sleepers) {
                self.reply(answer, ToolResult { status: INTERRUPTED, ..ToolResult::default() });
            }
        }
    }

    fn reply(&self, answer: oneshot::Sender<Answer>, result: ToolResult) {
        // Nobody listens any more when `timeout` or `kill` dropped the command.
        drop(answer.send(Answer { result, unix_ms: unix_ms(self.host) }));
    }

    fn wake_sleepers(&mut self) {
        let now_ms = self.clock.now_ms();
        while let Some(sleeper) = self.sleepers.first_entry() {
            if sleeper.key().0 > now_ms {
                break;
            }
            let (answer, result) = sleeper.remove();
            self.reply(answer, result);
        }
    }

    /// Answers a request, or gives it back when it is the call of a tool.
    fn answer(&mut self, request: Request) -> Option<Request> {
        if self.stopped.is_some() {
            self.reply(request.answer, ToolResult { status: INTERRUPTED, ..ToolResult::default() });
            return None;
        }
        if request.argv.first().is_some_and(|it| it == STREAM_COMMAND) {
            self.streaming = true;
        }
        let reply = applets::run(
            &request,
            &mut applets::Surroundings {
                host: self.host,
                workspace: self.workspace,
                history: self.history,
                machine: self.machine,
                to_terminal: self.streaming,
            },
        );
        match reply {
            Some(Reply::Done(result)) => self.reply(request.answer, result),
            Some(Reply::After { wait_ms, result }) => {
                self.sequence += 1;
                let wake_ms = self.clock.now_ms().saturating_add(wait_ms);
                self.sleepers.insert((wake_ms, self.sequence), (request.answer, result));
            }
            None => return Some(request),
        }
        None
    }

    /// Calls a tool of the host. Not in the runtime: the tool may be another shell, with a runtime of its own.
    fn call_tool(&mut self, request: &Request) -> ToolResult {
        if self.streaming {
            self.show_pending();
        }
        self.host.tool(ToolCall {
            argv: &request.argv,
            stdin: request.stdin.as_deref(),
            env: &request.env,
            cwd: &request.cwd,
            files: self.workspace,
            streaming: self.streaming && request.stdin.is_none(),
            deadline_ms: request.deadline_ms,
            kills: request.kills,
        })
    }

    /// Hands a tool's result to the line, with the time that the tool took.
    async fn finish_tool(&mut self, request: Request, result: ToolResult) {
        let now_ms = self.host.now_ms();
        let passed = now_ms.saturating_sub(self.clock.now_ms());
        if self.host.interrupted() {
            // A tool that catches the signal ends with a status of its own.
            self.stop(Ended::Interrupted(result.status));
        }
        if passed > 0 {
            tokio::time::advance(Duration::from_millis(passed)).await;
            self.after_time_passed(WaitOutcome::Reached);
        }
        if request.deadline_ms.is_some_and(|deadline| now_ms >= deadline) && self.stopped.is_none()
        {
            self.pending.push(Stream::Out, &result.stdout);
            self.pending.push(Stream::Err, &result.stderr);
            self.parked.push(request.answer);
        } else {
            self.reply(request.answer, result);
        }
    }
}

/// The simulated date in unix milliseconds.
pub(crate) fn unix_ms(host: &dyn Host) -> i64 {
    host.epoch_unix_seconds().saturating_mul(1000).saturating_add_unsigned(host.now_ms())
}
