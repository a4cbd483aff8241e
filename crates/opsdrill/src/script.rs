//! A drill from piped standard input: each line is run, output goes straight out.

use std::io::{self, BufRead, Read as _, Write as _};
use std::time::Instant;

use opsdrill_session::session::SimTime;
use opsdrill_session::{FrontEnd, LogSink, Session, Stream, is_complete};

use crate::pace::{Pace, Waiting};

/// The longest line of a script in bytes.
const LINE_BYTES_MAX: usize = 1 << 20;

/// The exit status of a script of which a line was refused.
const REFUSED: i32 = 2;

/// Standard output and error, without a person.
pub(crate) struct Piped(Waiting);

impl Piped {
    /// For one command.
    pub(crate) fn at(pace: Pace) -> Self {
        Self(Waiting::at(pace))
    }
}

impl FrontEnd for Piped {
    fn print(&mut self, stream: Stream, text: &str) {
        // A closed pipe is the reader's wish to see no more. Output goes out at once: both streams may lead to one place.
        let _ = match stream {
            Stream::Out => {
                io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush())
            }
            Stream::Err => io::stderr().write_all(text.as_bytes()),
        };
    }

    fn pass(&mut self, from: SimTime, to: SimTime) -> SimTime {
        self.0.pass(from, to, || false)
    }

    fn next_note(&self, now: SimTime) -> Option<SimTime> {
        self.0.next_note(now)
    }

    fn noted(&mut self, time: SimTime) {
        self.0.noted(time);
    }

    fn edit(&mut self, _name: &str, _text: &str) -> Option<String> {
        None
    }
}

/// Runs all lines of standard input. Answers the status of the last one, or 2 if one was refused.
///
/// # Errors
/// When input cannot be read or the log cannot be kept.
pub(crate) fn run(
    session: &mut Session,
    sink: &mut dyn LogSink,
    pace: Pace,
) -> Result<i32, String> {
    let mut input = io::stdin().lock();
    let (mut status, mut refused) = (0, 0);
    let mut pending = String::new();
    let mut idle = Instant::now();
    while let Some(line) = next_line(&mut input).map_err(|error| error.to_string())? {
        let fits = line.len() + pending.len() <= LINE_BYTES_MAX;
        pending.push_str(&String::from_utf8_lossy(&line));
        if !fits {
            Piped::at(pace).print(
                Stream::Err,
                &format!("opsdrill: a line of more than {LINE_BYTES_MAX} bytes was not run\n"),
            );
            refused = REFUSED;
            pending.clear();
            continue;
        }
        if !is_complete(&pending) {
            pending.push('\n');
            continue;
        }
        let until = SimTime(session.now().0 + pace.simulated(idle.elapsed()));
        session.advance_to(until);
        let end = session.run_line(&std::mem::take(&mut pending), &mut Piped::at(pace), sink);
        idle = Instant::now();
        status = end.status;
        if let Some(problem) = end.log_failure {
            return Err(problem);
        }
        if end.leave {
            break;
        }
    }
    if !pending.trim().is_empty() {
        status = session.run_line(&pending, &mut Piped::at(pace), sink).status;
    }
    Ok(status.max(refused))
}

/// The next line without its end; of one that is too long, only its beginning is kept.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    input.by_ref().take(LINE_BYTES_MAX as u64 + 2).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else {
        input.skip_until(b'\n')?;
    }
    Ok(Some(line))
}
