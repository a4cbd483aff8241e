//! `helm repo`: the repositories that charts are had from.

mod add;
mod index;
mod list;
mod remove;
mod update;

use super::command::Command;

pub(super) use update::{ASKING, DONE};

/// Its row.
pub(super) const COMMAND: Command =
    Command::group("repo", "add, list, remove, update, and index chart repositories", PARTS);

const PARTS: &[Command] =
    &[add::COMMAND, index::COMMAND, list::COMMAND, remove::COMMAND, update::COMMAND];
