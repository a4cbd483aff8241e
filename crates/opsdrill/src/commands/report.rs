//! `opsdrill report`: the result of a session.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use opsdrill_session::{Library, Script};

use crate::files::SessionFiles;

/// Arguments of `report`.
#[derive(Args)]
pub(crate) struct Report {
    /// The session: its name, its number or its folder; by default the latest
    session: Option<String>,
    /// Prints the result as JSON
    #[arg(long, conflicts_with = "html")]
    json: bool,
    /// Prints the path of the page
    #[arg(long)]
    html: bool,
}

impl Report {
    pub(super) fn run(self, library: Arc<Library>) -> Result<ExitCode, String> {
        let files = SessionFiles::find(self.session.as_deref())?;
        let session = super::load(library, &files, &mut Script::default())?;
        let Some(outcome) = session.outcome() else {
            println!("INCOMPLETE: nothing was submitted");
            return Ok(ExitCode::from(1));
        };
        // They are there unless the program was ended between the last line of the log and them.
        if [super::RESULT, super::PAGE].iter().any(|it| !files.path(it).exists()) {
            super::keep_result(&session, &files)?;
        }
        if self.json {
            println!("{}", serde_json::to_string_pretty(outcome).expect("plain data is JSON"));
        } else if self.html {
            println!("{}", files.path("report.html").display());
        } else {
            print!("{}", outcome.text(session.scenario(), session.language()));
        }
        Ok(ExitCode::SUCCESS)
    }
}
