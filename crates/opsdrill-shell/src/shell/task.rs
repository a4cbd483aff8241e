//! A command that runs to its end while time passes: a container's first process, a probe, a hook.
//!
//! A line at the prompt lets time pass when it waits; a task cannot, because it is one of many. Its interpreter is a
//! future that is kept: [`Task::resume`] polls it until everything in it waits, and says when it wants to go on. The
//! runtime's clock moves only when the host's has moved, so no timer strikes early.

mod follow;
mod shared;

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use bashkit::{Bash, ExecOptions, ExecResult};
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::driver::Pending;
use super::interpreter::Signals;
use super::requests::{Answer, Request, SharedClock};
use super::{ContainerShell, Shell, ShellOptions, requests, unix_ms, wording};
use crate::applets::{self, Reply};
use crate::{Host, Stream, ToolCall, ToolResult, Workspace};
use follow::Follow;
use shared::{END, TAIL, WAITED};
pub(super) use shared::{Shared, WAIT};

/// What a task runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// The text.
    pub text: String,
    /// `$0`; the shell's own name if empty.
    pub name: String,
    /// `$1` and so on.
    pub arguments: Vec<String>,
}

/// What the host makes of a program's call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called {
    /// It has ended.
    Done(ToolResult),
    /// It ends after so many milliseconds.
    After(u64, ToolResult),
    /// It goes on until [`Task::left`] says otherwise.
    Stays,
    /// It has taken the task's place (`exec`).
    Replaced,
}

/// What a task may ask of the world beyond what a line may: nothing that waits.
pub trait TaskHost: Host {
    /// Runs a program; `replaces` says that it takes the shell's place.
    fn call(&mut self, call: ToolCall<'_>, replaces: bool) -> Called;
}

/// How far a task has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Everything in it waits; until this time in milliseconds, if it is known.
    Waits(Option<u64>),
    /// It computes and computes.
    Busy,
    /// Another program has taken its place.
    Replaced,
    /// It has ended with a status.
    Ended(i32),
}

/// What stands in a script that calls another.
const PARSED: &str = ".sh";

type Run = Pin<Box<dyn Future<Output = bashkit::Result<ExecResult>> + Send>>;

/// A command under way.
pub struct Task {
    options: ShellOptions,
    runtime: Arc<Runtime>,
    bash: Arc<Mutex<Bash>>,
    run: Option<Run>,
    requests: mpsc::UnboundedReceiver<Request>,
    clock: SharedClock,
    workspace: Workspace,
    signals: Signals,
    shared: Arc<Shared>,
    pending: Pending,
    cancel: Arc<AtomicBool>,
    woken: Arc<Woken>,
    script: Script,
    begun: bool,
    /// The handler that ends a `wait`, and the signal's number.
    interrupt: Option<(String, i32)>,
    sleepers: BTreeMap<(u64, u64), (oneshot::Sender<Answer>, Request, ToolResult)>,
    sequence: u64,
    /// Programs that stay.
    staying: VecDeque<oneshot::Sender<Answer>>,
    follows: Vec<Follow>,
    /// The end that the script has told itself, before what runs beside it has ended.
    told_end: Option<i32>,
}

enum Step {
    Idle(Option<u64>),
    Tool(Request),
    Ended(Progress),
}

/// Whether the future has something to do.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Task {
    /// A task that has not begun; `tools` are the programs that the host answers to.
    pub fn new(options: ShellOptions, tools: &[String], script: Script) -> Self {
        let workspace = super::lay_out(&options);
        let signals = Signals { task: Some(Arc::new(Shared::default())), ..Signals::default() };
        let shared = signals.task.clone().expect("it was set a line before");
        let mut shell = Shell::with_signals(options, workspace, signals);
        shared.take_registry(shell.registry.clone());
        let own = [END, WAITED, WAIT, TAIL].into_iter().map(str::to_owned);
        for name in own.chain(tools.iter().cloned()) {
            shell.register(&name);
        }
        let Shell { options, runtime, bash, requests, clock, signals, workspace, .. } = shell;
        let cancel = bash.cancellation_token();
        Self {
            options,
            runtime: Arc::new(runtime),
            bash: Arc::new(Mutex::new(bash)),
            run: None,
            requests,
            clock,
            workspace,
            signals,
            shared,
            pending: Pending::default(),
            cancel,
            woken: Arc::default(),
            script,
            begun: false,
            interrupt: None,
            sleepers: BTreeMap::new(),
            sequence: 0,
            staying: VecDeque::new(),
            follows: Vec::new(),
            told_end: None,
        }
    }

    /// The files that it sees.
    pub fn workspace_mut(&mut self) -> &mut Workspace {
        &mut self.workspace
    }

    /// Puts a container's files in place once more, where they have changed from outside.
    pub fn lay_again(&mut self, machine: super::ContainerMachine) {
        self.workspace.lay_container(&machine.laid(), &machine.guards, &machine.large);
        self.options.container = Some(machine);
    }

    /// A signal has come; true if the task has something to do now.
    ///
    /// As for any first process, a signal without a handler is not there. The handler runs when the command in the
    /// foreground has ended; `wait` ends at once (POSIX 2.11).
    pub fn signal(&mut self, number: i32) -> bool {
        let Some(handler) = self.shared.handler(number) else { return false };
        if self.shared.is_waiting() {
            self.interrupt = Some((handler, number));
            return true;
        }
        self.shared.note_signal(handler);
        false
    }

    /// A program that stayed has ended.
    pub fn left(&mut self, status: i32, unix_ms: i64) {
        if let Some(answer) = self.staying.pop_front() {
            let result = ToolResult { status, ..ToolResult::default() };
            drop(answer.send(Answer { result, unix_ms }));
        }
    }

    /// The commands that wait in the foreground or background, as they were called.
    pub fn waiting(&self) -> impl Iterator<Item = &[String]> {
        self.sleepers.values().map(|(_, request, _)| request.argv.as_slice())
    }

    /// Goes on until everything waits or it has ended.
    pub fn resume(&mut self, host: &mut dyn TaskHost) -> Progress {
        self.workspace.set_clock(unix_ms(host));
        self.shared.begin_turn();
        if !std::mem::replace(&mut self.begun, true) {
            self.workspace.date_laid_files();
            let chance = host.random_u64("script");
            self.workspace.set_random_seed(chance);
            let now_ms = host.now_ms();
            let clock = self.clock.clone();
            self.runtime.block_on(async { clock.set(now_ms) });
            let text = self.text(host, chance);
            self.begin(text);
        }
        if let Some((handler, number)) = self.interrupt.take() {
            self.run = None;
            self.begin(format!("{handler}\nexit {}", 128 + number));
        }
        let runtime = Arc::clone(&self.runtime);
        loop {
            let step = runtime.block_on(self.turn(host));
            self.show(host);
            match step {
                Step::Idle(next) => return Progress::Waits(next),
                Step::Ended(progress) => return progress,
                Step::Tool(request) => {
                    if let Some(progress) = self.call(request, host) {
                        return progress;
                    }
                }
            }
        }
    }

    /// The script with what every run begins with.
    fn text(&self, host: &dyn TaskHost, chance: u64) -> String {
        let mut text = format!("RANDOM={}; {}", chance & 0x7fff_ffff, self.script.text);
        // The interpreter waits for what runs in the background; a container does not.
        if self.script.text.contains('&') && !self.script.text.contains("EXIT") {
            text += &format!("\n{END} $?");
        }
        let is_bash = self.shell() == Some(ContainerShell::Bash);
        if is_bash && ["EPOCH", "%("].iter().any(|it| text.contains(it)) {
            for (name, value) in requests::clock_variables(unix_ms(host)) {
                text = format!("{name}={value}; {text}");
            }
        }
        text
    }

    fn shell(&self) -> Option<ContainerShell> {
        self.options.container.as_ref().map(|it| it.shell)
    }

    fn begin(&mut self, text: String) {
        let shell = self.shell();
        let own = shell.map_or("sh", ContainerShell::name);
        let name = if self.script.name.is_empty() { own } else { &self.script.name };
        let shown = self.pending.clone();
        let options = ExecOptions::new()
            .arg0(name)
            .positional(self.script.arguments.clone())
            .streaming(Box::new(move |out, err| {
                let said = wording::of_complaint(&shared::without_own(&err.text_lossy()));
                let said = shell.map_or(said.clone(), |shell| shell.words(&said));
                // What `set -x` prints comes before what the command prints.
                let is_trace = said.starts_with('+');
                if is_trace {
                    shown.push(Stream::Err, said.as_bytes());
                }
                shown.push(Stream::Out, &wording::of_output(out.as_bytes()));
                if !is_trace {
                    shown.push(Stream::Err, said.as_bytes());
                }
            }));
        self.shared.note_parsing();
        let bash = Arc::clone(&self.bash);
        self.run = Some(Box::pin(tokio::task::unconstrained(async move {
            let mut bash = bash.lock_owned().await;
            bash.exec_with_options(&text, options).await
        })));
    }

    /// Polls until everything waits, a program is called, or the script has ended.
    async fn turn(&mut self, host: &mut dyn TaskHost) -> Step {
        let passed = host.now_ms().saturating_sub(self.clock.now_ms());
        if passed > 0 {
            tokio::time::advance(Duration::from_millis(passed)).await;
        }
        self.wake_sleepers(host);
        // One for good: parts of the interpreter keep the one that they have met first.
        let waker = Waker::from(Arc::clone(&self.woken));
        loop {
            self.woken.0.store(false, Ordering::Relaxed);
            let Some(run) = self.run.as_mut() else { return Step::Ended(Progress::Ended(0)) };
            if let Poll::Ready(result) = run.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Step::Ended(self.ended(result));
            }
            if let Ok(request) = self.requests.try_recv() {
                if let Some(request) = self.answer(request, host) {
                    return Step::Tool(request);
                }
                if let Some(status) = self.told_end {
                    return Step::Ended(Progress::Ended(status));
                }
                continue;
            }
            if self.woken.0.load(Ordering::Relaxed) {
                tokio::task::yield_now().await;
                continue;
            }
            if self.shared.takes_parsing() || self.script.text.contains(PARSED) {
                // The interpreter may wait for its parser, which has a thread: whoever comes last comes after it.
                drop(tokio::task::spawn_blocking(|| ()).await);
                if self.woken.0.load(Ordering::Relaxed) {
                    continue;
                }
            }
            let exit = *self.signals.exit.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(status) = exit {
                return Step::Ended(Progress::Ended(status));
            }
            return Step::Idle(self.next_wake(host));
        }
    }

    /// Answers a request, or gives it back when it is the call of a program of the host.
    fn answer(&mut self, request: Request, host: &mut dyn TaskHost) -> Option<Request> {
        let name = request.argv.first().map(String::as_str).unwrap_or_default();
        let status = request.argv.get(1).and_then(|it| it.parse().ok()).unwrap_or(0);
        match name {
            END => {
                self.told_end = Some(status);
                return None;
            }
            WAITED => {
                self.shared.end_wait();
                let result = ToolResult { status, ..ToolResult::default() };
                reply(request.answer, result, host);
                return None;
            }
            TAIL => {
                self.tail(request, host);
                return None;
            }
            _ => {}
        }
        let around: &mut dyn Host = host;
        let answered = applets::run(
            &request,
            &mut applets::Surroundings {
                host: around,
                workspace: &mut self.workspace,
                history: &[],
                machine: &self.options,
                to_terminal: false,
            },
        );
        match answered {
            Some(Reply::Done(result)) => reply(request.answer, result, host),
            Some(Reply::After { wait_ms, result }) => self.keep_back(request, result, wait_ms),
            None => return Some(request),
        }
        None
    }

    fn keep_back(&mut self, mut request: Request, result: ToolResult, wait_ms: u64) {
        self.sequence += 1;
        let wake_ms = self.clock.now_ms().saturating_add(wait_ms);
        let (unused, _) = oneshot::channel();
        let answer = std::mem::replace(&mut request.answer, unused);
        self.sleepers.insert((wake_ms, self.sequence), (answer, request, result));
    }

    fn tail(&mut self, request: Request, host: &mut dyn TaskHost) {
        let piped = request.stdin.clone();
        match Follow::begin(&request.argv[1..], &request.cwd, piped, &self.workspace) {
            Err(result) => reply(request.answer, result, host),
            Ok((first, None)) => reply(request.answer, first, host),
            Ok((_, Some(_))) if follow::goes_elsewhere(&self.script.text) => {
                let text = "opsdrill: not simulated: tail -f into a pipe or a file\n";
                reply(request.answer, ToolResult::fail(text, 126), host);
            }
            Ok((first, Some(mut follow))) => {
                self.show(host);
                host.print(Stream::Out, &String::from_utf8_lossy(&first.stdout));
                host.print(Stream::Err, &String::from_utf8_lossy(&first.stderr));
                follow.answer = Some(request.answer);
                follow.begun_ms = host.now_ms();
                self.follows.push(follow);
            }
        }
    }

    fn wake_sleepers(&mut self, host: &mut dyn TaskHost) {
        let now_ms = host.now_ms();
        while let Some(sleeper) = self.sleepers.first_entry() {
            if sleeper.key().0 > now_ms {
                break;
            }
            let (answer, _, result) = sleeper.remove();
            reply(answer, result, host);
        }
        for follow in &mut self.follows {
            let new = follow.grown(&self.workspace);
            if !new.is_empty() {
                host.print(Stream::Out, &String::from_utf8_lossy(&new));
            }
        }
        self.follows.retain(|it| it.answer.as_ref().is_some_and(|it| !it.is_closed()));
    }

    fn next_wake(&self, host: &dyn TaskHost) -> Option<u64> {
        let now_ms = host.now_ms();
        let sleeper = self.sleepers.keys().next().map(|(at, _)| *at);
        let follow = self.follows.iter().filter_map(|it| it.next_look(now_ms)).min();
        let deadline = self.shared.next_deadline(now_ms);
        let all = [sleeper, follow, deadline].into_iter().flatten();
        all.min().filter(|it| *it < u64::MAX)
    }

    /// Calls a program of the host. Not in the runtime: it may be another shell, with a runtime of its own.
    fn call(&mut self, request: Request, host: &mut dyn TaskHost) -> Option<Progress> {
        let replaces = self.shared.is_replacing(&request.argv) || self.is_whole(&request.argv);
        let call = ToolCall {
            argv: &request.argv,
            stdin: request.stdin.as_deref(),
            env: &request.env,
            cwd: &request.cwd,
            files: &mut self.workspace,
            streaming: false,
            deadline_ms: request.deadline_ms,
            kills: request.kills,
        };
        match host.call(call, replaces) {
            Called::Done(result) => reply(request.answer, result, host),
            Called::After(wait_ms, result) => {
                let runtime = Arc::clone(&self.runtime);
                runtime.block_on(async { self.keep_back(request, result, wait_ms) });
            }
            Called::Stays => self.staying.push_back(request.answer),
            Called::Replaced => return Some(Progress::Replaced),
        }
        None
    }

    /// Whether a call is all that the script does: shells then run it in their own place.
    fn is_whole(&self, argv: &[String]) -> bool {
        let is_one = !self.script.text.contains([';', '\n', '&', '|', '(']);
        one_word(&self.script.text) == argv.first().map(String::as_str) && is_one
    }

    fn show(&mut self, host: &mut dyn TaskHost) {
        for (stream, bytes) in self.pending.take() {
            host.print(stream, &String::from_utf8_lossy(&bytes));
        }
    }

    /// What the end of the interpreter's work means.
    fn ended(&mut self, result: bashkit::Result<ExecResult>) -> Progress {
        if self.shared.has_spun() {
            self.run = None;
            self.cancel.store(false, Ordering::Relaxed);
            return Progress::Busy;
        }
        let (complaint, status) = match result {
            Ok(result) => return Progress::Ended(result.exit_code & 0xff),
            Err(bashkit::Error::Parse { message, .. }) => (format!("bash: {message}\n"), 2),
            Err(error) => (wording::of_complaint(&format!("bash: {error}\n")), 1),
        };
        let said = self.shell().map_or(complaint.clone(), |it| it.words(&complaint));
        self.pending.push(Stream::Err, said.as_bytes());
        Progress::Ended(status)
    }
}

fn reply(answer: oneshot::Sender<Answer>, result: ToolResult, host: &dyn TaskHost) {
    // Nobody listens any more when `timeout` or `kill` dropped the command.
    drop(answer.send(Answer { result, unix_ms: unix_ms(host) }));
}

fn one_word(text: &str) -> Option<&str> {
    text.split_whitespace().next()
}

#[cfg(test)]
mod tests;
