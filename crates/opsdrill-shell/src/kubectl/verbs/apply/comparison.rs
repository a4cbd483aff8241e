//! What an object is and what `apply` would make of it, for `kubectl diff`.

use opsdrill_engine::api::{PatchType, Target};
use opsdrill_objects::{Kind, Object};
use serde_json::Value;

use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::Arguments;
use crate::kubectl::manifests::Manifest;
use crate::kubectl::writing::{LAST_APPLIED, Writer};

use super::Application;

/// An object as it is, if it exists, and as it would be.
pub(in crate::kubectl::verbs) struct Comparison {
    /// `apps.v1.Deployment.demo.web`, as the files that are compared are named.
    pub(in crate::kubectl::verbs) file: String,
    /// The object as it is.
    pub(in crate::kubectl::verbs) live: Option<Value>,
    /// The object as the manifest would leave it; none if it would go.
    pub(in crate::kubectl::verbs) merged: Option<Value>,
}

impl Comparison {
    /// Asks the server, which stores nothing when `writer` is a dry run.
    pub(in crate::kubectl::verbs) fn of(
        context: &mut Context,
        arguments: &Arguments,
        writer: &Writer,
        manifest: &Manifest,
    ) -> Result<Self, ToolError> {
        if arguments.switch("server-side") {
            return Self::on_server(context, writer, manifest);
        }
        let mut application = Application::of(context, manifest)?;
        // What is compared does not carry the manifest along.
        let annotations = application.modified.pointer_mut("/metadata/annotations");
        if let Some(annotations) = annotations.and_then(Value::as_object_mut) {
            annotations.remove(LAST_APPLIED);
        }
        let Application { kind, namespace, name, .. } = &application;
        let file = file_of(*kind, namespace, name);
        let (live, merged) = match context.get(*kind, name, namespace) {
            Ok(current) => {
                let patch = application.patch_of(&current)?;
                let target = Target::one(*kind, namespace, name);
                let merged = writer.patch(context, target, Writer::form(*kind), patch)?;
                (Some(current.to_value()), merged.to_value())
            }
            Err(refusal) if refusal.code == 404 => {
                let merged =
                    writer.create(context, *kind, namespace, application.modified.clone())?;
                (None, merged.to_value())
            }
            Err(refusal) => return Err(refusal.into()),
        };
        Ok(Self { file, live, merged: Some(merged) })
    }

    /// What the server would merge.
    fn on_server(
        context: &mut Context,
        writer: &Writer,
        manifest: &Manifest,
    ) -> Result<Self, ToolError> {
        let (kind, namespace) = (manifest.kind()?, manifest.namespace(context)?);
        let name = manifest.name();
        let mut config = manifest.value.clone();
        if kind.info().namespaced {
            config["metadata"]["namespace"] = namespace.clone().into();
        }
        let live = match context.get(kind, name, &namespace) {
            Ok(current) => Some(current.to_value()),
            Err(refusal) if refusal.code == 404 => None,
            Err(refusal) => return Err(refusal.into()),
        };
        let target = Target::one(kind, &namespace, name);
        let merged = writer.patch(context, target, PatchType::Apply, config);
        if merged.as_ref().is_err_and(|why| why.reason == "Conflict") {
            // kubectl takes the conflict for one of versions, and tries again a few times.
            let info = kind.info();
            let text = format!(
                "Object ({}/{}, Kind={}: {name}) keeps changing, diffing without lock",
                info.group, info.version, info.name
            );
            context.log_warning("diff.go:723", &text);
        }
        let merged = merged?;
        let file = file_of(kind, &namespace, name);
        Ok(Self { file, live, merged: Some(merged.to_value()) })
    }

    /// An object that would be pruned.
    pub(super) fn pruned(object: &Object) -> Self {
        let file = file_of(object.kind, object.meta.namespace(), &object.meta.name);
        Self { file, live: Some(object.to_value()), merged: None }
    }
}

/// `apps.v1.Deployment.demo.web`.
fn file_of(kind: Kind, namespace: &str, name: &str) -> String {
    let info = kind.info();
    let dot = if info.group.is_empty() { "" } else { "." };
    format!("{}{dot}{}.{}.{namespace}.{name}", info.group, info.version, info.name)
}
