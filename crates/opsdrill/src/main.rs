//! The opsdrill program: command line, terminal and files. The only crate that prints, reads the clock or the
//! environment.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the crate that prints")]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "and the one that knows the host"
)]

mod bugs;
mod commands;
mod content;
mod files;
mod mirror;
mod pace;
mod prompt;
mod script;
mod serving;
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

/// Bytes of stack: scripts that call themselves end by a bound of the shell before they have used it up.
const STACK_BYTES: usize = 512 << 20;

/// A session is thousands of small blocks, most of which die young, on a thread that is not the first.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    bugs::keep_to_ourselves();
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(program);
    let ended = thread.map(std::thread::JoinHandle::join);
    match ended {
        Ok(Ok(code)) => code,
        Ok(Err(_)) if bugs::is_closed_pipe() => ExitCode::from(bugs::CLOSED_PIPE_STATUS),
        Ok(Err(_)) => {
            eprintln!("opsdrill: {}", bugs::words());
            ExitCode::from(bugs::STATUS)
        }
        // Where memory is short, the usual stack has to do.
        Err(_) => program(),
    }
}

fn program() -> ExitCode {
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
