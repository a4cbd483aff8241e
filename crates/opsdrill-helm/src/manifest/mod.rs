//! What was rendered, in the order in which it is installed, hooks apart.
//!
//! - [`order`]: which kinds come first

pub mod order;

use std::collections::BTreeMap;

use opsdrill_objects::go_format::json_kind;
use serde_json::Value;

use crate::render::Generation;
use crate::yaml;

/// A document of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The template's path.
    pub path: String,
    /// The document.
    pub content: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// A document that is run at a moment of a release's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The document.
    pub manifest: Manifest,
    /// The moments: `pre-install`, `test`, …
    pub events: Vec<String>,
    /// Lower ones come first.
    pub weight: i64,
    /// When its object is deleted.
    pub delete_policies: Vec<String>,
    /// When its log is shown.
    pub log_policies: Vec<String>,
}

/// All that templates printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sorted {
    /// What is installed, in order.
    pub manifests: Vec<Manifest>,
    /// What is run, in order of kinds.
    pub hooks: Vec<Hook>,
    /// `NOTES.txt` of the chart and perhaps of subcharts.
    pub notes: String,
}

const EVENTS: &[&str] = &[
    "pre-install",
    "post-install",
    "pre-delete",
    "post-delete",
    "pre-upgrade",
    "post-upgrade",
    "pre-rollback",
    "post-rollback",
    "test",
];

const HOOK: &str = "helm.sh/hook";
const WEIGHT: &str = "helm.sh/hook-weight";
const DELETE_POLICY: &str = "helm.sh/hook-delete-policy";
const LOG_POLICY: &str = "helm.sh/hook-output-log-policy";

/// The notes' file.
const NOTES: &str = "NOTES.txt";

/// Sorts what templates printed; only the main chart's notes are kept.
///
/// # Errors
/// With Helm's words, when a document is no YAML.
pub fn sort(
    rendered: &BTreeMap<String, String>,
    chart: &str,
    generation: Generation,
) -> Result<Sorted, String> {
    let mut sorted = Sorted::default();
    let own_notes = format!("{chart}/templates/{NOTES}");
    for (path, text) in rendered {
        if path.ends_with(NOTES) {
            if *path == own_notes {
                sorted.notes.clone_from(text);
            }
            continue;
        }
        if path.rsplit('/').next().is_some_and(|it| it.starts_with('_')) || text.trim().is_empty() {
            continue;
        }
        for document in split(text, generation) {
            sorted.add(path, document)?;
        }
    }
    sorted.manifests.sort_by_key(|it| order::of_install(&it.kind, generation));
    sorted.hooks.sort_by_key(|it| order::of_install(&it.manifest.kind, generation));
    Ok(sorted)
}

/// The documents of a release's manifest in the order in which they are deleted.
///
/// # Errors
/// With Helm's words, when a document is no YAML.
pub fn sort_for_uninstall(text: &str, generation: Generation) -> Result<Vec<Manifest>, String> {
    let documents = split(text, generation).into_iter().enumerate();
    let named = documents.map(|(place, it)| (format!("manifest-{place}"), it)).collect();
    let mut manifests = sort(&named, "", generation)?.manifests;
    manifests.sort_by_key(|it| order::of_uninstall(&it.kind, generation));
    Ok(manifests)
}

/// The documents of a text, without empty ones.
pub fn split(text: &str, generation: Generation) -> Vec<String> {
    let mut documents = Vec::new();
    let mut rest = text.trim_start();
    // Three dashes that directly follow a separator belong to the document: that is how Helm splits.
    let mut may_begin = true;
    loop {
        let (document, after) = match separator(rest, may_begin) {
            Some((start, end)) => (&rest[..start], Some(&rest[end..])),
            None => (rest, None),
        };
        may_begin = false;
        if !document.trim().is_empty() {
            let kept = match generation {
                Generation::Three => document.trim(),
                Generation::Four => document.trim_start(),
            };
            documents.push(kept.to_owned());
        }
        match after {
            Some(after) => rest = after,
            None => return documents,
        }
    }
}

/// Where three dashes stand at the start of a line, with the white space around them.
fn separator(text: &str, may_begin: bool) -> Option<(usize, usize)> {
    const DASHES: &str = "---";
    let mut places = text.match_indices(DASHES).map(|(place, _)| place);
    let place = places.find(|place| match place {
        0 => may_begin,
        place => text[..*place].ends_with('\n'),
    })?;
    let after = &text[place + DASHES.len()..];
    let spaces = after.len() - after.trim_start().len();
    Some((text[..place].trim_end().len(), place + DASHES.len() + spaces))
}

impl Sorted {
    fn add(&mut self, path: &str, content: String) -> Result<(), String> {
        let document = yaml::document(&content)
            .and_then(|it| head(&it).map(|()| it))
            .map_err(|why| format!("YAML parse error on {path}: {why}"))?;
        let text = |value: Option<&Value>| value.and_then(yaml::as_text).unwrap_or_default();
        let metadata = document.get("metadata");
        let manifest = Manifest {
            path: path.to_owned(),
            content,
            kind: text(document.get("kind")),
            name: text(metadata.and_then(|it| it.get("name"))),
        };
        let annotation = |name: &str| {
            let annotations = metadata.and_then(|it| it.get("annotations"))?;
            annotations.get(name).and_then(yaml::as_text)
        };
        let Some(events) = annotation(HOOK) else {
            self.manifests.push(manifest);
            return Ok(());
        };
        let words = |text: &str| -> Vec<String> {
            text.split(',').map(|it| it.trim().to_lowercase()).collect()
        };
        let events: Option<Vec<String>> = words(&events)
            .into_iter()
            .map(|it| if it == "test-success" { "test".to_owned() } else { it })
            .map(|it| EVENTS.contains(&it.as_str()).then_some(it))
            .collect();
        // A hook for a moment that does not exist is never run.
        let Some(events) = events else { return Ok(()) };
        let policies = |name: &str| annotation(name).map(|it| words(&it)).unwrap_or_default();
        self.hooks.push(Hook {
            manifest,
            events,
            weight: annotation(WEIGHT).and_then(|it| it.parse().ok()).unwrap_or_default(),
            delete_policies: policies(DELETE_POLICY),
            log_policies: policies(LOG_POLICY),
        });
        Ok(())
    }

    /// The manifests one after another, each with its template's path.
    pub fn text(&self) -> String {
        let manifest = |it: &Manifest| format!("---\n# Source: {}\n{}\n", it.path, it.content);
        self.manifests.iter().map(manifest).collect()
    }
}

/// Looks whether what Helm reads of every document has the right types.
fn head(document: &Value) -> Result<(), String> {
    let failed = |what: String| {
        Err(format!("error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {what}"))
    };
    let Value::Object(fields) = document else {
        if document.is_null() {
            return Ok(());
        }
        let kind = json_kind(document);
        return failed(format!("{kind} into Go value of type util.SimpleHead"));
    };
    for key in ["apiVersion", "kind"] {
        if let Some(other) = fields.get(key).filter(|it| it.is_object() || it.is_array()) {
            let kind = json_kind(other);
            return failed(format!("{kind} into Go struct field SimpleHead.{key} of type string"));
        }
    }
    let Some(annotations) = document.pointer("/metadata/annotations") else { return Ok(()) };
    for value in annotations.as_object().into_iter().flat_map(|it| it.values()) {
        if value.is_object() || value.is_array() {
            let kind = json_kind(value);
            return failed(format!(
                "{kind} into Go struct field .metadata.annotations of type string"
            ));
        }
    }
    Ok(())
}
