//! The session's thread while the cluster is served: it lets time pass and answers the desk.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use opsdrill_server::{Desk, Server};
use opsdrill_session::session::SimTime;
use opsdrill_session::{LogSink, Session};

use crate::files::SessionFiles;
use crate::pace::Pace;

/// How long the session's thread waits for calls before it looks at the time again.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The kubeconfig's name in a session's folder.
const KUBECONFIG: &str = "kubeconfig";

/// Ctrl-C, or a signal to end.
static ENDED: AtomicBool = AtomicBool::new(false);

/// Writes the kubeconfig and says how to use it.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn announce(server: &Server, files: &SessionFiles) -> Result<(), String> {
    let path = files.path(KUBECONFIG);
    let path = std::path::absolute(&path).unwrap_or(path);
    let problem = |error: std::io::Error| format!("{}: {error}", path.display());
    let _ = fs::remove_file(&path);
    for_owner_only(&path).map_err(problem)?;
    fs::write(&path, server.kubeconfig()).map_err(problem)?;
    let address = server.address();
    println!("Kubernetes API: https://{address}");
    if !address.ip().is_loopback() {
        println!("Other machines can reach it; whoever has the kubeconfig comes in.");
    }
    println!("kubeconfig: {}", path.display());
    println!("export KUBECONFIG='{}'", path.display());
    Ok(())
}

/// Makes a file that nobody else can read: keys go into it.
fn for_owner_only(path: &std::path::Path) -> std::io::Result<()> {
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

/// Serves until Ctrl-C, or until the drill is submitted.
///
/// # Errors
/// When the log cannot be kept.
pub(crate) fn until_interrupted(
    session: &mut Session,
    sink: &mut dyn LogSink,
    desk: &mut Desk,
    pace: Pace,
) -> Result<(), String> {
    // The handler outlives every session of the program; a second one is not needed.
    let _ = ctrlc::set_handler(|| ENDED.store(true, Ordering::SeqCst));
    let clock = Clock::start(session, pace);
    while !ENDED.load(Ordering::SeqCst) {
        desk.turn(session, sink, LOOK_EVERY, |session| clock.advance(session))?;
    }
    Ok(())
}
