//! `clear`, `reset`: wipes the screen. As on a real machine the letters for it come out even where no screen is.

use super::{Reply, Surroundings};
use crate::ToolResult;
use crate::shell::Request;

/// What a VT100 needs to start with an empty screen, the scrollback included.
pub(super) const WIPE: &str = "\x1b[H\x1b[2J\x1b[3J";

pub(super) fn run(_: &Request, _: &mut Surroundings<'_>) -> Reply {
    ToolResult::ok(WIPE).into()
}
