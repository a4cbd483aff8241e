//! What an interactive shell remembers between lines and the interpreter forgets: `$?`, `set -o` options and traps.

use std::fmt::Write as _;

use bashkit::ShellState;

/// The options `set -o` knows that matter between lines: the interpreter's variable and the name.
const OPTIONS: &[(&str, &str)] = &[
    ("SHOPT_a", "allexport"),
    ("SHOPT_C", "noclobber"),
    ("SHOPT_f", "noglob"),
    ("SHOPT_u", "nounset"),
    ("SHOPT_pipefail", "pipefail"),
    ("SHOPT_E", "errtrace"),
    ("SHOPT_T", "functrace"),
    ("SHOPT_v", "verbose"),
    ("SHOPT_e", "errexit"),
    ("SHOPT_x", "xtrace"),
];

/// Options and traps as they stood when a line ended.
#[derive(Debug, Default)]
pub(super) struct Settings {
    options: Vec<&'static str>,
    traps: Vec<(String, String)>,
}

impl Settings {
    /// Reads them out of the interpreter.
    pub(super) fn after_line(state: &ShellState) -> Self {
        let is_on =
            |variable: &str| state.variables.get(variable).is_some_and(|value| value == "1");
        let options =
            OPTIONS.iter().filter(|(variable, _)| is_on(variable)).map(|(_, name)| *name).collect();
        let mut traps: Vec<(String, String)> =
            state.traps.iter().map(|(on, run)| (on.clone(), run.clone())).collect();
        traps.retain(|(signal, _)| signal != "EXIT");
        traps.sort();
        Self { options, traps }
    }

    /// The commands that put everything back before the next line, on one line of their own.
    pub(super) fn prelude(&self, status: i32, random_seed: u32) -> String {
        let mut prelude = format!("RANDOM={random_seed}");
        for (signal, run) in &self.traps {
            let _ = write!(prelude, "; trap -- '{}' {signal}", run.replace('\'', "'\\''"));
        }
        for option in self
            .options
            .iter()
            .filter(|option| !matches!(**option, "errexit" | "xtrace" | "verbose"))
        {
            let _ = write!(prelude, "; set -o {option}");
        }
        if status != 0 {
            // As the left side of `&&` it neither runs the ERR trap nor ends a shell with `set -e`.
            let _ = write!(prelude, "; {STATUS_COMMAND} {status} && :");
        }
        // Options that act on every command come last, or they would act on the prelude.
        for option in self
            .options
            .iter()
            .filter(|option| matches!(**option, "errexit" | "xtrace" | "verbose"))
        {
            let _ = write!(prelude, "; set -o {option}");
        }
        prelude
    }
}

/// The command that sets `$?`.
pub(super) const STATUS_COMMAND: &str = "__opsdrill_status";
