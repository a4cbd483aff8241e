//! `opsdrill replay`: plays a session again.

use std::io::{self, BufRead as _};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use opsdrill_session::log::Input;
use opsdrill_session::{FrontEnd as _, Library, Session};

use crate::files::SessionFiles;
use crate::pace::Pace;
use crate::script::Piped;

/// Arguments of `replay`.
#[derive(Args)]
pub(crate) struct Replay {
    /// The session: its name, its number or its folder; by default the latest
    session: Option<String>,
    /// How many simulated seconds pass in each second, or `jump` for all at once
    #[arg(long, default_value = "jump", value_parser = Pace::parse)]
    pace: Pace,
    /// Waits for Enter before each command
    #[arg(long)]
    step: bool,
}

impl Replay {
    pub(super) fn run(self, library: Arc<Library>) -> Result<ExitCode, String> {
        let files = SessionFiles::find(self.session.as_deref())?;
        let (log, _) = files.read()?;
        let mut front = Piped::at(self.pace);
        let mut session =
            Session::start_replay(library, &log).map_err(|problems| problems.join("\n"))?;
        println!("{}", session.greeting());
        for group in opsdrill_session::session::groups(log.records()) {
            if self.step && matches!(group[0].input, Input::Line(_)) {
                let _ = io::stdin().lock().read_line(&mut String::new());
            }
            front.pass(session.now(), group[0].time);
            match &group[0].input {
                Input::Line(line) => println!("$ {line}"),
                other => println!("> {}", other.summary()),
            }
            session.play_group(&group, &mut front);
        }
        Ok(ExitCode::SUCCESS)
    }
}
