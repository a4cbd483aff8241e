//! What `helm diff` prints: the objects of two manifests, line by line, in the plugin's order and words.

use std::collections::BTreeMap;

use opsdrill_helm::release::packed;
use opsdrill_objects::yaml;
use serde_json::{Map, Value};

use crate::kubectl::flags::Arguments;

use super::context::Helm;
use super::diff_lines::{Fate, Line, compare, distances};
use super::failure::{Failure, Outcome};
use super::objects::is_kept;

/// One object of a manifest.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    kind: String,
    content: String,
    is_kept: bool,
}

/// Objects by what the plugin calls them.
pub(super) type Entries = BTreeMap<String, Entry>;

/// The objects of a manifest, by what the plugin calls them: `namespace, name, Kind (group)`.
pub(super) fn parse(manifest: &str, default_namespace: &str, with_tests: bool) -> Outcome<Entries> {
    let mut entries = Entries::new();
    for document in format!("\n{manifest}").split("\n---\n") {
        let content = document.trim();
        let parsed = yaml::parse_documents(content);
        let parsed =
            parsed.map_err(|why| Failure::Plugin(format!("YAML unmarshal error: {why}"), 1))?;
        let Some(value) = parsed.into_iter().next().map(|it| it.value) else { continue };
        let word =
            |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (version, kind) = (word("/apiVersion"), word("/kind"));
        if version.is_empty() && kind.is_empty() {
            continue;
        }
        if kind.ends_with("List") {
            return Err(Failure::NotSimulated(format!("helm diff of a {kind}")));
        }
        let hook = value.pointer("/metadata/annotations/helm.sh~1hook").and_then(Value::as_str);
        if !with_tests && matches!(hook, Some("test" | "test-success")) {
            continue;
        }
        let group = version.rsplit_once('/').map_or(version, |it| it.0);
        let namespace = match word("/metadata/namespace") {
            "" => default_namespace,
            own => own,
        };
        let key = format!("{namespace}, {}, {kind} ({group})", word("/metadata/name"));
        let entry =
            Entry { kind: kind.to_owned(), content: content.to_owned(), is_kept: is_kept(&value) };
        entries.entry(key).or_insert(entry);
    }
    Ok(entries)
}

/// The most pairs of lines that one call compares: two texts that have 10,000 lines of their own each.
const PAIRS_MAX: usize = 100_000_000;

/// What became of an object: what is said of it in both forms, and its colour.
const ADDED: (&str, &str, &str) = ("has been added:", "to be added.", "32");
const REMOVED: (&str, &str, &str) = ("has been removed:", "to be removed.", "31");
const CHANGED: (&str, &str, &str) = ("has changed:", "to be changed.", "33");

/// Shows all differences; whether there are any.
pub(super) fn show(
    helm: &mut Helm,
    arguments: &Arguments,
    before: Entries,
    after: Entries,
) -> Outcome<bool> {
    let variable = helm.kube.surroundings.variable("HELM_DIFF_OUTPUT");
    let variable = variable.filter(|it| !it.trim().is_empty() && !arguments.is_set("output"));
    let form = variable.as_deref().unwrap_or_else(|| arguments.text("output"));
    if matches!(form, "template" | "json" | "structured" | "dyff") {
        return Err(Failure::NotSimulated(format!("helm diff --output {form}")));
    }
    let simple = form == "simple";
    let empty = Entry { kind: String::new(), content: String::new(), is_kept: false };
    let mut rows = Vec::new();
    for (key, old) in &before {
        if let Some(new) = after.get(key).filter(|new| new.content != old.content) {
            rows.push((key, CHANGED, old.clone(), new.clone()));
        }
    }
    for (key, old) in before.iter().filter(|it| !after.contains_key(it.0) && !it.1.is_kept) {
        rows.push((key, REMOVED, old.clone(), empty.clone()));
    }
    for (key, new) in after.iter().filter(|it| !before.contains_key(it.0)) {
        rows.push((key, ADDED, empty.clone(), new.clone()));
    }
    let look = Look::of(helm, arguments);
    let mut counts = [0; 3];
    let mut pairs = PAIRS_MAX;
    let mut text = String::new();
    for (key, style, mut old, mut new) in rows {
        let is_secret = old.kind == "Secret" || new.kind == "Secret";
        if is_secret && !arguments.switch("show-secrets") {
            redact(&mut old, &mut new);
        }
        if arguments.switch("strip-trailing-cr") {
            for entry in [&mut old, &mut new] {
                let lines = entry.content.split('\n').map(|it| it.trim_end_matches('\r'));
                entry.content = lines.collect::<Vec<_>>().join("\n");
            }
        }
        let lines = compare(&old.content, &new.content, &mut pairs).ok_or_else(|| {
            Failure::NotSimulated(format!("helm diff of as many lines as in {key}"))
        })?;
        if lines.iter().all(|it| it.0 == Fate::Kept) {
            continue;
        }
        let place = [ADDED, CHANGED, REMOVED].iter().position(|it| *it == style);
        counts[place.expect("it is one of these")] += 1;
        let said = if simple { style.1 } else { style.0 };
        text += &look.coloured(&format!("{key} {said}"), style.2);
        text.push('\n');
        let kind = if new.kind.is_empty() { &old.kind } else { &new.kind };
        if !simple {
            text += &look.lines(kind, &lines);
        }
    }
    let [added, changed, removed] = counts;
    if simple {
        text += &format!(
            "Plan: {added} to add, {changed} to change, {removed} to destroy, 0 to change ownership.\n"
        );
    }
    helm.out(&text);
    Ok(added + changed + removed > 0)
}

/// How lines are shown.
struct Look {
    context: Option<usize>,
    suppressed: Vec<String>,
    has_colours: bool,
}

impl Look {
    fn of(helm: &Helm, arguments: &Arguments) -> Self {
        let mut suppressed = arguments.list("suppress");
        if arguments.switch("suppress-secrets") {
            suppressed.push("Secret".to_owned());
        }
        let variable = |name: &str| helm.kube.surroundings.variable(name).unwrap_or_default();
        let mut context = arguments.integer("context");
        // Only `helm diff upgrade` asks the environment.
        if !arguments.is_set("context") && arguments.has("reuse-values") {
            context = variable("HELM_DIFF_OUTPUT_CONTEXT").parse().unwrap_or(context);
        }
        let wants_colours = if arguments.is_set("color") {
            arguments.switch("color")
        } else {
            // Go's `ParseBool`.
            ["1", "t", "T", "true", "TRUE", "True"].contains(&&*variable("HELM_DIFF_COLOR"))
        };
        let has_colours = wants_colours && !arguments.switch("no-color");
        Self { context: usize::try_from(context).ok(), suppressed, has_colours }
    }

    fn coloured(&self, text: &str, colour: &str) -> String {
        if self.has_colours {
            format!("\u{1b}[0;{colour}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn lines(&self, kind: &str, lines: &[Line<'_>]) -> String {
        if self.suppressed.iter().any(|it| it == kind) {
            let text = format!("+ Changes suppressed on sensitive content of type {kind}\n");
            return self.coloured(&text, CHANGED.2);
        }
        let distances = distances(lines);
        let mut text = String::new();
        let mut omits = false;
        for ((fate, line), distance) in lines.iter().zip(distances) {
            if self.context.is_some_and(|it| distance > it) {
                if !omits {
                    text.push_str("...\n");
                }
                omits = true;
                continue;
            }
            omits = false;
            let shown = match fate {
                Fate::Kept if line.is_empty() => String::new(),
                Fate::Kept => format!("  {line}"),
                Fate::Gone => self.coloured(&format!("- {line}"), REMOVED.2),
                Fate::New => self.coloured(&format!("+ {line}"), ADDED.2),
            };
            text.push_str(&shown);
            text.push('\n');
        }
        text
    }
}

/// Writes of what Secrets hold only how long it is, and whether it stays.
fn redact(old: &mut Entry, new: &mut Entry) {
    let (was, is) = (held(old), held(new));
    for (entry, own, other, sign) in [(old, &was, &is, "--------"), (new, &is, &was, "++++++++")] {
        let Some((mut document, held)) = own.clone() else { continue };
        let other = other.as_ref().map(|it| &it.1);
        let shown: Map<String, Value> = held
            .iter()
            .map(|(key, value)| {
                let stays = other.and_then(|it| it.get(key)) == Some(value);
                let word = if stays { "REDACTED" } else { sign };
                (key.clone(), format!("{word} # ({} bytes)", value.len()).into())
            })
            .collect();
        if let Some(fields) = document.as_object_mut() {
            fields.remove("stringData");
            fields.remove("data");
        }
        if !shown.is_empty() {
            document["data"] = Value::Object(shown);
        }
        let comment = entry.content.split_inclusive('\n').next().filter(|it| it.starts_with('#'));
        entry.content = format!("{}{}", comment.unwrap_or_default(), yaml::to_yaml(&document));
    }
}

/// A Secret and what it holds, decoded.
fn held(entry: &Entry) -> Option<(Value, BTreeMap<String, Vec<u8>>)> {
    if entry.content.is_empty() {
        return None;
    }
    let document = yaml::parse_documents(&entry.content).ok()?.into_iter().next()?.value;
    let fields = |name: &str| {
        document.get(name).and_then(Value::as_object).cloned().unwrap_or_default().into_iter()
    };
    let text = |value: &Value| value.as_str().map(|it| it.as_bytes().to_vec()).unwrap_or_default();
    let mut held: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (key, value) in fields("data") {
        let decoded = value.as_str().and_then(packed::from_base64);
        held.insert(key, decoded.unwrap_or_else(|| text(&value)));
    }
    held.extend(fields("stringData").map(|(key, value)| (key, text(&value))));
    Some((document, held))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_show_their_lengths_only() {
        let entry = |data: &Value| Entry {
            kind: "Secret".to_owned(),
            content: format!("# Source: a\n{}", yaml::to_yaml(data).trim_end()),
            is_kept: false,
        };
        let secret = |value: &str| {
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"},
                   "stringData": {"KEY": value, "USER": "shop"}})
        };
        let (mut old, mut new) = (entry(&secret("one")), entry(&secret("three")));
        redact(&mut old, &mut new);
        assert!(old.content.starts_with("# Source: a\napiVersion: v1\ndata:\n"), "{}", old.content);
        assert!(old.content.contains("KEY: '-------- # (3 bytes)'"), "{}", old.content);
        assert!(new.content.contains("KEY: '++++++++ # (5 bytes)'"), "{}", new.content);
        assert!(new.content.contains("USER: 'REDACTED # (4 bytes)'"), "{}", new.content);
        assert!(!new.content.contains("three"), "{}", new.content);
    }
}
