//! `kubectl edit`: objects in the trainee's editor, again and again until the server takes them.
//!
//! - `results`: what the server made of a text, and the head of the next one.

mod results;

use std::sync::Arc;

use opsdrill_engine::api::{FieldValidation, PatchType, Target};
use opsdrill_objects::patch::{merge_patch, two_way};
use opsdrill_objects::{Kind, Object, Status, go_format, yaml};
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::editor::Editor;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::manifests::Manifest;
use crate::kubectl::resources::Query;
use crate::kubectl::shared_flags::{FIELD_MANAGER, FILES, PRINTING};
use crate::kubectl::writing::{Writer, reason_of, text_at, written_subresource};

use results::Results;

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
            Flag::switch("output-patch").about("Print the patch that is sent."),
            Flag::switch("save-config").not_simulated(),
            Flag::text("subresource").about("Edit the status instead of the object."),
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
        let subresource = written_subresource(arguments, "kubectl edit")?;
        let query = Query::of(arguments).types_mean_all();
        let wants = query.resolve(context)?;
        let (objects, errors) = query.fetch(context, &wants.list);
        ToolError::all(errors)?;
        let of = |it: &Arc<Object>| Original {
            kind: it.kind,
            target: Target { subresource, ..Target::of(it) },
            document: without_owners(it.to_value()),
        };
        let originals: Vec<Original> = objects.iter().map(of).collect();
        if originals.is_empty() {
            return Err(ToolError::plain("edit cancelled, no objects found"));
        }
        Session { arguments, writer: &writer, originals }.run(context)
    }
}

/// An object as it was before.
struct Original {
    kind: Kind,
    target: Target,
    document: Value,
}

/// One call of the verb.
struct Session<'a> {
    arguments: &'a Arguments,
    writer: &'a Writer,
    originals: Vec<Original>,
}

/// How a text goes on.
enum Round {
    /// It is opened again.
    Again(Results),
    /// Everything was said.
    Over(i32),
}

impl Session<'_> {
    /// The text of all objects.
    fn text(&self) -> String {
        let documents: Vec<&Value> = self.originals.iter().map(|it| &it.document).collect();
        let value = match documents.as_slice() {
            [only] => (*only).clone(),
            items => json!({ "apiVersion": "v1", "items": items, "kind": "List", "metadata": {} }),
        };
        if self.arguments.text("output") == "json" {
            format!("{}\n", go_format::json_indented(&value, "    "))
        } else {
            yaml::to_yaml(&value)
        }
    }

    /// Opens the editor until the text is taken, left alone or given up.
    fn run(&self, context: &mut Context) -> Outcome {
        let is_json = self.arguments.text("output") == "json";
        let ending = if is_json { "json" } else { "yaml" };
        let number = context.door.random_u64("kubectl edit") % 4_000_000_000;
        let file = format!("kubectl-edit-{number}.{ending}");
        let editor = Editor::of(context.surroundings);
        let first = self.text();
        let (mut body, mut results) = (first.clone(), Results::default());
        for _ in 0..ROUNDS_MAX {
            let header = if is_json { String::new() } else { results.header() };
            let saved = open(context, &editor, &file, &format!("{header}{body}"))?;
            let text = without_comments(&saved);
            if results.are_wrong() && text == without_comments(&body) {
                keep_copy(context, &file, &saved)?;
                return Err(ToolError::plain("Edit cancelled, no valid changes were saved."));
            }
            results = match self.look_at(context, &first, &saved, &text) {
                Ok(Round::Over(status)) => return Ok(status),
                Ok(Round::Again(results)) if results.refused > 0 => {
                    let path = format!("/tmp/{file}");
                    // A full disk loses the copy, which is then not there to be used.
                    let _ = context.surroundings.write(&path, saved.as_bytes());
                    context.err(&format!(
                        "You can run `kubectl replace -f {path}` to try this update again.\n"
                    ));
                    return Err(ToolError::Exit(1));
                }
                Ok(Round::Again(results)) if results.missing > 0 => {
                    let path = format!("/tmp/{file}");
                    let _ = context.surroundings.write(&path, saved.as_bytes());
                    context.err(&format!(
                        "The edits you made on deleted resources have been saved to {path:?}\n"
                    ));
                    return Err(ToolError::Exit(1));
                }
                Ok(Round::Again(results)) if results.are_wrong() => results,
                Ok(Round::Again(_)) => return Ok(0),
                Err(error) => {
                    keep_copy(context, &file, &saved)?;
                    return Err(error);
                }
            };
            body = text;
        }
        Err(ToolError::plain("Edit cancelled, no valid changes were saved."))
    }

    /// Reads a saved text and sends what changed.
    fn look_at(
        &self,
        context: &mut Context,
        first: &str,
        saved: &str,
        text: &str,
    ) -> Result<Round, ToolError> {
        let mut results = Results::default();
        let (kind, name) = (self.originals[0].kind, self.originals[0].target.name.to_string());
        let edited = match read(text) {
            Ok(value) => value,
            Err(why) => {
                results.add_invalid(context, kind, &name, &why);
                return Ok(Round::Again(results));
            }
        };
        if text == without_comments(first) {
            context.err("Edit cancelled, no changes made.\n");
            return Ok(Round::Over(0));
        }
        if saved.trim().is_empty() {
            context.err("Edit cancelled, saved file was empty.\n");
            return Ok(Round::Over(0));
        }
        let items = match edited.get("items").and_then(Value::as_array) {
            Some(items) if text_at(&edited, "/kind") == "List" => items.clone(),
            _ => vec![edited],
        };
        for item in &items {
            if let Err(error) = Manifest::new(context, "edited-file", item.clone()).kind() {
                results.add_syntax_error(&reason_of(&error));
                return Ok(Round::Again(results));
            }
        }
        let known = |it: &&Value| {
            let uid = text_at(it, "/metadata/uid");
            self.originals.iter().any(|own| text_at(&own.document, "/metadata/uid") == uid)
        };
        if items.iter().filter(known).count() < items.len() {
            let what = "kubectl edit of a document without its uid";
            return Err(ToolError::not_simulated(what));
        }
        for item in &items {
            self.send(context, item, &mut results)?;
        }
        Ok(Round::Again(results))
    }

    /// Sends what was changed of an object, and says so.
    fn send(
        &self,
        context: &mut Context,
        edited: &Value,
        results: &mut Results,
    ) -> Result<(), ToolError> {
        let uid = text_at(edited, "/metadata/uid");
        let found = self.originals.iter().find(|it| text_at(&it.document, "/metadata/uid") == uid);
        let Some(original) = found else {
            return Err(ToolError::not_simulated("kubectl edit of a document without its uid"));
        };
        let Original { kind, target, document } = original;
        let (before, after) =
            (text_at(document, "/metadata/namespace"), text_at(edited, "/metadata/namespace"));
        if before != after && !after.is_empty() {
            return Err(ToolError::plain(format!(
                "the namespace from the provided object {after:?} does not match the namespace {before:?}. You must pass '--namespace={after}' to perform this operation."
            )));
        }
        if edited == document {
            return self.writer.say(context, self.arguments, document, "skipped");
        }
        if let Some(complaint) = identity_complaint(document, edited) {
            return Err(complaint);
        }
        let form = Writer::form(*kind);
        let patch = match form {
            PatchType::Merge => Ok(merge_patch::create(document, edited)),
            _ => two_way::create(kind.info().name, document, edited),
        };
        let patch = patch.map_err(|why| ToolError::from(Status::from(why)))?;
        if self.arguments.switch("output-patch") {
            context.out(&format!("Patch: {}\n", go_format::json(&patch)));
        }
        match self.writer.patch(context, target.clone(), form, patch) {
            Ok(written) => self.writer.say(context, self.arguments, &written.to_value(), "edited"),
            Err(refusal) => {
                results.add_refusal(context, *kind, &target.name, &refusal);
                Ok(())
            }
        }
    }
}

/// Reads a text as a document that says what it is.
fn read(text: &str) -> Result<Value, String> {
    let document = yaml::parse_document(text).map_err(|why| {
        let why = why.to_string();
        why.trim_start_matches("error converting YAML to JSON: ").to_owned()
    })?;
    let is_missing = |key: &str| text_at(&document.value, key).is_empty();
    match (is_missing("/apiVersion"), is_missing("/kind")) {
        (true, true) => Err("[apiVersion not set, kind not set]".to_owned()),
        (true, false) => Err("apiVersion not set".to_owned()),
        (false, true) => Err("kind not set".to_owned()),
        (false, false) => Ok(document.value),
    }
}

/// A document as it is edited: owners are nobody's to edit.
fn without_owners(mut document: Value) -> Value {
    if let Some(metadata) = document.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    document
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

/// What kubectl says when a document became that of another object.
fn identity_complaint(original: &Value, edited: &Value) -> Option<ToolError> {
    let changed = ["/apiVersion", "/kind", "/metadata/name"]
        .iter()
        .any(|it| text_at(original, it) != text_at(edited, it));
    changed.then(|| ToolError::plain("At least one of apiVersion, kind and name was changed"))
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
