//! The sandboxed bash: one [`Shell`] a session, one [`Shell::run`] a line.
//!
//! # Design
//!
//! The interpreter is bashkit; nothing of it is visible outside of this folder. It sees three things of ours: the
//! [`Workspace`] as its file system, a set of commands that are forwarded to the [`Host`] (tools, and the small
//! commands of [`crate::applets`] that depend on time, chance or the terminal), and a paused clock. `driver` runs a
//! line: when everything in the interpreter waits, simulated time passes, and nothing else ever makes it pass.
//! No process, host file, socket, wall clock or OS randomness is reachable.
//!
//! Every line is bounded in steps, bytes and simulated time (`bounds`); passing a bound ends the line, never the session.

mod bounds;
mod container;
mod driver;
mod filters;
mod interpreter;
mod plans;
mod requests;
mod settings;
mod streaming;
mod syntax;
mod task;
mod wording;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use bashkit::{Bash, BuiltinRegistry, ExecOptions, ExecResult, ShellState};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

pub use container::{ContainerMachine, ContainerShell, VolumeRoom};
pub(crate) use driver::unix_ms;
pub(crate) use plans::timeout_words;
pub(crate) use requests::Request;
pub use task::{Called, Progress, Script, Task, TaskHost};

use crate::applets;
use crate::workspace::{Workspace, WorkspaceLimits};
use crate::{Host, Listed, Stream};
use driver::{Chunk, Driver, Ended, Pending};
use interpreter::{Signals, build, is_program, lay_out, runtime};
use requests::{Forwarded, SharedClock};
use settings::Settings;

/// Lines of history that are kept.
const MAX_HISTORY: usize = 1000;
/// Rounds of a `watch` that nobody can stop with Ctrl-C.
const SCRIPTED_WATCH_ROUNDS: u32 = 5;
/// Rounds of a `watch` in a terminal; the bound of simulated time ends it earlier or later.
const TERMINAL_WATCH_ROUNDS: u32 = 10_000;
/// Who sits at the prompt, and where.
#[derive(Debug, Clone)]
pub struct ShellOptions {
    /// Login name.
    pub user: String,
    /// Name of the machine.
    pub hostname: String,
    /// Home directory, absolute; also the first working directory.
    pub home: String,
    /// True when a person types: `watch` goes on until Ctrl-C and clears the screen.
    pub terminal: bool,
    /// True when `ls` shows columns where its output is the line's own.
    pub columns: bool,
    /// Files of the home directory: path relative to it, and contents.
    pub files: Vec<(String, Vec<u8>)>,
    /// What the workspace may hold.
    pub limits: WorkspaceLimits,
    /// Set when the machine is a container; then `home`, `files` and `limits` say nothing.
    pub container: Option<ContainerMachine>,
}

impl Default for ShellOptions {
    fn default() -> Self {
        Self {
            user: "trainee".to_owned(),
            hostname: "drill".to_owned(),
            home: "/home/trainee".to_owned(),
            terminal: false,
            columns: false,
            files: Vec::new(),
            limits: WorkspaceLimits::default(),
            container: None,
        }
    }
}

/// What a line left behind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineOutcome {
    /// Output not yet shown through [`Host::print`], in order.
    pub output: Vec<(Stream, Vec<u8>)>,
    /// The value of `$?` now.
    pub status: i32,
    /// True after `exit`.
    pub ended: bool,
}

impl LineOutcome {
    /// The bytes of one stream.
    pub fn of(&self, stream: Stream) -> Vec<u8> {
        self.output
            .iter()
            .filter(|(to, _)| *to == stream)
            .flat_map(|(_, bytes)| bytes.iter().copied())
            .collect()
    }

    /// Both streams as a terminal shows them.
    pub fn text(&self) -> String {
        let all: Vec<u8> =
            self.output.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
        String::from_utf8_lossy(&all).into_owned()
    }
}

/// A bash session.
pub struct Shell {
    options: ShellOptions,
    runtime: Runtime,
    bash: Bash,
    registry: BuiltinRegistry,
    requests: mpsc::UnboundedReceiver<Request>,
    sender: mpsc::UnboundedSender<Request>,
    clock: SharedClock,
    signals: Signals,
    workspace: Workspace,
    registered: BTreeSet<String>,
    history: Vec<String>,
    settings: Settings,
    status: i32,
    /// A function or line uses the date inside of the interpreter, so each line needs one with the right date.
    needs_fresh_clock: bool,
    /// An `exec > file` has sent all later output elsewhere.
    output_moved: bool,
    /// The first line dates the files of the system, since only the host knows the date.
    dated: bool,
}

impl Shell {
    /// A shell with its workspace laid out.
    pub fn new(options: ShellOptions) -> Self {
        let workspace = lay_out(&options);
        Self::on(options, workspace)
    }

    /// A shell that a tool starts as a child process would be: on the same files, with its variables and its working
    /// directory, without functions and aliases.
    pub fn child(files: &Workspace, env: &BTreeMap<String, String>, cwd: &str) -> Self {
        let mut child = Self::on(ShellOptions::default(), files.clone());
        child.dated = true;
        for (name, value) in env {
            child.bash.set_env(name, value);
        }
        let mut state = child.bash.shell_state();
        state.cwd = cwd.into();
        child.bash.restore_shell_state(&state);
        child
    }

    fn on(options: ShellOptions, workspace: Workspace) -> Self {
        Self::with_signals(options, workspace, Signals::default())
    }

    fn with_signals(options: ShellOptions, workspace: Workspace, signals: Signals) -> Self {
        let runtime = runtime();
        let (sender, requests) = mpsc::unbounded_channel();
        let registry = BuiltinRegistry::new();
        let entered = runtime.enter();
        let clock = SharedClock::new();
        let bash = build(&options, &workspace, &registry, &signals, 0);
        drop(entered);
        let mut shell = Self {
            options,
            runtime,
            bash,
            registry,
            requests,
            sender,
            clock,
            signals,
            workspace,
            registered: BTreeSet::new(),
            history: Vec::new(),
            settings: Settings::default(),
            status: 0,
            needs_fresh_clock: false,
            output_moved: false,
            dated: false,
        };
        for applet in applets::APPLETS {
            shell.register(applet.name);
        }
        if let Some(container) = &shell.options.container {
            container.refuse_the_others(&shell.bash.builtin_names(), &shell.registry);
            return shell;
        }
        let commands: Vec<String> = shell.bash.builtin_names();
        for name in commands.iter().filter(|name| is_program(name)) {
            shell.add_program(name);
        }
        shell
    }

    /// Runs one line (or several: a here-document, a loop typed over many lines).
    pub fn run(&mut self, line: &str, host: &mut dyn Host) -> LineOutcome {
        for name in host.tool_names().iter().map(|name| (*name).to_owned()).collect::<Vec<_>>() {
            self.register(&name);
        }
        self.workspace.set_clock(unix_ms(host));
        if !std::mem::replace(&mut self.dated, true) {
            self.workspace.date_laid_files();
        }
        self.remember(line);
        if let Some((complaint, status)) = Self::refuse(line) {
            self.status = status;
            let output = vec![(Stream::Err, self.in_own_words(&complaint).into_bytes())];
            return LineOutcome { output, status, ended: false };
        }
        self.refresh_clock(line, host);
        let (ended, pending) = self.drive(line, host);
        let mut output = pending.take();
        let status = self.conclude(ended, &mut output);
        self.status = status;
        let ended = self.signals.exit.lock().unwrap_or_else(PoisonError::into_inner).take();
        LineOutcome {
            output: bounded(output),
            status: ended.unwrap_or(status),
            ended: ended.is_some(),
        }
    }

    /// False while the text waits for more lines.
    pub fn is_complete(text: &str) -> bool {
        syntax::is_complete(text)
    }

    /// The working directory.
    pub fn cwd(&self) -> String {
        self.bash.shell_state_view().cwd.to_string_lossy().into_owned()
    }

    /// The value of a variable.
    pub fn variable(&self, name: &str) -> Option<String> {
        let state = self.bash.shell_state_view();
        state.variables.get(name).or_else(|| state.env.get(name)).cloned()
    }

    /// `$?`.
    pub fn status(&self) -> i32 {
        self.status
    }

    /// Every name that can be typed as a command: builtins, tools, functions and aliases, sorted.
    pub fn command_names(&self) -> Vec<String> {
        let state = self.bash.shell_state();
        let mut names: BTreeSet<String> = self.bash.builtin_names().into_iter().collect();
        names.extend(self.registered.iter().cloned());
        names.extend(state.functions.keys().chain(state.aliases.keys()).cloned());
        names.into_iter().filter(|name| !name.starts_with("__opsdrill")).collect()
    }

    /// The entries of a directory seen from the working directory, for completion.
    pub fn list(&self, directory: &str) -> Vec<Listed> {
        self.workspace.list(&Workspace::resolve(&self.cwd(), directory)).unwrap_or_default()
    }

    /// The session's files.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Puts a container's files in place once more, where they have changed from outside.
    pub fn lay_again(&mut self, machine: ContainerMachine) {
        self.workspace.lay_container(&machine.laid(), &machine.guards, &machine.large);
        self.options.container = Some(machine);
    }

    /// Sets `$?`, after something that ran outside of the shell.
    pub fn set_status(&mut self, status: i32) {
        self.status = status;
    }

    /// The session's files, to write to.
    pub fn workspace_mut(&mut self) -> &mut Workspace {
        &mut self.workspace
    }

    fn register(&mut self, name: &str) {
        let is_here = self.options.container.as_ref().is_none_or(|it| {
            it.programs.contains(name)
                || name.starts_with("__opsdrill")
                || matches!(name, "history" | "wait")
        });
        if !is_here || !self.registered.insert(name.to_owned()) {
            return;
        }
        let rounds =
            if self.options.terminal { TERMINAL_WATCH_ROUNDS } else { SCRIPTED_WATCH_ROUNDS };
        let forwarded = Forwarded {
            name: name.to_owned(),
            requests: self.sender.clone(),
            clock: self.clock.clone(),
            watch_rounds: rounds,
            task: self.signals.task.clone(),
        };
        self.registry.insert(name, Arc::new(forwarded));
        if is_program(name) && self.options.container.is_none() {
            self.add_program(name);
        }
    }

    /// A file in `/usr/bin`, so that `which` finds the command and its full path runs it.
    fn add_program(&mut self, name: &str) {
        let stub = format!("#!/bin/sh\n# bashkit builtin: {name}\nexec {name} \"$@\"\n");
        self.workspace.add_system_file(&format!("/usr/bin/{name}"), stub.as_bytes(), true);
        if matches!(name, "sh" | "bash") {
            self.workspace.add_system_file(&format!("/bin/{name}"), stub.as_bytes(), true);
        }
    }

    fn remember(&mut self, line: &str) {
        let line = line.trim_end_matches('\n');
        if !line.trim().is_empty() {
            self.history.push(line.to_owned());
            let excess = self.history.len().saturating_sub(MAX_HISTORY);
            self.history.drain(..excess);
        }
    }

    /// What is refused before the interpreter sees it.
    fn refuse(line: &str) -> Option<(String, i32)> {
        let complain = |text: String, status| Some((text, status));
        if line.len() > bounds::MAX_LINE_BYTES {
            return complain(format!("bash: line too long ({} bytes)\n", line.len()), 1);
        }
        if line.contains('\0') {
            return complain("bash: cannot execute binary input\n".to_owned(), 126);
        }
        if line.contains("SRANDOM") {
            return complain("opsdrill: not simulated: $SRANDOM (use $RANDOM)\n".to_owned(), 126);
        }
        // A line of a longer text may still run before the bad one; the interpreter does that by itself.
        if !line.trim_end().contains('\n')
            && let Some(message) = syntax::syntax_error(line)
        {
            return complain(format!("bash: {message}\n"), 2);
        }
        None
    }

    /// `printf '%(…)T'` and awk's `systime()` take the interpreter's own date, which is fixed when it is built.
    fn refresh_clock(&mut self, line: &str, host: &dyn Host) {
        let reads_date =
            ["%(", "systime", "strftime", "srand"].iter().any(|word| line.contains(word));
        self.needs_fresh_clock |= reads_date;
        if self.needs_fresh_clock {
            let state = self.bash.shell_state();
            self.rebuild(&state, unix_ms(host).div_euclid(1000));
        }
    }

    fn rebuild(&mut self, state: &ShellState, unix_seconds: i64) {
        let _entered = self.runtime.enter();
        self.bash =
            build(&self.options, &self.workspace, &self.registry, &self.signals, unix_seconds);
        self.bash.restore_shell_state(state);
    }

    /// Whether a line streams from its beginning, or else a line that does the same and streams later.
    fn streams(
        &mut self,
        line: &str,
        state: &ShellState,
        tools: &[&str],
    ) -> (bool, Option<String>) {
        let was_moved = self.output_moved;
        self.output_moved |= streaming::moves_output(line);
        let names = streaming::Names { state, forwarded: &self.registered };
        if was_moved || streaming::is_plain(line, &names) {
            return (!was_moved, None);
        }
        (false, streaming::in_two_steps(line, &names, tools))
    }

    fn drive(&mut self, line: &str, host: &mut dyn Host) -> (Ended, Pending) {
        let chance = host.random_u64("shell");
        self.workspace.set_random_seed(chance);
        for (name, value) in requests::clock_variables(unix_ms(host)) {
            self.bash.set_env(name, &value);
        }
        let before = self.bash.shell_state();
        let (streaming, apart) = self.streams(line, &before, host.tool_names());
        let line = apart.as_deref().unwrap_or(line);
        let script = format!(
            "{}\n{line}",
            self.settings.prelude(self.status, (chance & 0x7fff_ffff) as u32)
        );
        self.signals.evals.store(0, Ordering::Relaxed);
        let pending = Pending::default();
        let shown = pending.clone();
        let container = self.options.container.as_ref().map(|it| it.shell);
        // A name of its own hides what `set --` has left from line to line, so only containers have one.
        let options = match container {
            Some(shell) => ExecOptions::new().arg0(shell.name()),
            None => ExecOptions::new(),
        };
        let options = options.streaming(Box::new(move |out, err| {
            shown.push(Stream::Out, &wording::of_output(out.as_bytes()));
            let said = wording::of_complaint(&err.text_lossy());
            let said = container.map_or(said.clone(), |shell| shell.words(&said));
            shown.push(Stream::Err, said.as_bytes());
        }));
        let cancel = self.bash.cancellation_token();
        cancel.store(false, Ordering::Relaxed);
        let mut driver = Driver {
            host,
            workspace: &mut self.workspace,
            history: &self.history,
            machine: &self.options,
            requests: &mut self.requests,
            clock: self.clock.clone(),
            pending: pending.clone(),
            cancel: Arc::clone(&cancel),
            streaming,
            last_ms: 0,
            sleepers: BTreeMap::new(),
            sequence: 0,
            parked: Vec::new(),
            stopped: None,
        };
        let ended = {
            let mut run = Box::pin(self.bash.exec_with_options(&script, options));
            driver.drive(&self.runtime, run.as_mut())
        };
        cancel.store(false, Ordering::Relaxed);
        if matches!(ended, Ended::Stuck) {
            self.rebuild(&before, 0);
        } else {
            self.settings = Settings::after_line(&self.bash.shell_state());
        }
        (ended, pending)
    }

    /// The exit status of the line, with the complaint of a bound added to its output.
    fn conclude(&self, ended: Ended, output: &mut Vec<Chunk>) -> i32 {
        let (complaint, status) = match ended {
            Ended::Finished(Ok(result)) => return finished(&result, output),
            Ended::Finished(Err(bashkit::Error::Parse { message, .. })) => {
                (format!("bash: {message}\n"), 2)
            }
            Ended::Finished(Err(error)) => (wording::of_complaint(&format!("bash: {error}\n")), 1),
            Ended::Interrupted(status) => ("^C\n".to_owned(), status),
            Ended::WaitedTooLong => {
                ("opsdrill: this line has waited for 24 hours of simulated time\n".to_owned(), 130)
            }
            Ended::Stuck => ("opsdrill: not simulated: input from the terminal\n".to_owned(), 130),
        };
        let complaint = self.in_own_words(&complaint);
        output.push((Stream::Err, complaint.into_bytes()));
        status
    }

    /// A complaint as the shell of this machine words it.
    fn in_own_words(&self, complaint: &str) -> String {
        let container = self.options.container.as_ref();
        container.map_or_else(|| complaint.to_owned(), |it| it.shell.words(complaint))
    }
}

/// The status of a finished line; output that was not streamed while it ran is added.
fn finished(result: &ExecResult, output: &mut Vec<Chunk>) -> i32 {
    if result.stdout_truncated || result.stderr_truncated {
        output.push((Stream::Err, b"opsdrill: the rest of the output is not shown\n".to_vec()));
    }
    result.exit_code
}

/// At most [`bounds::MAX_OUTPUT_BYTES`] of output.
fn bounded(output: Vec<Chunk>) -> Vec<Chunk> {
    let mut room = bounds::MAX_OUTPUT_BYTES;
    let mut kept: Vec<Chunk> = Vec::new();
    for (stream, mut bytes) in output {
        bytes.truncate(room);
        room -= bytes.len();
        match kept.last_mut() {
            Some((last, before)) if *last == stream => before.append(&mut bytes),
            _ => kept.push((stream, bytes)),
        }
    }
    kept
}
