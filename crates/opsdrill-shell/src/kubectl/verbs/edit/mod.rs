//! `kubectl edit`: an object in the trainee's editor, again and again until the server takes it.

use std::sync::Arc;

use opsdrill_engine::api::{FieldValidation, PatchType, Target};
use opsdrill_objects::patch::{merge_patch, two_way};
use opsdrill_objects::{Object, Status, yaml};
use serde_json::Value;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::editor::Editor;
use crate::kubectl::errors::{ToolError, status_text};
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::printers;
use crate::kubectl::resources::Query;
use crate::kubectl::shared_flags::{FIELD_MANAGER, FILES, PRINTING};
use crate::kubectl::writing::{Writer, text_at};

/// What stands over every text.
const HEADER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
";
/// How often a text is opened again before this program gives up on its editor.
const ROUNDS_MAX: usize = 50;

/// `kubectl edit`.
pub(super) struct Edit;

impl Verb for Edit {
    const NAME: &'static str = "edit";
    const USAGE: &'static str = "(TYPE NAME | -f FILE)";
    const SUMMARY: &'static str = "Edit an object in the editor";
    const TAKES: Takes = Takes::Objects(&[]);
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            FIELD_MANAGER,
            super::apply::VALIDATE,
            Flag::switch("output-patch").not_simulated(),
            Flag::switch("save-config").not_simulated(),
            Flag::text("subresource").not_simulated(),
            Flag::switch("windows-line-endings").not_simulated(),
        ],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let mut writer = super::apply::writer_of(context, arguments, "kubectl-edit")?;
        if writer.options.field_validation == FieldValidation::Warn {
            writer.options.field_validation = FieldValidation::Strict;
        }
        let query = Query::of(arguments).types_mean_all();
        let wants = query.resolve(context)?;
        let (objects, errors) = query.fetch(context, &wants.list);
        ToolError::all(errors)?;
        match objects.as_slice() {
            [] => Err(ToolError::plain("edit cancelled, no objects found")),
            [object] => edit(context, arguments, &writer, object),
            _ => Err(ToolError::not_simulated("kubectl edit of several objects at once")),
        }
    }
}

/// Opens the editor until the text is taken, left alone or emptied.
fn edit(
    context: &mut Context,
    arguments: &Arguments,
    writer: &Writer,
    object: &Arc<Object>,
) -> Outcome {
    let original = printers::document(object, arguments);
    let mut body = yaml::to_yaml(&original);
    let first = body.clone();
    let mut reasons = String::new();
    let name =
        format!("kubectl-edit-{}.yaml", context.door.random_u64("kubectl edit") % 4_000_000_000);
    let editor = Editor::of(context.surroundings);
    for round in 0..ROUNDS_MAX {
        let shown = format!("{HEADER}{reasons}{body}");
        let saved = open(context, &editor, &name, &shown)?;
        let text = without_comments(&saved);
        if round > 0 && text == without_comments(&body) {
            keep_copy(context, &name, &saved)?;
            return Err(ToolError::plain("Edit cancelled, no valid changes were saved."));
        }
        if text == without_comments(&first) {
            context.err("Edit cancelled, no changes made.\n");
            return Ok(0);
        }
        if text.trim().is_empty() {
            context.err("Edit cancelled, saved file was empty.\n");
            return Ok(0);
        }
        body = text;
        let edited = match yaml::parse_document(&body) {
            Ok(document) => document.value,
            Err(why) => {
                reasons = format!("# The edited file had a syntax error: {why}\n#\n");
                continue;
            }
        };
        if let Some(refusal) = identity_complaint(&original, &edited) {
            keep_copy(context, &name, &saved)?;
            return Err(refusal);
        }
        if edited == original {
            writer.say(context, arguments, &original, "skipped")?;
            return Ok(0);
        }
        match send(context, writer, object, &original, &edited) {
            Ok(written) => {
                writer.say(context, arguments, &written.to_value(), "edited")?;
                return Ok(0);
            }
            Err(refusal) if refusal.reason != "Invalid" => {
                return give_up(context, object, &refusal, &name, &saved);
            }
            Err(refusal) => reasons = failure(context, object, &refusal),
        }
    }
    Err(ToolError::plain("Edit cancelled, no valid changes were saved."))
}

/// Runs the editor once; answers what it saved.
fn open(
    context: &mut Context,
    editor: &Editor,
    name: &str,
    text: &str,
) -> Result<String, ToolError> {
    let edited = context.surroundings.edit(editor, name, text);
    for (stream, text) in edited.output {
        context.door.print(stream, &text);
    }
    edited.saved.map_err(|failure| editor.complaint(failure))
}

/// Sends what was changed.
fn send(
    context: &mut Context,
    writer: &Writer,
    object: &Object,
    original: &Value,
    edited: &Value,
) -> Result<Arc<Object>, Status> {
    let form = Writer::form(object.kind);
    let patch = match form {
        PatchType::Merge => merge_patch::create(original, edited),
        _ => two_way::create(object.kind.info().name, original, edited)?,
    };
    writer.patch(context, Target::of(object), form, patch)
}

/// What kubectl says when a document became that of another object.
fn identity_complaint(original: &Value, edited: &Value) -> Option<ToolError> {
    let changed = ["/apiVersion", "/kind", "/metadata/name"]
        .iter()
        .any(|it| text_at(original, it) != text_at(edited, it));
    changed.then(|| ToolError::plain("At least one of apiVersion, kind and name was changed"))
}

/// Says that the server refused; answers the lines for the head of the text.
fn failure(context: &mut Context, object: &Object, refusal: &Status) -> String {
    let plural = object.kind.info().qualified_plural();
    let name = &object.meta.name;
    context.err(&format!("error: {plural} {name:?} is invalid\n"));
    let causes = refusal.details.iter().flat_map(|it| &it.causes);
    let mut reasons: String =
        causes.map(|it| format!("# * {}: {}\n", it.field, it.message)).collect();
    if reasons.is_empty() {
        reasons = format!("# * {}\n", status_text(refusal));
    }
    format!("# {plural} {name:?} was not valid:\n{reasons}#\n")
}

/// Says that the server would not have the patch at all, and where what was edited is kept.
fn give_up(
    context: &mut Context,
    object: &Object,
    refusal: &Status,
    file: &str,
    saved: &str,
) -> Outcome {
    let (plural, name) = (object.kind.info().qualified_plural(), &object.meta.name);
    let path = format!("/tmp/{file}");
    // A full disk loses the copy, which is then not there to be used.
    let _ = context.surroundings.write(&path, saved.as_bytes());
    context.err(&format!(
        "error: {plural} {name:?} could not be patched: {}\nYou can run `kubectl replace -f {path}` to try this update again.\n",
        refusal.message
    ));
    Err(ToolError::Exit(1))
}

fn keep_copy(context: &mut Context, name: &str, text: &str) -> Result<(), ToolError> {
    let path = format!("/tmp/{name}");
    context
        .surroundings
        .write(&path, text.as_bytes())
        .map_err(|why| ToolError::plain(format!("open {path}: {}", why.0)))?;
    context.err(&format!("A copy of your changes has been stored to {path:?}\n"));
    Ok(())
}

/// The text without lines that begin with `#`.
fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|it| !it.starts_with('#'));
    lines.map(|it| format!("{it}\n")).collect()
}
