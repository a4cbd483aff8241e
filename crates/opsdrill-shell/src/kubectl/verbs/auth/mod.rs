//! `kubectl auth`: who one is, and what one may do.

mod can_i;
mod whoami;

use crate::kubectl::command::Command;

/// `kubectl auth …`.
pub(super) const PARTS: &[Command] = &[
    Command::of::<can_i::CanI>(),
    Command::not_simulated("reconcile"),
    Command::of::<whoami::WhoAmI>(),
];
