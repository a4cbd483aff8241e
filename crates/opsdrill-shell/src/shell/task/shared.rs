//! What the commands of a task share: handlers of signals, the bound of steps, what `exec` and `wait` have begun.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bashkit::{Builtin, BuiltinContext, BuiltinRegistry, ExecutionPlan};

use super::super::bounds::MAX_TASK_STEPS;
use super::super::plans;
use super::super::requests::{Answer, sub_command};

/// The command that ours takes the place of, so that a signal can end it.
pub(in super::super) const WAIT: &str = "wait";
/// The command behind a `wait`.
pub(super) const WAITED: &str = "__opsdrill_waited";
/// The command at the end of a script.
pub(super) const END: &str = "__opsdrill_end";
/// The command whose files grow while it runs.
pub(super) const TAIL: &str = "tail";

/// Commands that run a text or other commands.
const PARSERS: &[&str] = &[
    ".", "ash", "bash", "builtin", "command", "dash", "env", "eval", "exec", "find", "nohup", "sh",
    "source", "timeout", "xargs",
];

/// The signals that a container gets: number and name.
const SIGNALS: &[(i32, &str)] =
    &[(1, "HUP"), (2, "INT"), (3, "QUIT"), (10, "USR1"), (12, "USR2"), (15, "TERM")];

/// See the module's words.
#[derive(Default)]
pub(in super::super) struct Shared {
    kept: Mutex<Option<Answer>>,
    handlers: Mutex<BTreeMap<i32, String>>,
    /// Handlers that wait for the command in the foreground.
    due: Mutex<VecDeque<String>>,
    steps: AtomicUsize,
    spun: AtomicBool,
    waits: AtomicBool,
    /// Whether a text has been given to the parser since the last question.
    parses: AtomicBool,
    /// The words of the last `exec`.
    replacing: Mutex<Vec<String>>,
    deadlines: Mutex<BTreeSet<u64>>,
    registry: Mutex<Option<BuiltinRegistry>>,
    own_wait: Mutex<Option<Arc<dyn Builtin>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn take_registry(&self, registry: BuiltinRegistry) {
        *lock(&self.registry) = Some(registry);
    }

    /// Looks at a command before it runs; false when the task has run too many at one instant.
    pub(in super::super) fn may_step(&self, name: &str, arguments: &[String]) -> bool {
        match name {
            "trap" => self.note_trap(arguments),
            "exec" => *lock(&self.replacing) = arguments.to_vec(),
            _ => {}
        }
        if PARSERS.contains(&name) || name.contains('/') {
            self.note_parsing();
        }
        let is_over = self.steps.fetch_add(1, Ordering::Relaxed) >= MAX_TASK_STEPS;
        if is_over {
            self.spun.store(true, Ordering::Relaxed);
        }
        !is_over
    }

    pub(super) fn note_parsing(&self) {
        self.parses.store(true, Ordering::Relaxed);
    }

    /// Whether the interpreter may be waiting for its parser.
    pub(super) fn takes_parsing(&self) -> bool {
        self.parses.swap(false, Ordering::Relaxed)
    }

    pub(super) fn begin_turn(&self) {
        self.steps.store(0, Ordering::Relaxed);
    }

    pub(super) fn has_spun(&self) -> bool {
        self.spun.swap(false, Ordering::Relaxed)
    }

    /// `trap ACTION SIGNAL…`, `trap - SIGNAL…`, `trap SIGNAL`.
    fn note_trap(&self, arguments: &[String]) {
        let arguments = match arguments.split_first() {
            Some((first, rest)) if first == "--" => rest,
            _ => arguments,
        };
        let (action, signals) = match arguments {
            [] => return,
            [first, ..] if first == "-p" || first == "-l" => return,
            [only] => ("-", std::slice::from_ref(only)),
            [action, signals @ ..] => (action.as_str(), signals),
        };
        let mut handlers = lock(&self.handlers);
        for number in signals.iter().filter_map(|it| number(it)) {
            if action == "-" {
                handlers.remove(&number);
            } else {
                handlers.insert(number, action.to_owned());
            }
        }
    }

    /// What is to be done about a signal; `None` if nothing.
    pub(super) fn handler(&self, signal: i32) -> Option<String> {
        lock(&self.handlers).get(&signal).filter(|it| !it.is_empty()).cloned()
    }

    pub(super) fn note_signal(&self, handler: String) {
        lock(&self.due).push_back(handler);
    }

    /// The handler that is due.
    pub(in super::super) fn take_handler(&self) -> Option<String> {
        let handler = lock(&self.due).pop_front();
        if handler.is_some() {
            self.note_parsing();
        }
        handler
    }

    pub(in super::super) fn keep(&self, answer: Answer) {
        *lock(&self.kept) = Some(answer);
    }

    pub(in super::super) fn take_kept(&self) -> Option<Answer> {
        lock(&self.kept).take()
    }

    /// Whether a command is what `exec` was told to run.
    pub(super) fn is_replacing(&self, argv: &[String]) -> bool {
        *lock(&self.replacing) == argv
    }

    pub(in super::super) fn note_deadline(&self, deadline_ms: Option<u64>) {
        lock(&self.deadlines).extend(deadline_ms);
    }

    /// The next time at which a `timeout` may strike.
    pub(super) fn next_deadline(&self, now_ms: u64) -> Option<u64> {
        let mut deadlines = lock(&self.deadlines);
        deadlines.retain(|it| *it > now_ms);
        deadlines.first().copied()
    }

    /// `wait`: the interpreter's own, between two marks.
    pub(in super::super) fn begin_wait(&self, context: &BuiltinContext<'_>) -> ExecutionPlan {
        if let Some(registry) = &*lock(&self.registry) {
            *lock(&self.own_wait) = registry.remove(WAIT);
        }
        self.waits.store(true, Ordering::Relaxed);
        self.note_parsing();
        let quoted = context.args.iter().map(|it| format!(" '{}'", it.replace('\'', "'\\''")));
        let line = format!("{WAIT}{}; {WAITED} $?", quoted.collect::<String>());
        plans::unlimited(sub_command(&["eval".to_owned(), line], None))
    }

    pub(super) fn end_wait(&self) {
        self.waits.store(false, Ordering::Relaxed);
        if let (Some(registry), Some(own)) = (&*lock(&self.registry), lock(&self.own_wait).take()) {
            registry.insert(WAIT, own);
        }
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.waits.load(Ordering::Relaxed)
    }
}

/// `TERM`, `SIGTERM`, `15`.
fn number(name: &str) -> Option<i32> {
    let plain = name.to_ascii_uppercase();
    let plain = plain.strip_prefix("SIG").unwrap_or(&plain);
    let row = SIGNALS.iter().find(|(number, it)| *it == plain || number.to_string() == plain)?;
    Some(row.0)
}

/// What `set -x` prints, without the commands that are ours.
pub(super) fn without_own(traced: &str) -> String {
    let own = |line: &&str| !(line.starts_with('+') && line.contains("__opsdrill"));
    traced.split_inclusive('\n').filter(own).collect()
}
