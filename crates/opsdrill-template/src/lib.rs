//! Go's `text/template`, faithful to Go: the language, its built-in functions, and its complaints.
//!
//! - [`value`]: what templates work on
//! - [`lexer`], [`parser`], [`node`]: a template's text, taken apart
//! - [`template`]: templates that know each other by name; options and bounds
//! - `execution`: a template on a value
//! - [`function`]: functions that templates call; `functions`: those that Go brings along
//! - [`print`]: values as Go's `fmt` prints them
//!
//! It knows nothing of Kubernetes. Everything is bounded: depth, steps and output ([`template::Bounds`]).

mod execution;
pub mod function;
mod functions;
pub mod lexer;
pub mod node;
pub mod parser;
pub mod print;
pub mod template;
pub mod value;

pub use function::{Caller, Function, Type};
pub use template::{Bounds, Error, MissingKey, Template};
pub use value::{Element, Fields, IntType, Items, MapType, Native, Value};
