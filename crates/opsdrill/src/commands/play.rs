//! `opsdrill play`: a new session.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use opsdrill_session::session::Options;
use opsdrill_session::{Language, Library, Opening, Scenario};

use super::serve::{self, Door};
use crate::files::SessionFiles;
use crate::pace::Pace;
use crate::prompt::Prompt;
use crate::terminal;

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
    /// How many simulated seconds pass in each second, or `jump` to let waiting commands end at once; by default 1,
    /// and `jump` where the lines are piped in
    #[arg(long, value_parser = Pace::parse)]
    pace: Option<Pace>,
    /// Each command costs a fixed simulated time, and nothing else lets time pass
    #[arg(long, conflicts_with = "pace")]
    step: bool,
    /// Serves the cluster as a Kubernetes API to tools of your own, beside the prompt
    #[arg(long, conflicts_with = "step")]
    serve: bool,
    #[command(flatten)]
    door: Door,
}

impl Play {
    pub(super) fn run(self, library: Arc<Library>) -> Result<ExitCode, String> {
        let name = match self.name {
            Some(name) => name,
            None => first_guided(&library).ok_or("there are no scenarios")?,
        };
        let language = if self.lang == "fr" { Language::Fr } else { Language::En };
        let options = Options {
            seed: self.seed,
            language,
            step: self.step,
            terminal: terminal::is_terminal(),
        };
        let lines = |problems: Vec<String>| problems.join("\n");
        let pace = super::pace_of(self.step, self.pace)?;
        let opening = Opening::new(library, &name, options).map_err(lines)?;
        // What cannot fail is done while the trainee reads.
        if opening.is_checked() && terminal::is_terminal() && !self.serve {
            let files = SessionFiles::create(&name)?;
            let lock = files.lock()?;
            println!("{}", opening.greeting());
            let mut prompt = Prompt::of_person();
            prompt.ask_early(opening.prompt());
            let mut session = opening.build().map_err(lines)?;
            return super::conduct(&mut session, &files, lock, pace, Some(prompt));
        }
        let mut session = opening.build().map_err(lines)?;
        let files = SessionFiles::create(&name)?;
        let lock = files.lock()?;
        println!("{}", session.greeting());
        if self.serve {
            return serve::conduct(&mut session, &files, lock, pace, &self.door);
        }
        super::conduct(&mut session, &files, lock, pace, None)
    }
}

/// The scenario for a newcomer: the easiest, then the shortest.
fn first_guided(library: &Library) -> Option<String> {
    let scenarios = library.names().filter_map(|name| Scenario::load(library, name, 0).ok());
    scenarios.min_by_key(|it| (it.file.level, it.file.minutes, it.name.clone())).map(|it| it.name)
}
