//! The test harness the crates share.

pub mod transcript;
