//! A person's terminal: output, Ctrl-C, and the pace of simulated time.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use opsdrill_session::session::SimTime;
use opsdrill_session::{FrontEnd, LogSink, Session, Stream};

use crate::pace::{Pace, Waiting};
use crate::prompt::{Prompt, Said};

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

/// Whether a person sits in front of the program.
pub(crate) fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Runs what is typed until the trainee leaves. Answers the status of the last line.
///
/// # Errors
/// When the terminal fails or the log cannot be kept.
pub(crate) fn run(
    session: &mut Session,
    sink: &mut dyn LogSink,
    pace: Pace,
    mut prompt: Prompt,
) -> Result<i32, String> {
    let mut status = 0;
    let mut idle = Instant::now();
    loop {
        prompt.ask(session);
        let line = match prompt.wait(None) {
            Some(Said::Line(line)) => line,
            Some(Said::Begun(line, reply)) => {
                let _ = reply.send(session.complete(&line));
                continue;
            }
            Some(Said::Failed(problem)) => return Err(problem),
            Some(Said::End) | None => return Ok(status),
        };
        let until = SimTime(session.now().0 + pace.simulated(idle.elapsed()));
        session.advance_to(until);
        let end = session.run_line(&line, &mut Terminal::at(pace), sink);
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
