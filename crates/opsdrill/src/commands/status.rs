//! `opsdrill status`: the drill's command `status` on a session that was left.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use opsdrill_session::log::Forget;
use opsdrill_session::{Library, Script};

use crate::files::SessionFiles;
use crate::pace::Pace;
use crate::script::Piped;

/// Arguments of `status`.
#[derive(Args)]
pub(crate) struct Status {
    /// The session: its name, its number or its folder; by default the latest
    session: Option<String>,
}

impl Status {
    pub(super) fn run(self, library: Arc<Library>) -> Result<ExitCode, String> {
        let files = SessionFiles::find(self.session.as_deref())?;
        let mut session = super::load(library, &files, &mut Script::default())?;
        // Nothing is kept: who only looks changes nothing, and may look while the session is open elsewhere.
        let end = session.run_line("status", &mut Piped::at(Pace::Jump), &mut Forget);
        Ok(ExitCode::from(u8::try_from(end.status).unwrap_or(1)))
    }
}
