//! `kubectl apply edit-last-applied`: the remembered manifest in the trainee's editor.

use std::sync::Arc;

use opsdrill_engine::api::{PatchType, Target};
use opsdrill_objects::{Object, go_format, yaml};
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::editor::Editor;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::resources::Query;
use crate::kubectl::shared_flags::{FIELD_MANAGER, FILES, PRINTING};
use crate::kubectl::writing::{LAST_APPLIED, Writer};

use super::configuration::last_applied;

/// What stands over every text.
const HEADER: &str = "# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
";

/// `kubectl apply edit-last-applied`.
pub(super) struct EditLastApplied;

impl Verb for EditLastApplied {
    const NAME: &'static str = "edit-last-applied";
    const USAGE: &'static str = "(TYPE/NAME | TYPE NAME | -f FILE)";
    const SUMMARY: &'static str = "Edit the manifest that an object remembers";
    const TAKES: Takes = Takes::Objects(&[]);
    const FLAGS: &'static [&'static [Flag]] = &[
        &[FIELD_MANAGER, super::VALIDATE, Flag::switch("windows-line-endings").not_simulated()],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let writer = Writer::of(context, arguments, "kubectl-edit-last-applied")?;
        let query = Query::of(arguments).types_mean_all();
        let wants = query.resolve(context)?;
        let (objects, errors) = query.fetch(context, &wants.list);
        ToolError::all(errors)?;
        match objects.as_slice() {
            [] => Err(ToolError::plain("edit cancelled, no objects found")),
            [object] => edit(context, arguments, &writer, object),
            _ => Err(ToolError::not_simulated(
                "kubectl apply edit-last-applied of several objects at once",
            )),
        }
    }
}

fn edit(
    context: &mut Context,
    arguments: &Arguments,
    writer: &Writer,
    object: &Arc<Object>,
) -> Outcome {
    let Some(known) = last_applied(object) else {
        return Err(ToolError::plain(
            "no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`",
        ));
    };
    let original: Value = serde_json::from_str(known)
        .map_err(|why| ToolError::plain(format!("error parsing JSON: {why}")))?;
    let number = context.door.random_u64("kubectl edit") % 4_000_000_000;
    let editor = Editor::of(context.surroundings);
    let shown = format!("{HEADER}{}", yaml::to_yaml(&original));
    let edited = context.surroundings.edit(&editor, &format!("kubectl-edit-{number}.yaml"), &shown);
    for (stream, text) in edited.output {
        context.door.print(stream, &text);
    }
    let saved = edited.saved.map_err(|failure| editor.complaint(failure))?;
    let lines = saved.lines().filter(|it| !it.starts_with('#'));
    let text: String = lines.map(|it| format!("{it}\n")).collect();
    if text.trim().is_empty() {
        context.err("Edit cancelled, saved file was empty.\n");
        return Ok(0);
    }
    let document = yaml::parse_document(&text)
        .map_err(|why| ToolError::plain(format!("The edited file had a syntax error: {why}")))?;
    if document.value == original {
        context.err("Edit cancelled, no changes made.\n");
        return Ok(0);
    }
    let remembered = format!("{}\n", go_format::json(&document.value));
    let patch = json!({ "metadata": { "annotations": { LAST_APPLIED: remembered } } });
    let written = writer.patch(context, Target::of(object), PatchType::Merge, patch)?;
    writer.say(context, arguments, &written.to_value(), "edited")?;
    Ok(0)
}
