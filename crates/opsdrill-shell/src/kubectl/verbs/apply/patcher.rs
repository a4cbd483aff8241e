//! Changing an object that exists, by the three-way patch between what was applied, what is to be, and what is.

use std::sync::Arc;

use opsdrill_engine::api::{Options, PatchType, Request, Target};
use opsdrill_objects::patch::{merge_patch, three_way};
use opsdrill_objects::{Object, go_format};
use serde_json::{Value, json};

use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::Arguments;
use crate::kubectl::until::Awaited;
use crate::kubectl::writing::{LAST_APPLIED, Writer};

use super::Application;
use super::configuration::last_applied;

/// How long a forced replacement waits for the old object to go: a week.
const PATIENCE_MS: u64 = 168 * 60 * 60 * 1000;

impl Application {
    /// Changes the object; answers its document and what happened to it.
    pub(super) fn change(
        &self,
        context: &mut Context,
        arguments: &Arguments,
        writer: &Writer,
        current: &Arc<Object>,
    ) -> Result<(Value, &'static str), ToolError> {
        if writer.pretends() {
            return Ok((current.to_value(), "configured"));
        }
        if last_applied(current).is_none() {
            context.err(&format!(
                "Warning: resource {}/{} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n",
                current.kind.info().plural, self.name
            ));
        }
        let patch = self.patch_of(current)?;
        if patch == json!({}) {
            return Ok((current.to_value(), "unchanged"));
        }
        let target = Target::one(self.kind, &self.namespace, &self.name);
        match writer.patch(context, target, Writer::form(self.kind), patch.clone()) {
            Ok(object) => Ok((object.to_value(), "configured")),
            Err(refusal) if arguments.switch("force") && matches!(refusal.code, 409 | 422) => {
                self.replace_by_force(context, arguments, writer, current)
            }
            Err(refusal) => {
                let patch = go_format::json(&patch);
                let doing = format!("applying patch:\n{patch}\nto:\n{}\nfor:", self.description());
                let why = ToolError::from(refusal).while_doing("patching", &self.source);
                Err(why.while_doing(&doing, &self.source))
            }
        }
    }

    pub(super) fn patch_of(&self, current: &Object) -> Result<Value, ToolError> {
        let original = match last_applied(current) {
            None => json!({}),
            Some(text) => serde_json::from_str(text).map_err(|why| {
                ToolError::plain(format!(
                    "retrieving original configuration from:\n{}\nfor:: {why}",
                    self.description()
                ))
            })?,
        };
        if Writer::form(self.kind) == PatchType::Merge {
            return Ok(merge_patch::create_three_way(
                &original,
                &self.modified,
                &current.to_value(),
            ));
        }
        let kind = self.kind.info().name;
        three_way::create(kind, &original, &self.modified, &current.to_value())
            .map_err(|why| ToolError::plain(format!("creating patch with:\n{why}")))
    }

    /// Deletes the object and creates it anew, as `--force` allows when it cannot be changed.
    fn replace_by_force(
        &self,
        context: &mut Context,
        arguments: &Arguments,
        writer: &Writer,
        current: &Arc<Object>,
    ) -> Result<(Value, &'static str), ToolError> {
        let grace = arguments.integer("grace-period");
        let mut request = Request::delete(self.kind, &self.namespace, &self.name);
        request.options = Options {
            grace_period_seconds: (grace >= 0).then_some(grace),
            propagation: Some(opsdrill_engine::api::Propagation::Background),
            ..writer.options.clone()
        };
        context.ask(request)?;
        if !writer.options.dry_run {
            let deadline = context.door.now_ms().saturating_add(PATIENCE_MS);
            Awaited::object(current).until_gone(context, deadline)?;
        }
        let created = writer.create(context, self.kind, &self.namespace, self.modified.clone())?;
        Ok((created.to_value(), "configured"))
    }
}
