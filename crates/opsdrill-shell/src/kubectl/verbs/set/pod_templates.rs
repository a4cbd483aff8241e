//! The objects of a line, their pod templates, and the patch that changes them.

use opsdrill_engine::api::{PatchType, Target};
use opsdrill_objects::patch::two_way;
use opsdrill_objects::{Kind, Object, Status};
use serde_json::{Value, json};

use crate::kubectl::command::Outcome;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::Arguments;
use crate::kubectl::resources::{Query, prefix_of};
use crate::kubectl::writing::{Writer, reason_of, text_at};

use super::local_documents;

/// What a change is called when it fails and when it is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Naming {
    /// `failed to patch … to pod template`.
    pub(super) failure: &'static str,
    /// What stands between that and the reason.
    pub(super) separator: &'static str,
    /// Whether it is said also of an object that was so already.
    pub(super) says_unchanged: bool,
    /// `image updated`.
    pub(super) done: &'static str,
}

/// Where an object's pod specification stands.
fn place_of(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Pod => Some("/spec"),
        Kind::DaemonSet
        | Kind::Deployment
        | Kind::Job
        | Kind::ReplicaSet
        | Kind::ReplicationController
        | Kind::StatefulSet => Some("/spec/template/spec"),
        Kind::CronJob => Some("/spec/jobTemplate/spec/template/spec"),
        _ => None,
    }
}

/// The object whose template is being changed.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// `deployments/web`; what was read from a file has no plural: `deployment.apps/web` and a line break.
    path: String,
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) metadata: Value,
}

impl Named {
    fn of(kind: Kind, document: &Value) -> Self {
        let name = text_at(document, "/metadata/name").to_owned();
        let path = format!("{}/{name}", kind.info().plural);
        Self { path, kind, name, metadata: document["metadata"].clone() }
    }

    fn local(kind: Kind, document: &Value) -> Self {
        let named = Self::of(kind, document);
        Self { path: local_path(kind, &named.name), ..named }
    }
}

/// What kubectl calls an object that it has read from a file; with a group it ends in a line break.
pub(super) fn local_path(kind: Kind, name: &str) -> String {
    let line_break = if kind.info().group.is_empty() { "" } else { "\n" };
    format!("{}/{name}{line_break}", prefix_of(kind))
}

/// An object's pod specification.
fn pod_spec<'a>(named: &Named, document: &'a mut Value) -> Result<&'a mut Value, ToolError> {
    let info = named.kind.info();
    place_of(named.kind).and_then(|it| document.pointer_mut(it)).ok_or_else(|| {
        ToolError::plain(format!(
            "error: {} the object is not a pod or does not have a pod template: *{}.{}\n",
            named.path, info.version, info.name
        ))
    })
}

/// The containers of a pod specification, init containers last.
pub(super) fn containers(spec: &mut Value) -> Vec<&mut Value> {
    let Some(fields) = spec.as_object_mut() else { return Vec::new() };
    let mut lists = (Vec::new(), Vec::new());
    for (key, value) in fields.iter_mut() {
        let list = match key.as_str() {
            "initContainers" => &mut lists.0,
            "containers" => &mut lists.1,
            _ => continue,
        };
        list.extend(value.as_array_mut().into_iter().flatten());
    }
    lists.1.extend(lists.0);
    lists.1
}

/// A container's name.
pub(super) fn name_of(container: &Value) -> &str {
    container.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// Whether a name fits a pattern in which `*` matches any text.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Changes the pod specification of each object that the words name, and sends what came of it. `change` collects its
/// complaints, and answers whether there is anything to send.
pub(super) fn change_each(
    context: &mut Context,
    arguments: &Arguments,
    words: Vec<String>,
    naming: Naming,
    mut change: impl FnMut(&mut Context, &Named, &mut Value, &mut Vec<ToolError>) -> bool,
) -> Outcome {
    if arguments.switch("local") {
        return change_local(context, arguments, &words, naming, change);
    }
    let query = Query { words, ..Query::of(arguments) };
    let wants = query.resolve(context)?;
    let (objects, mut errors) = query.fetch(context, &wants.list);
    for object in &objects {
        let mut document = object.to_value();
        let named = Named::of(object.kind, &document);
        let changed = match pod_spec(&named, &mut document) {
            Ok(spec) => change(context, &named, spec, &mut errors),
            Err(error) => {
                errors.push(error);
                false
            }
        };
        if changed {
            errors.extend(write(context, arguments, object, &document, naming).err());
        }
    }
    ToolError::all(errors).map(|()| 0)
}

/// Changes the documents of files and shows them; the cluster is not asked.
fn change_local(
    context: &mut Context,
    arguments: &Arguments,
    words: &[String],
    naming: Naming,
    mut change: impl FnMut(&mut Context, &Named, &mut Value, &mut Vec<ToolError>) -> bool,
) -> Outcome {
    let writer = Writer::of(context, arguments, "kubectl-set")?;
    // What has no template is complained of last.
    let (mut errors, mut without) = (Vec::new(), Vec::new());
    for (kind, before) in local_documents(context, arguments, words)? {
        let mut document = before.clone();
        let named = Named::local(kind, &before);
        let changed = match pod_spec(&named, &mut document) {
            Ok(spec) => change(context, &named, spec, &mut errors),
            Err(error) => {
                without.push(error);
                false
            }
        };
        if changed && (document != before || naming.says_unchanged) {
            writer.say(context, arguments, &document, naming.done)?;
        }
    }
    errors.append(&mut without);
    ToolError::all(errors).map(|()| 0)
}

/// Sends what changed in an object's document, and says so. Nothing is said when nothing changed.
fn write(
    context: &mut Context,
    arguments: &Arguments,
    object: &Object,
    changed: &Value,
    naming: Naming,
) -> Result<(), ToolError> {
    let writer = Writer::of(context, arguments, "kubectl-set")?;
    let patch = two_way::create(object.kind.info().name, &object.to_value(), changed)
        .map_err(|why| ToolError::from(Status::from(why)))?;
    if patch == json!({}) && !naming.says_unchanged {
        return Ok(());
    }
    if writer.pretends() {
        return writer.say(context, arguments, changed, naming.done);
    }
    match writer.patch(context, Target::of(object), PatchType::Strategic, patch) {
        Ok(written) => writer.say(context, arguments, &written.to_value(), naming.done),
        Err(refusal) => {
            let why = reason_of(&refusal.into());
            Err(ToolError::plain(format!(
                "failed to patch {}{} {why}",
                naming.failure, naming.separator
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_matches_any_text() {
        assert!(fits("*", "web"));
        assert!(fits("web", "web"));
        assert!(fits("w*b", "web"));
        assert!(fits("*-side*", "web-sidecar"));
        assert!(!fits("we", "web"));
        assert!(!fits("w*x", "web"));
    }

    #[test]
    fn init_containers_come_last() {
        let mut spec = json!({
            "containers": [{ "name": "web" }],
            "initContainers": [{ "name": "migrate" }],
        });
        let names: Vec<String> =
            containers(&mut spec).iter().map(|it| name_of(it).to_owned()).collect();
        assert_eq!(names, ["web", "migrate"]);
    }
}
