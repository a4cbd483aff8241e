//! Manifests as `kubectl apply` sends them.

use opsdrill_engine::Cluster;
use opsdrill_engine::api::{FieldValidation, Identity, PatchType, Payload, Request, Target, Verb};
use opsdrill_objects::patch::{merge_patch, three_way};
use opsdrill_objects::{Kind, Status, yaml};
use serde_json::{Value, json};

use crate::scenario::Folder;

/// The annotation in which `kubectl apply` remembers what it applied.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Applies files, or all files of folders in order of name.
///
/// # Errors
/// Every document that could not be applied, with its file.
pub(super) fn apply_all(
    cluster: &mut Cluster,
    files: &Folder,
    paths: &[String],
    by: &Identity,
    namespace: &str,
) -> Result<(), Vec<String>> {
    let mut problems = Vec::new();
    for path in paths {
        let inside = format!("{path}/");
        for (name, contents) in
            files.iter().filter(|(name, _)| *name == path || name.starts_with(&inside))
        {
            let text = String::from_utf8_lossy(contents);
            match yaml::parse_documents(&text) {
                Ok(documents) => {
                    for document in documents.into_iter().flat_map(|it| objects_in(it.value)) {
                        let applied = apply(cluster, document, by, namespace);
                        problems.extend(applied.err().map(|it| format!("{name}: {it}")));
                    }
                }
                Err(error) => problems.push(format!("{name}: {error}")),
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The objects of a document: itself, those of a `List`, or none.
pub(crate) fn objects_in(mut document: Value) -> Vec<Value> {
    let is_list = document["apiVersion"] == "v1" && document["kind"] == "List";
    match document.get_mut("items").filter(|_| is_list).map(Value::take) {
        Some(Value::Array(items)) => items,
        _ if document.is_null() => Vec::new(),
        _ => vec![document],
    }
}

fn apply(
    cluster: &mut Cluster,
    mut document: Value,
    by: &Identity,
    default_namespace: &str,
) -> Result<(), String> {
    let text = |pointer: &str| {
        document.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let (api_version, kind, name) = (text("/apiVersion"), text("/kind"), text("/metadata/name"));
    let kind = cluster
        .kinds()
        .by_name(&api_version, &kind)
        .ok_or_else(|| format!("no kind is called {api_version} {kind}"))?;
    let named = text("/metadata/namespace");
    let namespace = match kind.info().namespaced {
        true if named.is_empty() => default_namespace.to_owned(),
        true => named,
        false => String::new(),
    };
    // As kubectl does: what it remembers has the other annotations (an empty map where there are none), and the
    // namespace also where the manifest leaves it to whoever applies it.
    let metadata = document["metadata"].as_object_mut().ok_or("it has no metadata")?;
    metadata.entry("annotations").or_insert_with(|| json!({}));
    if !namespace.is_empty() {
        metadata.insert("namespace".to_owned(), namespace.clone().into());
    }
    let applied = document.to_string() + "\n";
    document["metadata"]["annotations"][LAST_APPLIED] = applied.into();
    let refused = |status: Status| status.message;
    let target = Target::one(kind, &namespace, &name);
    let Ok(live) = cluster.handle(by, Request::new(Verb::Get, target.clone())).object() else {
        let target = Target::all(kind, &namespace);
        let request = strict(Request::new(Verb::Create(Payload::Document(document)), target));
        return cluster.handle(by, request).object().map(drop).map_err(refused);
    };
    let original = live
        .meta
        .annotation(LAST_APPLIED)
        .and_then(|it| serde_json::from_str(it).ok())
        .unwrap_or_else(|| json!({}));
    let live = live.to_value();
    let (form, patch) = if let Kind::Custom(_) = kind {
        (PatchType::Merge, merge_patch::create_three_way(&original, &document, &live))
    } else {
        let patch = three_way::create(kind.info().name, &original, &document, &live);
        (PatchType::Strategic, patch.map_err(|it| it.to_string())?)
    };
    if patch == json!({}) {
        return Ok(());
    }
    let request = strict(Request::new(Verb::Patch(form, patch), target));
    cluster.handle(by, request).object().map(drop).map_err(refused)
}

/// As kubectl asks by default: a field that nobody knows is an error.
fn strict(mut request: Request) -> Request {
    request.options.field_validation = FieldValidation::Strict;
    request
}
