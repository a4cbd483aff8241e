//! One run of one scenario: loads, injects, runs lines, records, grades, replays.

pub mod deploy;
pub mod log;
pub mod scenario;
pub mod stage;
