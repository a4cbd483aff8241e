//! A drill from piped standard input: each line is run, output goes straight out, time jumps.

use std::io::{self, BufRead as _, Write as _};

use opsdrill_session::{FrontEnd, LogSink, Session, Stream, is_complete};

use super::terminal::SimTime;

/// The longest line of a script in bytes.
const LINE_BYTES_MAX: usize = 1 << 20;

/// Standard output and error, without a person.
pub(crate) struct Piped;

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

    fn pass(&mut self, _from: SimTime, to: SimTime) -> SimTime {
        to
    }

    fn edit(&mut self, _name: &str, _text: &str) -> Option<String> {
        None
    }
}

/// Runs all lines of standard input. Answers the status of the last one.
///
/// # Errors
/// When input cannot be read or the log cannot be kept.
pub(crate) fn run(session: &mut Session, sink: &mut dyn LogSink) -> Result<i32, String> {
    let mut status = 0;
    let mut pending = String::new();
    for line in io::stdin().lock().split(b'\n') {
        let line = line.map_err(|error| error.to_string())?;
        pending.push_str(&String::from_utf8_lossy(&line));
        if pending.len() > LINE_BYTES_MAX {
            return Err(format!("a line of input is longer than {LINE_BYTES_MAX} bytes"));
        }
        if !is_complete(&pending) {
            pending.push('\n');
            continue;
        }
        let end = session.run_line(&std::mem::take(&mut pending), &mut Piped, sink);
        status = end.status;
        if let Some(problem) = end.log_failure {
            return Err(problem);
        }
        if end.leave {
            break;
        }
    }
    if !pending.trim().is_empty() {
        status = session.run_line(&pending, &mut Piped, sink).status;
    }
    Ok(status)
}
