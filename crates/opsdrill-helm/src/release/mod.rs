//! What is kept of a release: its chart, its values, what was installed, and how that went.
//!
//! - [`status`]: how a release stands
//! - [`json`]: the record as Helm writes it down, and back
//! - [`packed`]: the same as it is kept in a Secret
//! - [`name`]: which names a release may have

pub mod json;
pub mod name;
pub mod packed;
pub mod status;

use std::collections::BTreeMap;

use opsdrill_sprig::time::Time;
use serde_json::{Map, Value};

use crate::chart::Chart;
use crate::manifest;

pub use status::Status;

/// One revision of a release.
#[derive(Clone, Debug)]
pub struct Record {
    /// The release's name.
    pub name: String,
    /// Where it lives.
    pub namespace: String,
    /// The revision, from 1.
    pub version: i64,
    /// How it went.
    pub info: Info,
    /// What it was made of. The subcharts are not kept.
    pub chart: Chart,
    /// The values that were given; `None` if there were none when it was read.
    pub config: Option<Map<String, Value>>,
    /// What was installed.
    pub manifest: String,
    /// What is run around it.
    pub hooks: Vec<Hook>,
    /// Labels of the user's own.
    pub labels: BTreeMap<String, String>,
}

/// How a revision went.
#[derive(Clone, Debug, Default)]
pub struct Info {
    /// When the release was first there.
    pub first_deployed: Option<Time>,
    /// When this revision was installed.
    pub last_deployed: Option<Time>,
    /// When it was uninstalled.
    pub deleted: Option<Time>,
    /// What is said of it.
    pub description: String,
    /// How it stands.
    pub status: Status,
    /// What the user is told.
    pub notes: String,
}

/// A document that is run at a moment of a release's life, and how that went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hook {
    /// The object's name.
    pub name: String,
    /// The object's kind.
    pub kind: String,
    /// The template's path.
    pub path: String,
    /// The document.
    pub manifest: String,
    /// The moments.
    pub events: Vec<String>,
    /// When it was run.
    pub started_at: Option<Time>,
    /// When it was over.
    pub completed_at: Option<Time>,
    /// `Running`, `Succeeded`, `Failed`, `Unknown`, or nothing.
    pub phase: String,
    /// Lower ones come first.
    pub weight: i64,
    /// When its object is deleted.
    pub delete_policies: Vec<String>,
    /// When its log is shown.
    pub log_policies: Vec<String>,
}

impl From<manifest::Hook> for Hook {
    fn from(hook: manifest::Hook) -> Self {
        Self {
            name: hook.manifest.name,
            kind: hook.manifest.kind,
            path: hook.manifest.path,
            manifest: hook.manifest.content,
            events: hook.events,
            weight: hook.weight,
            delete_policies: hook.delete_policies,
            log_policies: hook.log_policies,
            ..Self::default()
        }
    }
}

impl Hook {
    /// Whether it is run at a moment.
    pub fn is_for(&self, event: &str) -> bool {
        self.events.iter().any(|it| it == event)
    }
}

impl Record {
    /// Says how it stands.
    pub fn set_status(&mut self, status: Status, description: impl Into<String>) {
        self.info.status = status;
        self.info.description = description.into();
    }

    /// The name of the Secret that keeps it.
    pub fn key(&self) -> String {
        key(&self.name, self.version)
    }

    /// `web-0.1.0`.
    pub fn chart_name(&self) -> String {
        format!("{}-{}", self.chart.metadata.name, self.chart.metadata.version)
    }
}

/// The name of the Secret of a revision.
pub fn key(name: &str, version: i64) -> String {
    format!("sh.helm.release.v1.{name}.v{version}")
}
