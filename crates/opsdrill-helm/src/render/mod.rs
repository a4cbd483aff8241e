//! Templates on values.
//!
//! - [`engine`]: all templates of a chart and its subcharts, one after another
//! - `functions`: what Helm adds to the functions of templates: `include`, `tpl`, `toYaml`, …
//! - [`capabilities`], `files`, `record`: objects that templates ask
//! - [`complaint`]: what Helm makes of a template's complaint
//! - `pretty`, `toml`: two more ways of writing values down

pub mod capabilities;
pub mod complaint;
mod engine;
mod files;
mod functions;
mod pretty;
mod record;
mod toml;

pub use capabilities::Capabilities;
pub use engine::Rendering;

/// Whose words and rules are heeded where they differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Generation {
    /// Helm 3.21.
    #[default]
    Three,
    /// Helm 4.2.
    Four,
}

/// The release for which is rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its revision, from 1.
    pub revision: i64,
    /// Whether it is there already.
    pub is_upgrade: bool,
}

/// The cluster, as far as templates look things up in it.
pub trait Lookup {
    /// An object, or a list of them where the name is empty; an empty map if there is none.
    ///
    /// # Errors
    /// When the cluster refuses.
    fn lookup(
        &mut self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<serde_json::Value, String>;
}

/// No cluster: nothing is there.
#[derive(Clone, Copy, Debug)]
pub struct Nothing;

impl Lookup for Nothing {
    fn lookup(&mut self, _: &str, _: &str, _: &str, _: &str) -> Result<serde_json::Value, String> {
        Ok(serde_json::Value::Object(serde_json::Map::new()))
    }
}
