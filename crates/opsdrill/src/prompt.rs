//! The prompt, on a thread of its own: a person can type while the session is built, and while others are served.
//!
//! Whoever owns the session asks ([`Prompt::ask`]) and answers what the prompt needs meanwhile ([`Said::Begun`]). A line
//! that was said is run before the next one is asked for, so that a command has the terminal to itself.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread;
use std::time::Duration;

use opsdrill_session::{Completion, Session, is_complete};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Editor, Helper};

use crate::terminal;

/// What stands before the cursor while a command goes on over several lines: bash's PS2.
const GOES_ON: &str = "> ";

/// The prompt.
pub(crate) struct Prompt {
    asks: Sender<Ask>,
    said: Receiver<Said>,
    is_asked: bool,
    /// Left as it was found, whatever the editor is in the middle of.
    #[cfg(unix)]
    terminal: Option<nix::sys::termios::Termios>,
}

/// What is said at the prompt.
pub(crate) enum Said {
    /// A whole command.
    Line(String),
    /// The line so far: which words could go on from here?
    Begun(String, Sender<Completion>),
    /// Nothing more will be said.
    End,
    /// The terminal failed.
    Failed(String),
}

struct Ask {
    prompt: String,
    /// Ctrl-D leaves the shell in a container, and only then the drill.
    leaves: Option<&'static str>,
}

impl Prompt {
    /// For a person at the terminal, with history, completion and hints.
    pub(crate) fn of_person() -> Self {
        // The editor puts back the handlers of signals that it finds, so ours comes first.
        terminal::catch_interrupts();
        Self::start(|asks, say| {
            if let Err(error) = edit_lines(asks, say) {
                let _ = say.send(Said::Failed(error.to_string()));
            }
        })
    }

    /// For lines that are piped in.
    pub(crate) fn of_pipe() -> Self {
        Self::start(read_lines)
    }

    fn start(read: impl FnOnce(&Receiver<Ask>, &Sender<Said>) + Send + 'static) -> Self {
        #[cfg(unix)]
        let terminal = nix::sys::termios::tcgetattr(io::stdin()).ok();
        let (asks, asked) = channel();
        let (say, said) = channel();
        thread::spawn(move || {
            read(&asked, &say);
            let _ = say.send(Said::End);
        });
        Self {
            asks,
            said,
            is_asked: false,
            #[cfg(unix)]
            terminal,
        }
    }

    /// Asks for a line before there is a session, under the prompt that it will have.
    pub(crate) fn ask_early(&mut self, prompt: String) {
        self.ask_for(Ask { prompt, leaves: None });
    }

    /// Asks for a line, unless that was done already.
    pub(crate) fn ask(&mut self, session: &Session) {
        if !self.is_asked {
            let leaves = session.is_in_container().then_some("exit");
            self.ask_for(Ask { prompt: session.prompt(), leaves });
        }
    }

    fn ask_for(&mut self, ask: Ask) {
        // Where nobody listens any more, the end was said.
        let _ = self.asks.send(ask);
        self.is_asked = true;
    }

    /// Waits for what is said, at most so long.
    pub(crate) fn wait(&mut self, patience: Option<Duration>) -> Option<Said> {
        let said = match patience {
            None => self.said.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(patience) if patience.is_zero() => self.said.try_recv().map_err(|it| match it {
                TryRecvError::Empty => RecvTimeoutError::Timeout,
                TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
            }),
            Some(patience) => self.said.recv_timeout(patience),
        };
        self.is_asked &= !matches!(said, Ok(Said::Line(_)));
        match said {
            Ok(said) => Some(said),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Said::End),
        }
    }
}

impl Drop for Prompt {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(terminal) = &self.terminal {
            use nix::sys::termios::{SetArg, tcsetattr};
            let _ = tcsetattr(io::stdin(), SetArg::TCSADRAIN, terminal);
        }
    }
}

/// Reads whole commands of a pipe, one for each prompt.
fn read_lines(asks: &Receiver<Ask>, say: &Sender<Said>) {
    for _ in asks {
        let mut command = String::new();
        for line in io::stdin().lines() {
            let Ok(line) = line else { return };
            command.push_str(&line);
            if is_complete(&command) {
                break;
            }
            command.push('\n');
        }
        if command.is_empty() || say.send(Said::Line(command)).is_err() {
            return;
        }
    }
}

/// Reads whole commands of a person, one for each prompt.
fn edit_lines(asks: &Receiver<Ask>, say: &Sender<Said>) -> rustyline::Result<()> {
    let config = Config::builder().completion_type(CompletionType::List).build();
    let mut editor: Editor<Words, DefaultHistory> = Editor::with_config(config)?;
    editor.set_helper(Some(Words { history: HistoryHinter::new(), say: say.clone() }));
    for ask in asks {
        let Some(command) = edit_command(&mut editor, &ask)? else { return Ok(()) };
        let _ = editor.add_history_entry(command.trim_end_matches('\n'));
        // Only what is pressed from now on is meant for this command.
        let _ = terminal::interrupted();
        if say.send(Said::Line(command)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// A whole command; nothing if the person leaves.
fn edit_command(
    editor: &mut Editor<Words, DefaultHistory>,
    ask: &Ask,
) -> rustyline::Result<Option<String>> {
    let mut typed = String::new();
    loop {
        let shown = if typed.is_empty() { ask.prompt.as_str() } else { GOES_ON };
        match editor.readline(shown) {
            Ok(line) => typed.push_str(&line),
            Err(ReadlineError::Interrupted) => {
                typed.clear();
                continue;
            }
            // Ctrl-D ends a command that goes on.
            Err(ReadlineError::Eof) if !typed.is_empty() => return Ok(Some(typed)),
            Err(ReadlineError::Eof) => return Ok(ask.leaves.map(str::to_owned)),
            Err(error) => return Err(error),
        }
        if is_complete(&typed) {
            return Ok(Some(typed));
        }
        typed.push('\n');
    }
}

/// Asks the session for words while a line is typed.
struct Words {
    history: HistoryHinter,
    say: Sender<Said>,
}

impl Words {
    fn after(&self, line: &str) -> Option<Completion> {
        let (reply, words) = channel();
        self.say.send(Said::Begun(line.to_owned(), reply)).ok()?;
        words.recv().ok()
    }
}

impl Helper for Words {}

impl Completer for Words {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _context: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let Some(Completion { start, words }) = self.after(&line[..at]) else {
            return Ok((at, Vec::new()));
        };
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

impl Hinter for Words {
    type Hint = String;

    /// The latest line that began so, or else the rest of the only word that fits.
    fn hint(&self, line: &str, at: usize, context: &rustyline::Context<'_>) -> Option<String> {
        if line.is_empty() || at < line.len() {
            return None;
        }
        self.history.hint(line, at, context).or_else(|| {
            let Completion { start, words } = self.after(line)?;
            let [only] = words.as_slice() else { return None };
            let rest = only.strip_prefix(&line[start..]).filter(|_| start < line.len());
            rest.filter(|it| !it.is_empty()).map(str::to_owned)
        })
    }
}

impl Highlighter for Words {
    fn highlight_hint<'h>(&self, hint: &'h str) -> std::borrow::Cow<'h, str> {
        format!("\u{1b}[2m{hint}\u{1b}[0m").into()
    }
}

impl Validator for Words {}
