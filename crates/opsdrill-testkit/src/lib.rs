//! The test harness the crates share.

pub mod folder;
pub mod transcript;
