//! What an object is and what `apply` would make of it, for `kubectl diff`.

use opsdrill_engine::api::Target;
use serde_json::Value;

use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::manifests::Manifest;
use crate::kubectl::writing::{LAST_APPLIED, Writer};

use super::Application;

/// An object as it is, if it exists, and as it would be.
pub(in crate::kubectl::verbs) struct Comparison {
    /// `apps.v1.Deployment.demo.web`, as the files that are compared are named.
    pub(in crate::kubectl::verbs) file: String,
    /// The object as it is.
    pub(in crate::kubectl::verbs) live: Option<Value>,
    /// The object as the manifest would leave it.
    pub(in crate::kubectl::verbs) merged: Value,
}

impl Comparison {
    /// Asks the server, which stores nothing when `writer` is a dry run.
    pub(in crate::kubectl::verbs) fn of(
        context: &mut Context,
        writer: &Writer,
        manifest: &Manifest,
    ) -> Result<Self, ToolError> {
        let mut application = Application::of(context, manifest)?;
        // What is compared does not carry the manifest along.
        let annotations = application.modified.pointer_mut("/metadata/annotations");
        if let Some(annotations) = annotations.and_then(Value::as_object_mut) {
            annotations.remove(LAST_APPLIED);
        }
        let Application { kind, namespace, name, .. } = &application;
        let info = kind.info();
        let dot = if info.group.is_empty() { "" } else { "." };
        let file = format!("{}{dot}{}.{}.{namespace}.{name}", info.group, info.version, info.name);
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
        Ok(Self { file, live, merged })
    }
}
