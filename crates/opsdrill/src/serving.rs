//! The session's thread while the cluster is served: it lets time pass and answers the desk.

use std::{fs, io};

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use opsdrill_server::{Counter, Desk, Server};
use opsdrill_session::session::SimTime;
use opsdrill_session::{FrontEnd, LogSink, Session};

use crate::files::SessionFiles;
use crate::mirror::Mirror;
use crate::pace::Pace;
use crate::prompt::{Prompt, Said};
use crate::script::Piped;
use crate::terminal::{self, Terminal};

/// How long the session's thread waits for calls before it looks at the time again.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The kubeconfig's name in a session's folder.
const KUBECONFIG: &str = "kubeconfig";

/// Ctrl-C, or a signal to end.
static ENDED: AtomicBool = AtomicBool::new(false);

/// Writes the kubeconfig and says how to use it, and where the workspace is.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn announce(
    server: &Server,
    files: &SessionFiles,
    mirror: &Mirror,
    session: &Session,
) -> Result<(), String> {
    let path = files.path(KUBECONFIG);
    let path = std::path::absolute(&path).unwrap_or(path);
    let problem = |error: io::Error| format!("{}: {error}", path.display());
    let _ = fs::remove_file(&path);
    for_owner_only(&path).map_err(problem)?;
    fs::write(&path, server.kubeconfig()).map_err(problem)?;
    let address = server.address();
    println!("Kubernetes API: https://{address}");
    if !address.ip().is_loopback() {
        println!("Other machines can reach it; whoever has the kubeconfig comes in.");
    }
    if !mirror.is_empty() {
        println!("workspace: {}", mirror.folder().display());
    }
    println!("kubeconfig: {}", path.display());
    println!("export KUBECONFIG='{}'", path.display());
    println!(
        "It is {} there; ages that a client reckons itself (kubectl describe, events) go by your clock.",
        session.date()
    );
    Ok(())
}

/// Makes a file that nobody else can read: keys go into it.
fn for_owner_only(path: &std::path::Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Wall time as simulated time.
pub(crate) struct Clock {
    pace: Pace,
    from: (Instant, SimTime),
}

impl Clock {
    /// Starts now, at the session's time.
    pub(crate) fn start(session: &Session, pace: Pace) -> Self {
        Self { pace, from: (Instant::now(), session.now()) }
    }

    /// Lets the session catch up with the clock.
    pub(crate) fn advance(&self, session: &mut Session) {
        let (began, at) = self.from;
        session.advance_to(SimTime(at.0 + self.pace.simulated(began.elapsed())));
    }
}

/// Serves while somebody also works at the prompt, or while lines are piped in; ends with the input, or when the trainee
/// leaves. Answers the status of the last line.
///
/// While a line waits, requests are answered; while it works, they wait: the line belongs to the session's thread.
///
/// # Errors
/// When the log cannot be kept.
pub(crate) fn beside_the_prompt(
    session: &mut Session,
    sink: &mut dyn LogSink,
    desk: &mut Desk,
    mirror: &mut Mirror,
    pace: Pace,
) -> Result<i32, String> {
    let person = terminal::is_terminal();
    let mut prompt = if person { Prompt::of_person() } else { Prompt::of_pipe() };
    let times = pace.times();
    let mut clock = Clock::start(session, pace);
    let mut status = 0;
    loop {
        prompt.ask(session);
        desk.turn(session, sink, LOOK_EVERY, times, || false, |session| clock.advance(session))?;
        mirror.look(session, sink)?;
        let line = match prompt.wait(Some(Duration::ZERO)) {
            Some(Said::Line(line)) => line,
            Some(Said::Begun(line, reply)) => {
                let _ = reply.send(session.complete(&line));
                continue;
            }
            Some(Said::Failed(problem)) => return Err(problem),
            Some(Said::End) => return Ok(status),
            None => continue,
        };
        let mut front: Box<dyn FrontEnd> =
            if person { Box::new(Terminal::at(pace)) } else { Box::new(Piped::at(pace)) };
        mirror.bring(session, sink)?;
        let pressed = if person { terminal::interrupted } else { || false };
        let mut counter = Counter::new(desk, &mut *front, times, pressed);
        let end = session.run_line(&line, &mut counter, sink);
        let failure = counter.failure();
        mirror.show(session)?;
        clock = Clock::start(session, pace);
        desk.tell(session);
        status = end.status;
        if let Some(problem) = failure.or(end.log_failure) {
            return Err(problem);
        }
        if end.leave {
            return Ok(status);
        }
    }
}

fn has_ended() -> bool {
    ENDED.load(Ordering::SeqCst)
}

/// Serves until Ctrl-C.
///
/// # Errors
/// When the log cannot be kept.
pub(crate) fn until_interrupted(
    session: &mut Session,
    sink: &mut dyn LogSink,
    desk: &mut Desk,
    mirror: &mut Mirror,
    pace: Pace,
) -> Result<(), String> {
    // The handler outlives every session of the program; a second one is not needed.
    let _ = ctrlc::set_handler(|| ENDED.store(true, Ordering::SeqCst));
    let clock = Clock::start(session, pace);
    while !has_ended() {
        desk.turn(session, sink, LOOK_EVERY, pace.times(), has_ended, |session| {
            clock.advance(session);
        })?;
        mirror.look(session, sink)?;
    }
    mirror.bring(session, sink)
}
