//! `index.yaml`: the charts of a repository, each with its versions, newest first.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use opsdrill_objects::go_format::json_kind;
use opsdrill_objects::patch::json_syntax;
use opsdrill_objects::yaml::to_yaml;
use opsdrill_sprig::time::{self, Time};
use opsdrill_sprig::version::{Constraint, Version};
use serde_json::{Map, Value};

use crate::chart::Metadata;
use crate::release::json::{self, TIME_LAYOUT};
use crate::yaml;

/// What Helm says of an index without a version of its form.
const NO_API_VERSION: &str = "no API version specified";

/// The fields of an index, and those of an entry beside a chart's own.
const FIELDS: &[&str] =
    &["serverInfo", "apiVersion", "generated", "entries", "publicKeys", "annotations"];
const ENTRY_FIELDS: &[&str] = &[
    "urls",
    "created",
    "removed",
    "digest",
    "checksum",
    "engine",
    "tillerVersion",
    "url",
    "name",
    "home",
    "sources",
    "version",
    "description",
    "keywords",
    "maintainers",
    "icon",
    "apiVersion",
    "condition",
    "tags",
    "appVersion",
    "deprecated",
    "annotations",
    "kubeVersion",
    "dependencies",
    "type",
];

/// An index.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Index {
    /// By the names of charts; the newest version is the first.
    pub entries: BTreeMap<String, Vec<Entry>>,
}

/// One version of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// What the chart says of itself.
    pub metadata: Metadata,
    /// Where its archive is.
    pub urls: Vec<String>,
    /// When it was put there, as it is written.
    pub created: String,
    /// The SHA-256 of its archive.
    pub digest: String,
    /// Whether it is gone.
    pub removed: bool,
}

impl Entry {
    /// An entry for an archive.
    pub fn new(metadata: Metadata, url: String, archive: &[u8], created: Time) -> Self {
        let created = time::format(created, TIME_LAYOUT);
        let digest = super::digest(archive);
        Self { metadata, urls: vec![url], created, digest, removed: false }
    }

    fn read(document: &Value) -> Result<Self, String> {
        let mut entry = Self::default();
        entry.metadata.fill(document)?;
        let text =
            |key: &str| document.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let urls = document.get("urls").and_then(Value::as_array).into_iter().flatten();
        entry.urls = urls.filter_map(Value::as_str).map(str::to_owned).collect();
        (entry.created, entry.digest) = (text("created"), text("digest"));
        entry.removed = document.get("removed").and_then(Value::as_bool).unwrap_or_default();
        Ok(entry)
    }

    fn document(&self) -> Value {
        let text = json::metadata_text(&self.metadata);
        let mut document: Value = serde_json::from_str(&text).expect("it was written as JSON");
        document["urls"] = self.urls.clone().into();
        let none = "0001-01-01T00:00:00Z";
        let created = if self.created.is_empty() { none } else { &self.created };
        document["created"] = created.into();
        if self.removed {
            document["removed"] = true.into();
        }
        if !self.digest.is_empty() {
            document["digest"] = self.digest.as_str().into();
        }
        document
    }
}

/// An index that was read, and what was wrong in it but did not matter.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The index.
    pub index: Index,
    /// Lines for Helm's log.
    pub notes: Vec<String>,
}

/// In which form an index is written, and with it how its mistakes are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Yaml,
}

impl Form {
    /// The fields of a text that is JSON if it can be, and YAML else.
    fn fields(text: &str) -> Result<(Self, Map<String, Value>), String> {
        let (form, document) = match json_syntax::parse(text) {
            Ok(document) => (Self::Json, document),
            Err(_) => (Self::Yaml, yaml::document(text)?),
        };
        match document {
            Value::Object(fields) => Ok((form, fields)),
            Value::Null => Ok((form, Map::new())),
            other => {
                let kind = json_kind(&other);
                Err(form.wrong(&format!(
                    "cannot unmarshal {kind} into Go value of type repo.IndexFile"
                )))
            }
        }
    }

    fn wrong(self, why: &str) -> String {
        match self {
            Self::Json => format!("json: {why}"),
            Self::Yaml => format!("error unmarshaling JSON: while decoding JSON: json: {why}"),
        }
    }

    /// Looks whether all fields are known, which matters in YAML only.
    fn check(self, fields: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
        let odd = fields.keys().find(|it| !known.contains(&it.as_str()));
        match odd.filter(|_| self == Self::Yaml) {
            Some(odd) => Err(self.wrong(&format!("unknown field {odd:?}"))),
            None => Ok(()),
        }
    }
}

impl Index {
    /// Reads an index; `source` is where it comes from, as Helm's log names it.
    ///
    /// # Errors
    /// With Helm's words.
    pub fn read(text: &str, source: &str) -> Result<Read, String> {
        if text.is_empty() {
            return Err("empty index.yaml file".to_owned());
        }
        let (form, fields) = Form::fields(text)?;
        form.check(&fields, FIELDS)?;
        let mut read = Read::default();
        let entries = fields.get("entries").and_then(Value::as_object);
        for (name, versions) in entries.into_iter().flatten() {
            let mut kept = Vec::new();
            let skipping = format!("skipping loading invalid entry for chart {name:?}");
            for version in versions.as_array().into_iter().flatten() {
                let Value::Object(fields) = version else {
                    read.notes.push(format!("index.go:359: {skipping} from {source}: empty entry"));
                    continue;
                };
                form.check(fields, ENTRY_FIELDS)?;
                let entry = Entry::read(version).map_err(|why| form.wrong(&why))?;
                let number = entry.metadata.version.clone();
                match checked(entry) {
                    Ok(entry) => kept.push(entry),
                    Err(why) => read
                        .notes
                        .push(format!("index.go:371: {skipping} {number:?} from {source}: {why}")),
                }
            }
            read.index.entries.insert(name.clone(), kept);
        }
        read.index.sort();
        match fields.get("apiVersion").and_then(Value::as_str) {
            None | Some("") => Err(NO_API_VERSION.to_owned()),
            Some(_) => Ok(read),
        }
    }

    /// Adds a version of a chart.
    pub fn add(&mut self, entry: Entry) {
        self.entries.entry(entry.metadata.name.clone()).or_default().push(entry);
    }

    /// Puts the newest versions first.
    pub fn sort(&mut self) {
        for versions in self.entries.values_mut() {
            versions.sort_by(newest_first);
        }
    }

    /// Adds what another index has and this one does not.
    pub fn merge(&mut self, other: Self) {
        for entry in other.entries.into_values().flatten() {
            if self.get(&entry.metadata.name, &entry.metadata.version).is_err() {
                self.add(entry);
            }
        }
    }

    /// The newest version of a chart that fits; without a version the newest that is finished.
    ///
    /// # Errors
    /// With Helm's words.
    pub fn get(&self, name: &str, version: &str) -> Result<&Entry, String> {
        let versions = self.entries.get(name).ok_or("no chart name found")?;
        if versions.is_empty() {
            return Err("no chart version found".to_owned());
        }
        let range = Constraint::parse(if version.is_empty() { "*" } else { version })?;
        if let Some(exact) = versions.iter().find(|it| it.metadata.version == version) {
            return Ok(exact);
        }
        let fits = |it: &&Entry| {
            Version::parse(&it.metadata.version).is_ok_and(|version| range.allows(&version))
        };
        let found = versions.iter().find(fits);
        found.ok_or_else(|| format!("no chart version found for {name}-{version}"))
    }

    fn document(&self, generated: Time) -> Value {
        let entries = self.entries.iter().map(|(name, versions)| {
            (name.clone(), versions.iter().map(Entry::document).collect::<Vec<_>>().into())
        });
        serde_json::json!({
            "apiVersion": "v1",
            "entries": Value::Object(entries.collect()),
            "generated": time::format(generated, TIME_LAYOUT),
        })
    }

    /// The file.
    pub fn to_yaml(&self, generated: Time) -> String {
        to_yaml(&self.document(generated))
    }

    /// The file as JSON.
    pub fn to_json(&self, generated: Time) -> String {
        serde_json::to_string_pretty(&self.document(generated)).expect("it is a document")
    }
}

/// An entry that makes sense; what is said of dependencies does not count.
fn checked(mut entry: Entry) -> Result<Entry, String> {
    if entry.metadata.api_version.is_empty() {
        "v1".clone_into(&mut entry.metadata.api_version);
    }
    match entry.metadata.validate() {
        Err(why) if !why.starts_with("validation: more than one dependency with") => Err(why),
        _ => Ok(entry),
    }
}

fn newest_first(one: &Entry, other: &Entry) -> Ordering {
    let version = |it: &Entry| Version::parse(&it.metadata.version).ok();
    match (version(one), version(other)) {
        (Some(one), Some(other)) => other.compare(&one),
        (one, other) => other.is_some().cmp(&one.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        Index::read(text, "x").map(|_| ()).unwrap_err()
    }

    #[test]
    fn a_broken_index_is_told_in_helms_words() {
        assert_eq!(wrong(""), "empty index.yaml file");
        assert_eq!(wrong("entries: {}\n"), NO_API_VERSION);
        let node =
            "error converting YAML to JSON: yaml: line 1: did not find expected node content";
        assert_eq!(wrong("nonsense: [\n"), node);
        let unknown = "error unmarshaling JSON: while decoding JSON: json: unknown field \"kind\"";
        assert_eq!(wrong("apiVersion: v1\nkind: List\n"), unknown);
        let kind = "json: cannot unmarshal string into Go value of type repo.IndexFile";
        assert_eq!(wrong("\"moved\""), kind);
    }

    #[test]
    fn entries_that_make_no_sense_are_passed_over() {
        let text = "apiVersion: v1\nentries: {web: [null, {name: web, version: x, urls: [a]}, {name: web, version: 1.0.0}]}\n";
        let read = Index::read(text, "x").unwrap();
        assert_eq!(read.index.entries["web"].len(), 1);
        let skipping = "skipping loading invalid entry for chart \"web\"";
        let why = "validation: chart.metadata.version \"x\" is invalid";
        let notes = [
            format!("index.go:359: {skipping} from x: empty entry"),
            format!("index.go:371: {skipping} \"x\" from x: {why}"),
        ];
        assert_eq!(read.notes, notes);
    }

    #[test]
    fn the_newest_version_that_fits_is_found() {
        let mut index = Index::default();
        for version in ["0.1.0", "0.3.0-rc.1", "0.2.0"] {
            let metadata = Metadata {
                api_version: "v2".to_owned(),
                name: "web".to_owned(),
                version: version.to_owned(),
                ..Metadata::default()
            };
            index.add(Entry { metadata, ..Entry::default() });
        }
        let index = Index::read(&index.to_yaml(Time::ZERO), "x").unwrap().index;
        let get = |version: &str| index.get("web", version).map(|it| it.metadata.version.clone());
        assert_eq!(get(""), Ok("0.2.0".to_owned()));
        assert_eq!(get("~0.1"), Ok("0.1.0".to_owned()));
        assert_eq!(get(">0.0.0-0"), Ok("0.3.0-rc.1".to_owned()));
        assert_eq!(get("9"), Err("no chart version found for web-9".to_owned()));
        assert_eq!(index.get("db", ""), Err("no chart name found".to_owned()));
    }
}
