//! `opsdrill completions`: completions for the user's own shell.

use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

/// Arguments of `completions`.
#[derive(Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> ExitCode {
        clap_complete::generate(
            self.shell,
            &mut crate::Arguments::command(),
            "opsdrill",
            &mut std::io::stdout(),
        );
        ExitCode::SUCCESS
    }
}
