//! Application models: what is inside an image, declared in data.
//!
//! - [`model`]: the declaration, as scenario files and built-in files write it
//! - [`catalogue`]: which image holds which model

pub mod catalogue;
pub mod model;

pub use catalogue::Catalogue;
pub use model::ApplicationModel;
