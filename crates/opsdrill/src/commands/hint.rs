//! `opsdrill hint`: the drill's command `hint` on a session that was left.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use opsdrill_session::Library;

/// Arguments of `hint`.
#[derive(Args)]
pub(crate) struct Hint {
    /// The session: its name, its number or its folder; by default the latest
    session: Option<String>,
}

impl Hint {
    pub(super) fn run(self, library: Arc<Library>) -> Result<ExitCode, String> {
        super::run_in_session(library, self.session.as_deref(), "hint")
    }
}
