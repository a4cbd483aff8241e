//! `kubectl rollout pause` and `kubectl rollout resume`.

use opsdrill_objects::{Kind, Object};
use serde_json::Value;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::shared_flags::{FIELD_MANAGER, FILES, PRINTING};

use super::{SELECTION, USAGE, change_all};

/// `kubectl rollout pause`.
pub(super) struct Pause;

/// `kubectl rollout resume`.
pub(super) struct Resume;

impl Verb for Pause {
    const NAME: &'static str = "pause";
    const USAGE: &'static str = USAGE;
    const SUMMARY: &'static str = "Mark a deployment as paused: changes of its template wait";
    const TAKES: Takes = Takes::Objects(&[Kind::Deployment]);
    const FLAGS: &'static [&'static [Flag]] = &[SELECTION, FILES, PRINTING, &[FIELD_MANAGER]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        change_all(context, arguments, pause, "paused", nothing_to_do).map(|()| 0)
    }
}

impl Verb for Resume {
    const NAME: &'static str = "resume";
    const USAGE: &'static str = USAGE;
    const SUMMARY: &'static str = "Let a paused deployment roll out";
    const TAKES: Takes = Takes::Objects(&[Kind::Deployment]);
    const FLAGS: &'static [&'static [Flag]] = &[SELECTION, FILES, PRINTING, &[FIELD_MANAGER]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        change_all(context, arguments, resume, "resumed", nothing_to_do).map(|()| 0)
    }
}

fn pause(object: &Object, document: &mut Value, _: &Context) -> Result<(), String> {
    match is_paused(object) {
        None => Err("pausing is not supported".to_owned()),
        Some(true) => Err("is already paused".to_owned()),
        Some(false) => {
            document["spec"]["paused"] = true.into();
            Ok(())
        }
    }
}

fn resume(object: &Object, document: &mut Value, _: &Context) -> Result<(), String> {
    match is_paused(object) {
        None => Err("resuming is not supported".to_owned()),
        Some(false) => Err("is not paused".to_owned()),
        Some(true) => {
            if let Some(spec) = document.get_mut("spec").and_then(Value::as_object_mut) {
                spec.remove("paused");
            }
            Ok(())
        }
    }
}

/// Whether a deployment is paused; `None` for kinds that cannot be.
fn is_paused(object: &Object) -> Option<bool> {
    if object.kind != Kind::Deployment {
        return None;
    }
    let spec = object.deployment().and_then(|it| it.spec.as_ref());
    Some(spec.and_then(|it| it.paused).unwrap_or_default())
}

/// The changes above always change something.
fn nothing_to_do(object: &Object) -> ToolError {
    ToolError::plain(format!("failed to create patch for {}", object.meta.name))
}
