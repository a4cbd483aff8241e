//! `opsdrill verify`: plays a session again and compares its result.

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use opsdrill_session::{Library, Outcome, Script};

use crate::files::SessionFiles;

/// Arguments of `verify`.
#[derive(Args)]
pub(crate) struct Verify {
    /// The session: its name, its number or its folder; by default the latest
    session: Option<String>,
}

impl Verify {
    pub(super) fn run(self, library: Arc<Library>) -> Result<ExitCode, String> {
        let files = SessionFiles::find(self.session.as_deref())?;
        let path = files.path(super::RESULT);
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let claimed: Outcome =
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let session = super::load(library, &files, &mut Script::default())?;
        let Some(found) = session.outcome() else {
            return Err("nothing was submitted in this session".to_owned());
        };
        if *found == claimed {
            println!(
                "verified: {} {}/100, state {}",
                found.verdict.word(),
                found.score,
                found.state_hash
            );
            return Ok(ExitCode::SUCCESS);
        }
        println!(
            "not the result of this session: it says {} {}/100 (state {}), the replay gives {} {}/100 (state {})",
            claimed.verdict.word(),
            claimed.score,
            claimed.state_hash,
            found.verdict.word(),
            found.score,
            found.state_hash
        );
        Ok(ExitCode::from(1))
    }
}
