//! `opsdrill check-content`: checks scenario files.

use std::process::ExitCode;

use clap::Args;
use opsdrill_session::scenario::faults;
use opsdrill_session::scenario::format::ScenarioFile;
use opsdrill_session::{ContentError, Library, Scenario, rehearse};

/// Arguments of `check-content`.
#[derive(Args)]
pub(crate) struct CheckContent {
    /// The scenarios to check; by default all
    names: Vec<String>,
    /// Prints the JSON Schema of `scenario.yaml` instead
    #[arg(long)]
    schema: bool,
    /// Prints every fault that a scenario may inject, with its parameters, instead
    #[arg(long)]
    faults: bool,
}

impl CheckContent {
    pub(super) fn run(self, library: &Library) -> ExitCode {
        if self.schema {
            let schema = schemars::schema_for!(ScenarioFile);
            println!("{}", serde_json::to_string_pretty(&schema).expect("a schema is JSON"));
            return ExitCode::SUCCESS;
        }
        if self.faults {
            print!("{}", faults::page());
            return ExitCode::SUCCESS;
        }
        let names = if self.names.is_empty() {
            library.names().map(str::to_owned).collect()
        } else {
            self.names
        };
        let mut bad = 0;
        for name in names {
            let found = match Scenario::load_all(library, &name) {
                Err(errors) => errors,
                Ok(variants) => {
                    let refused = variants.iter().filter_map(|it| rehearse(library, it).err());
                    refused.flatten().collect()
                }
            };
            // What is wrong in every variant is said once.
            let mut told: Vec<ContentError> = Vec::new();
            for error in found {
                if !told.contains(&error) {
                    eprintln!("{error}");
                    told.push(error);
                }
            }
            if told.is_empty() {
                println!("{name}: good");
            }
            bad += told.len();
        }
        ExitCode::from(u8::from(bad > 0))
    }
}
