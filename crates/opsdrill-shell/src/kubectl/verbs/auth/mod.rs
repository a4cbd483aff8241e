//! `kubectl auth`: who one is, and what one may do.

mod can_i;
mod reconcile;
mod whoami;

use crate::kubectl::command::Command;

/// `kubectl auth …`.
pub(super) const PARTS: &[Command] = &[
    Command::of::<can_i::CanI>(),
    Command::of::<reconcile::Reconcile>(),
    Command::of::<whoami::WhoAmI>(),
];
