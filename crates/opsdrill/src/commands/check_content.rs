//! `opsdrill check-content`: checks scenario files.

use std::process::ExitCode;

use clap::Args;
use opsdrill_session::scenario::format::ScenarioFile;
use opsdrill_session::stage::Stage;
use opsdrill_session::{Library, Scenario};

/// Arguments of `check-content`.
#[derive(Args)]
pub(crate) struct CheckContent {
    /// The scenarios to check; by default all
    names: Vec<String>,
    /// Prints the JSON Schema of `scenario.yaml` instead
    #[arg(long)]
    schema: bool,
}

impl CheckContent {
    pub(super) fn run(self, library: &Library) -> ExitCode {
        if self.schema {
            let schema = schemars::schema_for!(ScenarioFile);
            println!("{}", serde_json::to_string_pretty(&schema).expect("a schema is JSON"));
            return ExitCode::SUCCESS;
        }
        let names = if self.names.is_empty() {
            library.names().map(str::to_owned).collect()
        } else {
            self.names
        };
        let mut bad = 0;
        for name in names {
            let problems: Vec<String> = match Scenario::load_all(library, &name) {
                Err(problems) => problems.iter().map(ToString::to_string).collect(),
                Ok(variants) => {
                    let built = variants
                        .iter()
                        .flat_map(|it| Stage::new(it, it.variant as u64).err().unwrap_or_default());
                    built.map(|problem| format!("{name}: {problem}")).collect()
                }
            };
            if problems.is_empty() {
                println!("{name}: good");
            }
            bad += problems.len();
            for problem in problems {
                eprintln!("{problem}");
            }
        }
        ExitCode::from(u8::from(bad > 0))
    }
}
