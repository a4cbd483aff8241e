//! A person's terminal: prompt, history, completion, and the pace of simulated time.

use std::cell::RefCell;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use opsdrill_session::session::SimTime;
use opsdrill_session::{Completion, FrontEnd, LogSink, Session, Stream, is_complete};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Editor, Helper};

use crate::pace::{Pace, Waiting};

/// What stands before the cursor while a command goes on over several lines: bash's PS2.
const GOES_ON: &str = "> ";

/// Ctrl-C while a command runs.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The terminal.
pub(crate) struct Terminal {
    waiting: Waiting,
}

impl Terminal {
    /// For one command.
    pub(crate) fn at(pace: Pace) -> Self {
        Self { waiting: Waiting::at(pace) }
    }
}

/// Takes Ctrl-C as the wish to end a command, not the program.
pub(crate) fn catch_interrupts() {
    // The handler outlives every session of the program; a second one is not needed.
    let _ = ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst));
}

impl FrontEnd for Terminal {
    fn print(&mut self, stream: Stream, text: &str) {
        // The terminal itself has echoed the key already.
        let text = if text == "^C\n" { "\n" } else { text };
        let _ = match stream {
            Stream::Out => {
                io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush())
            }
            Stream::Err => io::stderr().write_all(text.as_bytes()),
        };
    }

    fn pass(&mut self, from: SimTime, to: SimTime) -> SimTime {
        self.waiting.pass(from, to, interrupted)
    }

    fn next_note(&self, now: SimTime) -> Option<SimTime> {
        self.waiting.next_note(now)
    }

    fn noted(&mut self, time: SimTime) {
        self.waiting.noted(time);
    }

    fn edit(&mut self, name: &str, text: &str) -> Option<String> {
        super::commands::edit(name, text)
    }
}

/// Whether Ctrl-C was pressed since the last look.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.swap(false, Ordering::SeqCst)
}

/// What the prompt needs of the session while a line is typed. It only looks: nobody runs a line meanwhile.
struct Prompt<'a, 's> {
    history: HistoryHinter,
    session: &'a RefCell<&'s mut Session>,
}

impl Helper for Prompt<'_, '_> {}

impl Completer for Prompt<'_, '_> {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _context: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let Completion { start, words } = self.session.borrow().complete(&line[..at]);
        let quote = line[..start].chars().next_back().filter(|it| matches!(it, '\'' | '"'));
        let pair = |word: String| Pair { replacement: finished(&word, quote), display: word };
        Ok((start, words.into_iter().map(pair).collect()))
    }
}

/// A word with what ends it, unless it goes on.
fn finished(word: &str, quote: Option<char>) -> String {
    match quote {
        _ if word.ends_with(['/', '=', ',']) => word.to_owned(),
        Some(quote) => format!("{word}{quote} "),
        None => format!("{word} "),
    }
}

impl Hinter for Prompt<'_, '_> {
    type Hint = String;

    /// The latest line that began so, or else the rest of the only word that fits.
    fn hint(&self, line: &str, at: usize, context: &rustyline::Context<'_>) -> Option<String> {
        if at < line.len() {
            return None;
        }
        self.history.hint(line, at, context).or_else(|| {
            let Completion { start, words } = self.session.borrow().complete(line);
            let [only] = words.as_slice() else { return None };
            let rest = only.strip_prefix(&line[start..]).filter(|_| start < line.len());
            rest.filter(|it| !it.is_empty()).map(str::to_owned)
        })
    }
}

impl Highlighter for Prompt<'_, '_> {
    fn highlight_hint<'h>(&self, hint: &'h str) -> std::borrow::Cow<'h, str> {
        format!("\u{1b}[2m{hint}\u{1b}[0m").into()
    }
}

impl Validator for Prompt<'_, '_> {}

/// Whether a person sits in front of the program.
pub(crate) fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Reads and runs lines until the trainee leaves. Answers the status of the last line.
///
/// # Errors
/// When the terminal fails or the log cannot be kept.
pub(crate) fn run(
    session: &mut Session,
    sink: &mut dyn LogSink,
    pace: Pace,
) -> Result<i32, String> {
    catch_interrupts();
    let session = RefCell::new(session);
    let config = Config::builder().completion_type(CompletionType::List).build();
    let mut editor: Editor<Prompt<'_, '_>, DefaultHistory> =
        Editor::with_config(config).map_err(|error| error.to_string())?;
    editor.set_helper(Some(Prompt { history: HistoryHinter::new(), session: &session }));
    let mut status = 0;
    let mut typed = String::new();
    let mut idle = Instant::now();
    loop {
        let shown = if typed.is_empty() { session.borrow().prompt() } else { GOES_ON.to_owned() };
        let mut given_up = false;
        match editor.readline(&shown) {
            Ok(line) => typed.push_str(&line),
            Err(ReadlineError::Interrupted) => {
                typed.clear();
                continue;
            }
            // Ctrl-D ends a command that goes on; it leaves the shell in a container, and only then the drill.
            Err(ReadlineError::Eof) if !typed.is_empty() => given_up = true,
            Err(ReadlineError::Eof) if session.borrow().is_in_container() => typed.push_str("exit"),
            Err(ReadlineError::Eof) => return Ok(status),
            Err(error) => return Err(error.to_string()),
        }
        if !given_up && !is_complete(&typed) {
            typed.push('\n');
            continue;
        }
        let line = std::mem::take(&mut typed);
        let _ = editor.add_history_entry(line.trim_end_matches('\n'));
        let mut session = session.borrow_mut();
        let until = SimTime(session.now().0 + pace.simulated(idle.elapsed()));
        session.advance_to(until);
        INTERRUPTED.store(false, Ordering::SeqCst);
        let end = session.run_line(&line, &mut Terminal { waiting: Waiting::at(pace) }, sink);
        idle = Instant::now();
        status = end.status;
        if let Some(problem) = end.log_failure {
            return Err(problem);
        }
        if end.leave {
            return Ok(status);
        }
    }
}
