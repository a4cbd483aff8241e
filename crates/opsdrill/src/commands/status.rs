//! `opsdrill status`: the drill's command `status` on a session that was left.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use opsdrill_session::Library;

/// Arguments of `status`.
#[derive(Args)]
pub(crate) struct Status {
    /// The session; by default the latest
    session: Option<String>,
}

impl Status {
    pub(super) fn run(self, library: Arc<Library>) -> Result<ExitCode, String> {
        super::run_in_session(library, self.session.as_deref(), "status")
    }
}
