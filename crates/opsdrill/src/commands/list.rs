//! `opsdrill list`: the scenarios.

use std::process::ExitCode;

use clap::Args;
use opsdrill_session::{Library, Scenario};

/// Arguments of `list`.
#[derive(Args)]
pub(crate) struct List {
    /// Prints the names only
    #[arg(long)]
    names: bool,
}

impl List {
    pub(super) fn run(self, library: &Library) -> ExitCode {
        for name in library.names() {
            if self.names {
                println!("{name}");
                continue;
            }
            match Scenario::load(library, name, 0) {
                Ok(it) => {
                    let level = format!("{:?}", it.file.level).to_lowercase();
                    println!(
                        "{name:<26} {level:<8} {:>3} min  {}",
                        it.file.minutes, it.file.title.en
                    );
                }
                Err(problems) => println!("{name:<26} cannot be read: {}", problems[0]),
            }
        }
        ExitCode::SUCCESS
    }
}
