//! `configMapGenerator` and `secretGenerator`.

use opsdrill_objects::decode;
use serde_json::{Map, Value};

use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;

use super::kustomization::Kustomization;
use super::resource::{Resource, join};

/// Makes what the file asks for, or merges it with what there is.
pub(super) fn run(
    context: &mut Context,
    folder: &str,
    kustomization: &Kustomization,
    resources: &mut Vec<Resource>,
) -> Result<(), ToolError> {
    let lists = [("ConfigMap", &kustomization.config_maps), ("Secret", &kustomization.secrets)];
    for (kind, entries) in lists {
        for entry in entries {
            let made = make(context, folder, kind, entry, &kustomization.generator_options)?;
            put(resources, made, text(entry, "behavior"))?;
        }
    }
    Ok(())
}

fn text<'a>(entry: &'a Value, field: &str) -> &'a str {
    entry.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn make(
    context: &mut Context,
    folder: &str,
    kind: &str,
    entry: &Value,
    shared: &Value,
) -> Result<Resource, ToolError> {
    let mut resource = Resource::generated(kind, text(entry, "name"), text(entry, "namespace"));
    let mut options = shared.as_object().cloned().unwrap_or_default();
    options.extend(entry.get("options").and_then(Value::as_object).cloned().unwrap_or_default());
    for field in ["labels", "annotations"] {
        if let Some(pairs) = options.get(field).filter(|it| it.is_object()) {
            resource.document["metadata"][field] = pairs.clone();
        }
    }
    // What is switched off for all cannot be switched on for one.
    let unhashed = [shared, &entry["options"]].map(|it| it["disableNameSuffixHash"] == true);
    resource.needs_hash = !unhashed.contains(&true);
    if options.get("immutable") == Some(&Value::Bool(true)) {
        resource.document["immutable"] = true.into();
    }
    if kind == "Secret" {
        let sort = match text(entry, "type") {
            "" => "Opaque",
            given => given,
        };
        resource.document["type"] = sort.into();
    }
    for (key, bytes) in pairs(context, folder, entry)? {
        let (field, value) = match (kind, String::from_utf8(bytes)) {
            ("ConfigMap", Ok(text)) => ("data", text),
            ("ConfigMap", Err(why)) => ("binaryData", decode::to_base64(why.as_bytes())),
            (_, Ok(text)) => ("data", decode::to_base64(text.as_bytes())),
            (_, Err(why)) => ("data", decode::to_base64(why.as_bytes())),
        };
        let known = ["data", "binaryData"]
            .iter()
            .any(|it| resource.document.get(*it).and_then(|it| it.get(&key)).is_some());
        if known {
            return Err(ToolError::plain(format!(
                "{} {} illegally repeats the key `{key}`",
                kind.to_lowercase(),
                resource.name()
            )));
        }
        resource.document[field][key] = value.into();
    }
    Ok(resource)
}

/// Keys and values of literals, files and files of variables.
fn pairs(
    context: &mut Context,
    folder: &str,
    entry: &Value,
) -> Result<Vec<(String, Vec<u8>)>, ToolError> {
    let texts = |field: &str| -> Vec<String> {
        let items = entry.get(field).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(|it| it.as_str().map(str::to_owned)).collect()
    };
    let loading = |why: String| ToolError::plain(format!("loading KV pairs: {why}"));
    let mut pairs = Vec::new();
    let mut env_files = texts("envs");
    env_files.extend(entry.get("env").and_then(Value::as_str).map(str::to_owned));
    for path in &env_files {
        let bytes = read(context, folder, path)
            .map_err(|why| loading(format!("env source files: {env_files:?}: {why}")))?;
        for line in String::from_utf8_lossy(&bytes).lines() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = match line.split_once('=') {
                Some((key, value)) => (key, value.to_owned()),
                None => (line, context.surroundings.variable(line).unwrap_or_default()),
            };
            pairs.push((key.to_owned(), value.into_bytes()));
        }
    }
    let literals = texts("literals");
    for literal in &literals {
        let Some((key, value)) = literal.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(loading(format!(
                "literal sources [{}]: invalid literal source {literal}, expected key=value",
                literals.join(" ")
            )));
        };
        pairs.push((key.to_owned(), unquoted(value).as_bytes().to_vec()));
    }
    let files = texts("files");
    for file in &files {
        let (key, path) = match file.split_once('=') {
            Some((key, path)) => (key, path),
            None => (file.rsplit('/').next().unwrap_or(file), file.as_str()),
        };
        let bytes = read(context, folder, path)
            .map_err(|why| loading(format!("file sources: [{}]: {why}", files.join(" "))))?;
        pairs.push((key.to_owned(), bytes));
    }
    Ok(pairs)
}

fn read(context: &Context, folder: &str, path: &str) -> Result<Vec<u8>, String> {
    let full = join(folder, path);
    let shown = super::absolute(context, &full);
    context
        .surroundings
        .read(&full)
        .map_err(|why| format!("evalsymlink failure on '{shown}' : lstat {shown}: {}", why.0))
}

/// A value without the quotes around all of it.
fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        let inner = value.strip_prefix(quote).and_then(|it| it.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner;
        }
    }
    value
}

/// Adds a generated object, or changes the one of its name, as its `behavior` says.
fn put(resources: &mut Vec<Resource>, made: Resource, behavior: &str) -> Result<(), ToolError> {
    let same = |it: &&mut Resource| {
        it.kind() == made.kind()
            && (it.name() == made.name() || it.original_name == made.original_name)
    };
    let found = resources.iter_mut().find(same);
    match (behavior, found) {
        ("" | "create" | "unspecified", None) => resources.push(made),
        ("" | "create" | "unspecified", Some(_)) => {
            return Err(ToolError::plain(format!(
                "merging from generator: id {} exists; behavior must be merge or replace",
                made.id()
            )));
        }
        ("merge", Some(found)) => merge(found, made),
        ("replace", Some(found)) => {
            let name = found.document["metadata"]["name"].clone();
            let labels = found.document["metadata"].get("labels").cloned();
            found.document = made.document;
            found.document["metadata"]["name"] = name;
            if let Some(labels) = labels {
                found.document["metadata"]["labels"] = labels;
            }
            found.needs_hash = made.needs_hash;
        }
        ("merge" | "replace", None) => {
            return Err(ToolError::plain(format!(
                "merging from generator: id {} does not exist; cannot merge or replace",
                made.id()
            )));
        }
        (other, _) => {
            return Err(ToolError::plain(format!(
                "merging from generator: id {} has unknown behavior {other}",
                made.id()
            )));
        }
    }
    Ok(())
}

fn merge(found: &mut Resource, made: Resource) {
    found.needs_hash |= made.needs_hash;
    for field in ["data", "binaryData"] {
        let Some(more) = made.document.get(field).and_then(Value::as_object) else { continue };
        let mut merged: Map<String, Value> =
            found.document.get(field).and_then(Value::as_object).cloned().unwrap_or_default();
        merged.extend(more.clone());
        found.document[field] = Value::Object(merged);
    }
    for field in ["labels", "annotations"] {
        let more = made.document["metadata"].get(field).and_then(Value::as_object).cloned();
        for (key, value) in more.into_iter().flatten() {
            found.document["metadata"][field][key] = value;
        }
    }
}
