//! The opsdrill program: command line, terminal and files. The only crate that prints, reads the clock or the
//! environment.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the crate that prints")]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "and the one that knows the host"
)]

mod commands;
mod content;
mod files;
mod script;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use commands::Command;

/// A flight simulator for people who run production.
#[derive(Parser)]
#[command(name = "opsdrill", version, about, disable_help_subcommand = true)]
struct Arguments {
    /// Adds the scenarios of a folder to those in the program
    #[arg(long, global = true, value_name = "DIR")]
    scenarios: Vec<std::path::PathBuf>,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome =
        content::library(&arguments.scenarios).and_then(|library| arguments.command.run(library));
    match outcome {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("opsdrill: {problem}");
            ExitCode::from(2)
        }
    }
}
