//! Scenarios: the files, how they are read, and a world made of them.
//!
//! - [`library`]: where the files come from
//! - [`faults`]: what authors read about the faults that they may inject
//! - [`format`]: every field an author may write
//! - [`load`]: one variant of one scenario, checked
//! - `shape`: every mistake in the shape of a file at once
//! - `complaints`, `references`: every mistake in what it means, with its place (`located`)
//! - `fill`: the parameters of a variant
//! - `releases`: which services come from charts
//! - [`span`]: times as authors write them

mod complaints;
pub mod faults;
mod fill;
pub mod format;
pub mod library;
pub mod load;
mod located;
mod references;
mod releases;
mod shape;
pub mod span;

pub use format::{Level, Text};
pub use library::{Folder, Library};
pub use load::{ContentError, Scenario};
