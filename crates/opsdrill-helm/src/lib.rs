//! Helm charts, rendered as Helm renders them.
//!
//! - [`chart`]: a chart from its files or its archive
//! - [`values`]: what a chart is given: defaults, files, `--set`
//! - [`dependencies`]: which subcharts are in, under which name, and what they hand up
//! - [`render`]: templates on values
//! - [`schema`]: whether values are as a chart wants them
//! - [`manifest`]: what was rendered, in the order in which it is installed, hooks apart
//! - [`release`]: what is kept of what was installed
//! - [`repository`]: where charts are had from
//!
//! Nothing here knows a cluster: what a chart looks up comes through [`render::Lookup`].

pub mod chart;
pub mod dependencies;
pub mod manifest;
pub mod release;
pub mod render;
pub mod repository;
pub mod schema;
pub mod values;
mod yaml;

pub use chart::Chart;
pub use render::{Generation, Release, Rendering};
