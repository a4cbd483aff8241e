//! `helm completion`: the shell completes by itself here, so that a script has nothing to add.

use super::command::Command;

/// Its row.
pub(super) const COMMAND: Command =
    Command::not_simulated("completion", "generate autocompletion scripts for the specified shell");
