//! A chart as a registry keeps it: a configuration, a layer that is its archive, and a manifest that names both.

use opsdrill_objects::go_format;
use opsdrill_sprig::time::{self, Time};
use opsdrill_sprig::version::{Constraint, Version};
use serde_json::{Map, Value};

use crate::chart::Metadata;
use crate::release::json::{self, Fields};

/// The type of a chart's archive.
pub const CHART_TYPE: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/// The type of a chart's signature.
const SIGNATURE_TYPE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";

const CONFIG_TYPE: &str = "application/vnd.cncf.helm.config.v1+json";
const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

/// Notes that a chart's own notes cannot replace.
const FIXED_NOTES: [&str; 2] =
    ["org.opencontainers.image.version", "org.opencontainers.image.title"];

/// What is kept of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Artifact {
    /// The manifest.
    pub manifest: Vec<u8>,
    /// What it names: the configuration and the archive.
    pub blobs: Vec<Vec<u8>>,
}

impl Artifact {
    /// What is kept of a chart's archive that was written at a time.
    pub fn new(metadata: &Metadata, archive: &[u8], written: Time) -> Self {
        let config = json::metadata_text(metadata).into_bytes();
        let mut fields = Fields::default();
        fields.put("schemaVersion", "2");
        fields.put("config", &descriptor(CONFIG_TYPE, &config));
        fields.put("layers", &json::list(std::iter::once(descriptor(CHART_TYPE, archive))));
        fields.put("annotations", &go_format::json(&Value::Object(notes(metadata, written))));
        Self { manifest: fields.end().into_bytes(), blobs: vec![config, archive.to_vec()] }
    }
}

/// A digest as registries write it.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", super::digest(bytes))
}

/// The type of a manifest.
pub fn manifest_type() -> &'static str {
    MANIFEST_TYPE
}

fn descriptor(kind: &str, bytes: &[u8]) -> String {
    let mut fields = Fields::default();
    fields.text("mediaType", kind);
    fields.text("digest", &digest(bytes));
    fields.put("size", &bytes.len().to_string());
    fields.end()
}

fn notes(metadata: &Metadata, written: Time) -> Map<String, Value> {
    let authors: Vec<String> = metadata
        .maintainers
        .iter()
        .map(|it| match it.email.as_str() {
            "" => it.name.clone(),
            email => format!("{} ({email})", it.name),
        })
        .collect();
    let rows = [
        ("description", metadata.description.clone()),
        ("title", metadata.name.clone()),
        ("version", metadata.version.clone()),
        ("url", metadata.home.clone()),
        ("created", time::format(written, "2006-01-02T15:04:05Z07:00")),
        ("source", metadata.sources.first().cloned().unwrap_or_default()),
        ("authors", authors.join(", ")),
    ];
    let rows = rows.into_iter().filter(|(_, text)| !text.trim().is_empty());
    let mut notes: Map<String, Value> =
        rows.map(|(key, text)| (format!("org.opencontainers.image.{key}"), text.into())).collect();
    for (key, text) in &metadata.annotations {
        if !FIXED_NOTES.contains(&key.as_str()) {
            notes.insert(key.clone(), text.as_str().into());
        }
    }
    notes
}

/// The digest of the chart's archive that a manifest names.
///
/// # Errors
/// With Helm's words.
pub fn archive_digest(manifest: &[u8]) -> Result<String, String> {
    layer_digest(manifest, CHART_TYPE)
}

/// The digest of the signature that a manifest names.
///
/// # Errors
/// With Helm's words.
pub fn signature_digest(manifest: &[u8]) -> Result<String, String> {
    layer_digest(manifest, SIGNATURE_TYPE)
}

fn layer_digest(manifest: &[u8], kind: &str) -> Result<String, String> {
    let document: Value = serde_json::from_slice(manifest).unwrap_or_default();
    let layers = document.get("layers").and_then(Value::as_array).into_iter().flatten();
    let mut fitting = layers.filter(|it| it.get("mediaType").is_some_and(|it| it == kind));
    let found = fitting.next().and_then(|it| it.get("digest")?.as_str());
    found
        .map(str::to_owned)
        .ok_or_else(|| format!("manifest does not contain a layer with mediatype {kind}"))
}

/// The tag for a version: a plus sign may not stand in one.
pub fn tag(version: &str) -> String {
    version.replace('+', "_")
}

/// The versions that tags stand for, newest first.
pub fn versions(tags: &[String]) -> Vec<String> {
    let strict = |it: &Version| {
        it.original.split(['-', '+']).next().is_some_and(|it| {
            it.split('.').count() == 3 && it.starts_with(|it: char| it.is_ascii_digit())
        })
    };
    let parsed = tags.iter().filter_map(|it| Version::parse(&it.replace('_', "+")).ok());
    let mut versions: Vec<Version> = parsed.filter(strict).collect();
    versions.sort_by(|one, other| other.compare(one));
    versions.into_iter().map(|it| it.original).collect()
}

/// The first of these versions that fits.
///
/// # Errors
/// With Helm's words.
pub fn matching(versions: &[String], wanted: &str) -> Result<String, String> {
    if versions.iter().any(|it| it == wanted) {
        return Ok(wanted.to_owned());
    }
    let range = Constraint::parse(if wanted.is_empty() { "*" } else { wanted })?;
    let fits = |it: &&String| Version::parse(it).is_ok_and(|it| range.allows(&it));
    versions.iter().find(fits).cloned().ok_or_else(|| {
        format!("Could not locate a version matching provided version string {wanted}")
    })
}
