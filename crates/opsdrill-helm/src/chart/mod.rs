//! A chart: its metadata, templates, default values, other files and subcharts.
//!
//! - [`files`]: from the files of a folder
//! - [`archive`]: from a packed chart
//! - [`ignore`]: which files of a folder belong to it
//! - [`metadata`]: what `Chart.yaml` says

pub mod archive;
pub mod files;
pub mod ignore;
pub mod metadata;

use serde_json::{Map, Value};

pub use metadata::{Dependency, Maintainer, Metadata};

/// A file of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path inside of the chart.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl File {
    /// A file.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }

    /// Its bytes as a text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// A chart.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// What `Chart.yaml` says.
    pub metadata: Metadata,
    /// What is under `templates/`.
    pub templates: Vec<File>,
    /// The default values.
    pub values: Map<String, Value>,
    /// `values.schema.json`.
    pub schema: Option<Vec<u8>>,
    /// `Chart.lock`.
    pub lock: Option<Value>,
    /// All other files.
    pub files: Vec<File>,
    /// The subcharts that are there.
    pub subcharts: Vec<Chart>,
}

impl Chart {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Whether it is only there to be used by other charts.
    pub fn is_library(&self) -> bool {
        self.metadata.kind == "library"
    }

    /// What is under `crds/`, with that of its subcharts, by full paths.
    pub fn crds(&self) -> Vec<File> {
        let mut found = Vec::new();
        self.collect_crds(self.name(), &mut found);
        found
    }

    fn collect_crds(&self, path: &str, found: &mut Vec<File>) {
        let is_manifest = |name: &str| {
            let name = name.to_ascii_lowercase();
            [".yaml", ".yml", ".json"].iter().any(|it| name.ends_with(it))
        };
        let own =
            self.files.iter().filter(|it| it.name.starts_with("crds/") && is_manifest(&it.name));
        found.extend(own.map(|it| File::new(format!("{path}/{}", it.name), it.bytes.clone())));
        for subchart in &self.subcharts {
            subchart.collect_crds(&format!("{path}/charts/{}", subchart.name()), found);
        }
    }
}
