//! The way from a command inside the interpreter to the [`crate::Host`] outside of it.
//!
//! A command sends a [`Request`] and sleeps until the line's driver answers. The interpreter's future is `Send` and
//! the host is borrowed, so nothing of the host can be inside the interpreter; this channel is the only door.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bashkit::{Builtin, BuiltinContext, ExecResult, ExecutionPlan, StreamData, SubCommand};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::plans;
use super::task::Shared;
use crate::ToolResult;

/// The exported variable that tells a command below `timeout` that the signal cannot be caught.
pub(super) const KILLS_VARIABLE: &str = "OPSDRILL_TIMEOUT_KILLS";

/// The exported variable that tells a command below `timeout` when it is killed.
pub(super) const DEADLINE_VARIABLE: &str = "OPSDRILL_TIMEOUT_AT_MS";

/// One command that only the world outside can answer.
pub(crate) struct Request {
    /// The words of the command, its name first.
    pub(crate) argv: Vec<String>,
    /// The exact bytes of a pipe or redirection.
    pub(crate) stdin: Option<Vec<u8>>,
    /// The exported variables.
    pub(crate) env: BTreeMap<String, String>,
    /// The working directory.
    pub(crate) cwd: String,
    /// When `timeout` kills the command, in simulated milliseconds.
    pub(crate) deadline_ms: Option<u64>,
    /// Whether with a signal that cannot be caught.
    pub(crate) kills: bool,
    /// Where the answer goes.
    pub(super) answer: oneshot::Sender<Answer>,
}

/// What the host said, and the time after it.
pub(super) struct Answer {
    pub(super) result: ToolResult,
    pub(super) unix_ms: i64,
}

/// A command of the interpreter that forwards to the host.
pub(super) struct Forwarded {
    pub(super) name: String,
    pub(super) requests: mpsc::UnboundedSender<Request>,
    pub(super) clock: SharedClock,
    /// Rounds a `watch` makes before it ends by itself.
    pub(super) watch_rounds: u32,
    /// What it shares with the others of a command that runs while time passes.
    pub(super) task: Option<Arc<Shared>>,
}

/// Simulated time while a line runs: the runtime's paused clock beside the host's.
#[derive(Clone, Debug)]
pub(super) struct SharedClock(Arc<Mutex<(u64, Instant)>>);

impl SharedClock {
    /// A clock at simulated 0.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new((0, Instant::now()))))
    }

    /// Says that it is `now_ms` now.
    pub(super) fn set(&self, now_ms: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (now_ms, Instant::now());
    }

    /// Simulated milliseconds, with what the interpreter's own timers let pass.
    pub(super) fn now_ms(&self) -> u64 {
        let (base_ms, base) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        base_ms.saturating_add(u64::try_from(base.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

impl Forwarded {
    fn request(&self, context: &BuiltinContext<'_>, answer: oneshot::Sender<Answer>) -> Request {
        let mut env: BTreeMap<String, String> =
            context.env.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let deadline_ms = env.remove(DEADLINE_VARIABLE).and_then(|at| at.parse().ok());
        let kills = env.remove(KILLS_VARIABLE).is_some();
        Request {
            argv: std::iter::once(&self.name).chain(context.args).cloned().collect(),
            stdin: context.stdin.map(|stdin| stdin.as_bytes().to_vec()),
            env,
            cwd: context.cwd.to_string_lossy().into_owned(),
            deadline_ms,
            kills,
            answer,
        }
    }

    /// Asks the driver and waits for its answer.
    async fn ask(&self, context: &BuiltinContext<'_>) -> bashkit::Result<Answer> {
        let (answer, answered) = oneshot::channel();
        let gone = || bashkit::Error::Execution("the line has ended".to_owned());
        self.requests.send(self.request(context, answer)).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())
    }

    /// In a command that runs while time passes: what comes before a command's result, such as the handler of a signal
    /// that has come meanwhile. The interpreter asks for a plan first, so the wait is here.
    async fn plan_of_task(
        &self,
        task: &Shared,
        context: &BuiltinContext<'_>,
    ) -> bashkit::Result<Option<ExecutionPlan>> {
        if self.name == super::task::WAIT {
            return Ok(Some(task.begin_wait(context)));
        }
        let answer = self.ask(context).await?;
        let is_silent = answer.result.stdout.is_empty() && answer.result.stderr.is_empty();
        if let Some(handler) = is_silent.then(|| task.take_handler()).flatten() {
            let words = ["eval".to_owned(), handler];
            return Ok(Some(plans::unlimited(sub_command(&words, None))));
        }
        task.keep(answer);
        Ok(None)
    }
}

#[bashkit::async_trait]
impl Builtin for Forwarded {
    async fn execute(&self, context: BuiltinContext<'_>) -> bashkit::Result<ExecResult> {
        let kept = self.task.as_ref().and_then(|it| it.take_kept());
        let Answer { result, unix_ms } = match kept {
            Some(answer) => answer,
            None => self.ask(&context).await?,
        };
        for (name, value) in clock_variables(unix_ms) {
            context.variables.insert(name.to_owned(), value);
        }
        Ok(ExecResult {
            stdout: StreamData::from(result.stdout),
            stderr: StreamData::from(result.stderr),
            exit_code: result.status,
            ..ExecResult::default()
        })
    }

    async fn execution_plan(
        &self,
        context: &BuiltinContext<'_>,
    ) -> bashkit::Result<Option<ExecutionPlan>> {
        let planned = match self.name.as_str() {
            "timeout" => {
                let now_ms = self.clock.now_ms();
                if let Some(task) = &self.task {
                    task.note_deadline(plans::deadline_ms(context, now_ms));
                }
                plans::timeout(context, now_ms)
            }
            "watch" => plans::watch(context, self.watch_rounds),
            plans::TIMEOUT_BODY => plans::timeout_body(context),
            _ => None,
        };
        match &self.task {
            Some(task) if planned.is_none() => self.plan_of_task(task, context).await,
            _ => Ok(planned),
        }
    }
}

/// `EPOCHSECONDS` and `EPOCHREALTIME` as the interpreter, which lacks them, should show them.
pub(super) fn clock_variables(unix_ms: i64) -> [(&'static str, String); 2] {
    let (seconds, millis) = (unix_ms.div_euclid(1000), unix_ms.rem_euclid(1000));
    [("EPOCHSECONDS", seconds.to_string()), ("EPOCHREALTIME", format!("{seconds}.{millis:03}000"))]
}

/// The command `words` as the interpreter takes it.
pub(super) fn sub_command(words: &[String], stdin: Option<&StreamData>) -> SubCommand {
    SubCommand {
        name: words.first().cloned().unwrap_or_default(),
        args: words.get(1..).unwrap_or_default().to_vec(),
        stdin: stdin.cloned(),
        assignments: Vec::new(),
    }
}
