//! One run of one scenario: loads, injects, runs lines, records, grades, replays.

pub mod log;
pub mod scenario;
