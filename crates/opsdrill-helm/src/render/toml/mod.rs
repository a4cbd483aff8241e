//! TOML, as Go's usual library reads and writes it.

mod read;
mod write;

pub(super) use read::read;
pub(super) use write::write;
