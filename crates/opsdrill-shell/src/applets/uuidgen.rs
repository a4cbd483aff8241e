//! `uuidgen`: a version 4 UUID from the session's chance.

use super::{Reply, Surroundings};
use crate::ToolResult;
use crate::shell::Request;

pub(super) fn run(_: &Request, around: &mut Surroundings<'_>) -> Reply {
    let high = around.host.random_u64("uuidgen");
    let low = around.host.random_u64("uuidgen");
    let text = format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}\n",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        (low >> 48) & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff,
    );
    ToolResult::ok(text).into()
}
