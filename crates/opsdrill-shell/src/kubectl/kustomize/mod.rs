//! Kustomizations: what a folder's `kustomization.yaml` makes of its resources.
//!
//! - `kustomization`: the file itself.
//! - `resource`: an object on its way, under the names that it had.
//! - `generators`: ConfigMaps and Secrets of literals and files.
//! - `transformers`: what is done to all resources, in kustomize's order.
//! - `order`: the order in which they come out.
//!
//! Written after kustomize 5. Remote resources, plugins and Helm charts are not modelled.

mod generators;
mod kustomization;
mod order;
mod resource;
mod transformers;

use opsdrill_objects::yaml;
use serde_json::Value;

use super::context::Context;
use super::errors::ToolError;
use super::manifests::Manifest;
use super::name_hash;

use kustomization::Kustomization;
use resource::Resource;

/// How deep kustomizations build on each other.
const DEPTH_MAX: usize = 16;
/// The most resources of one build.
const RESOURCES_MAX: usize = 10_000;

/// The names that the file may have.
const FILES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Builds a folder: its documents in their order. Warnings are printed.
///
/// # Errors
/// kustomize's complaint.
pub(super) fn build(context: &mut Context, folder: &str) -> Result<Vec<Value>, ToolError> {
    if is_remote(folder) {
        return Err(ToolError::not_simulated(format!("building {folder}")));
    }
    if context.surroundings.entries(folder).is_none() {
        let absolute = absolute(context, folder);
        let why = if context.surroundings.read(folder).is_ok() {
            format!("'{folder}': file is not directory")
        } else {
            format!(
                "not a valid directory: evalsymlink failure on '{folder}' : lstat {absolute}: no such file or directory"
            )
        };
        return Err(ToolError::plain(format!("must build at directory: {why}")));
    }
    let mut resources = accumulate(context, folder.trim_end_matches('/'), DEPTH_MAX, None)?;
    let before = transformers::names_of(&resources);
    for resource in resources.iter_mut().filter(|it| it.needs_hash) {
        name_hash::append_without_name(&mut resource.document);
    }
    transformers::follow_names(&mut resources, &before);
    order::sort(&mut resources);
    Ok(resources.into_iter().map(|it| it.document).collect())
}

/// What a kustomization comes to, as YAML.
pub(super) fn to_yaml(documents: &[Value]) -> String {
    let texts: Vec<String> = documents.iter().map(yaml::to_yaml).collect();
    texts.join("---\n")
}

/// The same as manifests, for verbs with `-k`.
///
/// # Errors
/// kustomize's complaint.
pub(super) fn manifests(context: &mut Context, folder: &str) -> Result<Vec<Manifest>, ToolError> {
    let documents = build(context, folder)?;
    Ok(documents.into_iter().map(|it| Manifest::new(context, folder, it)).collect())
}

fn is_remote(path: &str) -> bool {
    path.contains("://") || path.starts_with("git@") || path.starts_with("github.com/")
}

fn absolute(context: &Context, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let folder = context.surroundings.variable("PWD").unwrap_or_default();
    resource::join(&folder, path)
}

/// The resources of a folder after its own transformers; a component works on those that are there before it.
fn accumulate(
    context: &mut Context,
    folder: &str,
    depth: usize,
    before: Option<Vec<Resource>>,
) -> Result<Vec<Resource>, ToolError> {
    if depth == 0 {
        return Err(ToolError::not_simulated("kustomizations that build on each other so deep"));
    }
    let kustomization = read(context, folder)?;
    for field in &kustomization.deprecated {
        let instead = match *field {
            "bases" => "resources",
            "commonLabels" => "labels",
            "patchesStrategicMerge" | "patchesJson6902" => "patches",
            _ => "images",
        };
        context.err(&format!("# Warning: '{field}' is deprecated. Please use '{instead}' instead. Run 'kustomize edit fix' to update your Kustomization automatically.\n"));
    }
    if before.is_some() != kustomization.is_component {
        let (wanted, found) = if before.is_some() {
            ("Component", "Kustomization")
        } else {
            ("Kustomization", "Component")
        };
        let shown = absolute(context, folder);
        return Err(ToolError::plain(format!(
            "accumulating components: accumulateDirectory: \"expected kind '{wanted}' for path '{shown}' but got '{found}'\""
        )));
    }
    let mut resources: Vec<Resource> = before.unwrap_or_default();
    for path in &kustomization.resources {
        for resource in load(context, folder, path, depth)? {
            add(&mut resources, resource, path, &absolute(context, folder))?;
        }
    }
    for path in &kustomization.components {
        let full = resource::join(folder, path);
        resources = accumulate(context, &full, depth - 1, Some(resources))?;
    }
    generators::run(context, folder, &kustomization, &mut resources)?;
    if resources.len() > RESOURCES_MAX {
        return Err(ToolError::not_simulated("kustomizations of so many resources"));
    }
    transformers::run(context, folder, &kustomization, &mut resources)?;
    Ok(resources)
}

/// The file of a folder.
fn read(context: &mut Context, folder: &str) -> Result<Kustomization, ToolError> {
    let found: Vec<&str> = FILES
        .into_iter()
        .filter(|it| context.surroundings.read(&resource::join(folder, it)).is_ok())
        .collect();
    let shown = absolute(context, folder);
    let name = match found.as_slice() {
        [name] => *name,
        [] => {
            return Err(ToolError::plain(format!(
                "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{shown}'"
            )));
        }
        _ => {
            return Err(ToolError::plain(format!(
                "Found multiple kustomization files under: {shown}\n"
            )));
        }
    };
    let bytes = context.surroundings.read(&resource::join(folder, name)).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if text.trim().is_empty() {
        return Err(ToolError::plain(format!("{name} is empty")));
    }
    let document = yaml::parse_document(&text)
        .map_err(|why| ToolError::plain(format!("invalid Kustomization: {why}")))?;
    Kustomization::of(&document.value, &shown)
}

/// What an entry of `resources` means: the objects of a file, or another kustomization.
fn load(
    context: &mut Context,
    folder: &str,
    path: &str,
    depth: usize,
) -> Result<Vec<Resource>, ToolError> {
    if is_remote(path) {
        return Err(ToolError::not_simulated(format!("kustomize resources from {path}")));
    }
    let full = resource::join(folder, path);
    if context.surroundings.entries(&full).is_some() {
        return accumulate(context, &full, depth - 1, None);
    }
    let shown = absolute(context, &full);
    let Ok(bytes) = context.surroundings.read(&full) else {
        let missing =
            format!("evalsymlink failure on '{shown}' : lstat {shown}: no such file or directory");
        return Err(ToolError::plain(format!(
            "accumulating resources: accumulation err='accumulating resources from '{path}': {missing}': must build at directory: not a valid directory: {missing}"
        )));
    };
    let fails = |why: String| {
        ToolError::plain(format!(
            "accumulating resources: accumulation err='accumulating resources from '{path}': {why}': must build at directory: '{shown}': file is not directory"
        ))
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let documents = yaml::parse_documents(&text)
        .map_err(|why| fails(format!("MalformedYAMLError: {why} in File: {path}")))?;
    let mut resources = Vec::new();
    for document in documents {
        let items = match document.value.get("items").and_then(Value::as_array) {
            Some(items) if document.value["kind"] == "List" => items.clone(),
            _ => vec![document.value],
        };
        for item in items.into_iter().filter(|it| !it.is_null()) {
            resources.push(Resource::of(item).map_err(fails)?);
        }
    }
    Ok(resources)
}

fn add(
    resources: &mut Vec<Resource>,
    resource: Resource,
    path: &str,
    folder: &str,
) -> Result<(), ToolError> {
    if resources.iter().any(|it| it.id() == resource.id()) {
        let shown = resource::join(folder, path);
        return Err(ToolError::plain(format!(
            "accumulating resources: accumulation err='merging resources from '{path}': may not add resource with an already registered id: {}': must build at directory: '{shown}': file is not directory",
            resource.id()
        )));
    }
    resources.push(resource);
    Ok(())
}
