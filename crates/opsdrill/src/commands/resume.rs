//! `opsdrill resume`: goes on with a session.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use opsdrill_session::{Library, Script};

use crate::files::SessionFiles;

/// Arguments of `resume`.
#[derive(Args)]
pub(crate) struct Resume {
    /// The session; by default the latest
    session: Option<String>,
    /// How many simulated seconds pass in each second, or `jump`
    #[arg(long, default_value = "1")]
    pace: String,
}

impl Resume {
    pub(super) fn run(self, library: Arc<Library>) -> Result<ExitCode, String> {
        let files = SessionFiles::find(self.session.as_deref())?;
        let mut session = super::load(library, &files, &mut Script::default())?;
        if session.outcome().is_some() {
            return Err("this session was submitted; see `opsdrill report`".to_owned());
        }
        let pace = super::play::pace(&self.pace, session.log().header().step)?;
        println!("{}", session.greeting());
        super::conduct(&mut session, &files, pace)
    }
}
