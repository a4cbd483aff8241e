//! Application models: what is inside an image, declared in data.
//!
//! - [`model`]: the declaration, as scenario files and built-in files write it
//! - [`catalogue`]: which image holds which model; the built-in ones
//! - [`settings`]: where applications find their settings
//! - [`command`]: the application, or a command of the container's own
//! - `followed`: commands so simple that nobody need run them
//! - [`jvm`]: heap sizes
//! - [`lines`]: what applications write
//! - [`stand_in`]: programs that end as their settings say
//! - [`wiring`]: how applications call what they depend on

pub mod catalogue;
pub mod command;
mod followed;
pub mod jvm;
pub mod lines;
pub mod model;
pub mod settings;
pub mod stand_in;
pub mod wiring;

pub use catalogue::Catalogue;
pub use model::ApplicationModel;
