//! The functions that charts call, faithful to the sprig library.
//!
//! - [`functions`]: one file per family and one table of all
//! - [`surroundings`]: the chance and the clock that they are given
//! - `arguments`: what a function was called with
//! - `conversion`: values as numbers and texts, as loosely as sprig has it
//! - [`version`]: semantic versions and the ranges that charts ask for
//! - [`time`]: points in time and durations as Go writes and reads them
//! - `bcrypt`: a hash for passwords
//! - `keys`: private keys, and `certificate`: what they sign
//! - `pem` and `der`: the forms in which these are written and read
//! - `digits`: decimal numbers, which count exactly
//! - [`path_pattern`]: patterns of file names
//!
//! It knows nothing of charts. What reads and writes documents (`toYaml`, `fromJson`) belongs to who has them.

mod arguments;
mod bcrypt;
mod certificate;
pub mod conversion;
mod der;
mod digits;
pub mod functions;
mod keys;
pub mod path_pattern;
mod pem;
pub mod surroundings;
pub mod time;
pub mod version;

pub use functions::functions;
pub use surroundings::{SeededChance, Surroundings};
