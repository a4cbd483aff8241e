//! `opsdrill play`: a new session.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use opsdrill_session::session::Options;
use opsdrill_session::{Language, Library, Scenario, Session};

use crate::files::SessionFiles;
use crate::terminal::Pace;

/// Arguments of `play`.
#[derive(Args)]
pub(crate) struct Play {
    /// The scenario; see `opsdrill list`
    name: Option<String>,
    /// The seed of all chance: the same seed gives the same drill
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Language of tickets, hints and results
    #[arg(long, default_value = "en", value_parser = ["en", "fr"])]
    lang: String,
    /// How many simulated seconds pass in each second, or `jump` to let waiting commands end at once
    #[arg(long, default_value = "1")]
    pace: String,
    /// Each command costs a fixed simulated time, and nothing else lets time pass
    #[arg(long)]
    step: bool,
}

impl Play {
    pub(super) fn run(self, library: Arc<Library>) -> Result<ExitCode, String> {
        let name = match self.name {
            Some(name) => name,
            None => first_guided(&library).ok_or("there are no scenarios")?,
        };
        let language = if self.lang == "fr" { Language::Fr } else { Language::En };
        let pace = pace(&self.pace, self.step)?;
        let options = Options { seed: self.seed, language, step: self.step };
        let mut session =
            Session::new(library, &name, options).map_err(|problems| problems.join("\n"))?;
        let files = SessionFiles::create(&name)?;
        println!("{}", session.greeting());
        super::conduct(&mut session, &files, pace)
    }
}

/// Reads `--pace`.
pub(super) fn pace(text: &str, step: bool) -> Result<Pace, String> {
    if step || text == "jump" {
        return Ok(Pace::Jump);
    }
    let times = text.trim_end_matches('x').parse().ok().filter(|it| (1..=3600).contains(it));
    times
        .map(Pace::Times)
        .ok_or_else(|| format!("--pace is `jump` or a number from 1 to 3600, not {text:?}"))
}

/// The scenario for a newcomer: the easiest, then the shortest.
fn first_guided(library: &Library) -> Option<String> {
    let scenarios = library.names().filter_map(|name| Scenario::load(library, name, 0).ok());
    scenarios.min_by_key(|it| (it.file.level, it.file.minutes, it.name.clone())).map(|it| it.name)
}
