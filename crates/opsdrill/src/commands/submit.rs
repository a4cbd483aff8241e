//! `opsdrill submit`: the drill's command `submit` on a session that was left.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use opsdrill_session::Library;

/// Arguments of `submit`.
#[derive(Args)]
pub(crate) struct Submit {
    /// The session: its name, its number or its folder; by default the latest
    session: Option<String>,
}

impl Submit {
    pub(super) fn run(self, library: Arc<Library>) -> Result<ExitCode, String> {
        super::run_in_session(library, self.session.as_deref(), "submit")
    }
}
