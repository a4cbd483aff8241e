//! `kubectl rollout`: watching, undoing and steering the rollouts of deployments.

mod history;
mod pausing;
mod restart;
mod revisions;
mod status;
mod undo;
mod workloads;

use std::sync::Arc;

use opsdrill_engine::api::{PatchType, Target};
use opsdrill_objects::patch::two_way;
use opsdrill_objects::{Object, Status};
use serde_json::{Value, json};

use crate::kubectl::command::Command;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::resources::Query;
use crate::kubectl::shared_flags::LABEL_SELECTOR;
use crate::kubectl::writing::{Writer, reason_of};

/// `kubectl rollout …`.
pub(super) const PARTS: &[Command] = &[
    Command::of::<history::History>(),
    Command::of::<pausing::Pause>(),
    Command::of::<restart::Restart>(),
    Command::of::<pausing::Resume>(),
    Command::of::<status::RolloutStatus>(),
    Command::of::<undo::Undo>(),
];

/// How the parts are called.
const USAGE: &str = "(TYPE [NAME] | TYPE/NAME)";
/// Choosing several by label.
const SELECTION: &[Flag] = &[LABEL_SELECTOR];

/// The objects that a line names; a type alone means all of its objects.
fn objects_of(
    context: &mut Context,
    arguments: &Arguments,
) -> Result<(Vec<Arc<Object>>, Vec<ToolError>), ToolError> {
    if arguments.positional.is_empty() && arguments.list("filename").is_empty() {
        return Err(ToolError::plain("required resource not specified"));
    }
    let query = Query::of(arguments).types_mean_all();
    let wants = query.resolve(context)?;
    Ok(query.fetch(context, &wants.list))
}

/// `ReplicaSet.apps`, as complaints about kinds without rollouts name them.
fn kind_text(object: &Object) -> String {
    let info = object.kind.info();
    if info.group.is_empty() {
        info.name.to_owned()
    } else {
        format!("{}.{}", info.name, info.group)
    }
}

/// A change of one object's document.
type Change = fn(&Object, &mut Value, &Context) -> Result<(), String>;

/// Changes objects one by one, with what to say of those that are changed, and of those that needed
/// no change.
fn change_all(
    context: &mut Context,
    arguments: &Arguments,
    change: Change,
    operation: &str,
    unchanged: fn(&Object) -> ToolError,
) -> Result<(), ToolError> {
    let writer = Writer::of(context, arguments, "kubectl-rollout")?;
    let (objects, mut errors) = objects_of(context, arguments)?;
    for object in &objects {
        let before = object.to_value();
        let mut after = before.clone();
        if let Err(why) = change(object, &mut after, context) {
            let plural = object.kind.info().qualified_plural();
            let name = &object.meta.name;
            errors.push(ToolError::plain(format!("error: {plural} {name:?} {why}")));
            continue;
        }
        let patch = two_way::create(object.kind.info().name, &before, &after)
            .map_err(|why| ToolError::from(Status::from(why)))?;
        if patch == json!({}) {
            errors.push(unchanged(object));
            continue;
        }
        match writer.patch(context, Target::of(object), PatchType::Strategic, patch) {
            Ok(written) => writer.say(context, arguments, &written.to_value(), operation)?,
            Err(refusal) => {
                let why = reason_of(&refusal.into());
                errors.push(ToolError::plain(format!("failed to patch: {why}")));
            }
        }
    }
    ToolError::all(errors)
}
