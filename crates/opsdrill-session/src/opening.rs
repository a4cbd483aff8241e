//! The beginning of a session: what the trainee reads, before the world is there.

use std::sync::Arc;

use crate::drill;
use crate::log::{Header, LOG_VERSION};
use crate::scenario::{Library, Scenario};
use crate::session::{HOME, Options, Session, prompt_at};

/// A session whose world is not there yet: the trainee reads the ticket while it is built.
pub struct Opening {
    library: Arc<Library>,
    header: Header,
    scenario: Scenario,
}

impl Opening {
    /// Reads a scenario.
    ///
    /// # Errors
    /// What is wrong with the scenario, each thing a text for its author.
    pub fn new(library: Arc<Library>, name: &str, options: Options) -> Result<Self, Vec<String>> {
        let header = Header {
            log_version: LOG_VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: name.to_owned(),
            seed: options.seed,
            language: options.language,
            step: options.step,
            terminal: options.terminal,
        };
        Self::of(library, header)
    }

    /// Reads the scenario of a log.
    pub(crate) fn of(library: Arc<Library>, header: Header) -> Result<Self, Vec<String>> {
        let scenario = Scenario::load(&library, &header.scenario, header.seed)
            .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        Ok(Self { library, header, scenario })
    }

    /// Whether the scenario was checked before, and so its world can be built.
    pub fn is_checked(&self) -> bool {
        self.library.is_checked(&self.header.scenario)
    }

    /// What the trainee reads first: title and ticket.
    pub fn greeting(&self) -> String {
        drill::greeting(&self.scenario, self.header.language)
    }

    /// The first prompt.
    pub fn prompt(&self) -> String {
        prompt_at(HOME)
    }

    /// Builds the world: the cluster as it is when the ticket comes in.
    ///
    /// # Errors
    /// What of the scenario does not fit its world, each thing a text for its author.
    pub fn build(self) -> Result<Session, Vec<String>> {
        Session::begin(self.library, self.header, self.scenario)
    }
}
