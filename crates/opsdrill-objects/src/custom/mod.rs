//! Kinds that CustomResourceDefinitions make, and what their schemas say of objects.
//!
//! - `row`: a kind in one of its versions, as everything that takes a [`Kind`](crate::Kind) knows it
//! - [`definition`]: what a CustomResourceDefinition serves: versions with their kinds and schemas
//! - [`kinds`]: all kinds of a cluster at one moment, built-in and custom
//! - [`schema`]: a version's schema, read once from its definition
//! - `check`, `format`, `number`, `lists`, `embedded`: complaints about a document, in the server's words
//! - `pruning`, `defaulting`: what the server takes out of a document and puts into it
//! - `cells`: printer columns

mod body;
mod cells;
mod check;
mod defaulting;
pub mod definition;
mod embedded;
mod format;
pub mod kinds;
mod lists;
mod number;
mod pattern;
mod pruning;
mod row;
mod scale;
pub mod schema;

pub use body::CustomBody;
pub use cells::json_cells;
pub(crate) use pattern::compile as compile_pattern;
pub(crate) use row::stub;
pub use row::{CustomKind, PrinterColumn, Row, ScalePaths, intern};

#[cfg(test)]
mod tests;
