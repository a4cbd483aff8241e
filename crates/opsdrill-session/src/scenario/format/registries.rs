//! Registries and repositories of charts, and what is in them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A private registry.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    /// Its host.
    pub host: String,
    /// The user who may pull; everybody may if there is none.
    #[serde(default)]
    pub username: Option<String>,
    /// That user's password.
    #[serde(default)]
    pub password: Option<String>,
}

/// A repository of charts, or a registry that keeps them.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChartRepository {
    /// Its address, such as `https://charts.company.com/stable`; `oci://registry.company.com/charts` for a registry.
    pub url: String,
    /// The user who may have its charts; everybody may if there is none.
    #[serde(default)]
    pub username: Option<String>,
    /// That user's password.
    #[serde(default)]
    pub password: Option<String>,
    /// The charts in it: folders and archives below `charts/` of the platform or scenario, each one version.
    #[serde(default)]
    pub charts: Vec<String>,
    /// Archives that the index names and nobody finds any more, such as `web-0.1.0.tgz`.
    #[serde(default)]
    pub lost: Vec<String>,
    /// A file below `charts/` that is served as the index, whatever the charts are.
    #[serde(default)]
    pub index: Option<String>,
    /// Whether nothing listens there.
    #[serde(default)]
    pub down: bool,
}

/// Images of one repository.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// The repository with its registry, such as `registry.company.com/payment-service`.
    pub repository: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// What is downloaded, as a quantity.
    pub size: String,
    /// What is inside: the name of a file `models/<name>.yaml` of the platform or scenario.
    pub model: String,
    /// Whether there is no shell in it.
    #[serde(default)]
    pub distroless: bool,
    /// What it is built on; without it, what the repository's name says, else Debian.
    #[serde(default)]
    pub userland: Option<Userland>,
}

/// What an image is built on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Userland {
    /// Debian's slim variant.
    Debian,
    /// Ubuntu.
    Ubuntu,
    /// Alpine Linux.
    Alpine,
    /// Busybox alone.
    Busybox,
}
