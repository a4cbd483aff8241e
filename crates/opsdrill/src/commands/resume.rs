//! `opsdrill resume`: goes on with a session.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use opsdrill_session::Library;

use super::serve::{self, Door};
use crate::files::SessionFiles;
use crate::pace::Pace;

/// Arguments of `resume`.
#[derive(Args)]
pub(crate) struct Resume {
    /// The session: its name, its number or its folder; by default the latest
    session: Option<String>,
    /// How many simulated seconds pass in each second, or `jump`; by default 1, and `jump` where the lines are piped in
    #[arg(long, value_parser = Pace::parse)]
    pace: Option<Pace>,
    /// Serves the cluster as a Kubernetes API to tools of your own, beside the prompt
    #[arg(long)]
    serve: bool,
    #[command(flatten)]
    door: Door,
}

impl Resume {
    pub(super) fn run(self, library: Arc<Library>) -> Result<ExitCode, String> {
        let files = SessionFiles::find(self.session.as_deref())?;
        let (mut session, lock) = super::load_to_go_on(library, &files)?;
        let pace = super::pace_of(session.log().header().step, self.pace)?;
        println!("{}", session.greeting());
        if self.serve {
            return serve::conduct(&mut session, &files, lock, pace, &self.door);
        }
        super::conduct(&mut session, &files, lock, pace, None)
    }
}
