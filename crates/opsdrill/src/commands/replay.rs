//! `opsdrill replay`: plays a session again.

use std::io::{self, BufRead as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use clap::Args;
use opsdrill_session::log::Input;
use opsdrill_session::session::SimTime;
use opsdrill_session::{FrontEnd, Library, Session, Stream};

use crate::files::SessionFiles;
use crate::script::Piped;

/// Arguments of `replay`.
#[derive(Args)]
pub(crate) struct Replay {
    /// The session; by default the latest
    session: Option<String>,
    /// How many simulated seconds pass in each second; by default all at once
    #[arg(long)]
    pace: Option<u32>,
    /// Waits for Enter before each command
    #[arg(long)]
    step: bool,
}

/// A front end that takes the time that things took.
struct Paced(Option<u32>);

impl FrontEnd for Paced {
    fn print(&mut self, stream: Stream, text: &str) {
        Piped.print(stream, text);
    }

    fn pass(&mut self, from: SimTime, to: SimTime) -> SimTime {
        if let Some(times) = self.0 {
            thread::sleep(Duration::from_millis(
                to.0.saturating_sub(from.0) / u64::from(times.max(1)),
            ));
        }
        to
    }

    fn edit(&mut self, _name: &str, _text: &str) -> Option<String> {
        None
    }
}

impl Replay {
    pub(super) fn run(self, library: Arc<Library>) -> Result<ExitCode, String> {
        let files = SessionFiles::find(self.session.as_deref())?;
        let (log, _) = files.read()?;
        let mut front = Paced(self.pace);
        let mut session =
            Session::start_replay(library, &log).map_err(|problems| problems.join("\n"))?;
        println!("{}", session.greeting());
        for group in opsdrill_session::session::groups(log.records()) {
            if let Input::Line(line) = &group[0].input {
                if self.step {
                    let _ = io::stdin().lock().read_line(&mut String::new());
                }
                front.pass(session.now(), group[0].time);
                println!("$ {line}");
            }
            session.play_group(&group, &mut front);
        }
        Ok(ExitCode::SUCCESS)
    }
}
