//! `kubectl patch`: changes fields of an object.

use opsdrill_engine::api::{Answer, PatchType, Request, Subresource, Target, Verb as Ask};
use opsdrill_objects::patch::{json_patch, json_syntax, merge_patch, strategic};
use opsdrill_objects::{Object, Status, yaml};
use serde_json::Value;

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::manifests::Sources;
use crate::kubectl::resources::Query;
use crate::kubectl::shared_flags::{DRY_RUN, FIELD_MANAGER, FILES, PRINTING};
use crate::kubectl::writing::{DryRun, Writer, subresource_of};

/// `kubectl patch`.
pub(super) struct Patch;

impl Verb for Patch {
    const NAME: &'static str = "patch";
    const USAGE: &'static str = "(-f FILE | TYPE NAME) [-p PATCH | --patch-file FILE]";
    const SUMMARY: &'static str = "Update fields of an object";
    const TAKES: Takes = Takes::Objects(&[]);
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            Flag::text("patch").short('p').about("The patch, as JSON or YAML."),
            Flag::text("patch-file").about("A file with the patch."),
            Flag::text("type").default("strategic").about("json, merge or strategic."),
            Flag::text("subresource").about("status or scale."),
            DRY_RUN,
            FIELD_MANAGER,
            Flag::switch("local").about("Change what a file says, without asking the server."),
        ],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let form = match arguments.text("type") {
            "json" => PatchType::Json,
            "merge" => PatchType::Merge,
            "strategic" => PatchType::Strategic,
            other => {
                return Err(ToolError::plain(format!(
                    "--type must be one of [json merge strategic], not {other:?}"
                )));
            }
        };
        let text = patch_text(context, arguments)?;
        let subresource = subresource_of(arguments)?;
        let patch = read(&text);
        let writer = Writer::of(context, arguments, "kubectl-patch")?;
        if arguments.switch("local") {
            return patch_files(context, arguments, &writer, form, &patch?);
        }
        let query = Query::of(arguments);
        let wants = query.resolve(context)?;
        let (objects, mut errors) = query.fetch(context, &wants.list);
        if objects.is_empty() && errors.is_empty() {
            return Err(ToolError::plain("no objects passed to patch"));
        }
        for object in &objects {
            if form == PatchType::Strategic && Writer::form(object.kind) != form {
                errors.push(not_supported(object));
                continue;
            }
            let done = patch
                .clone()
                .and_then(|patch| patch_one(context, &writer, object, subresource, (form, patch)));
            match done {
                Ok((before, after)) => {
                    let operation = if before == after { "patched (no change)" } else { "patched" };
                    // A dry run is not told here.
                    Writer { dry_run: DryRun::None, ..writer.clone() }
                        .say(context, arguments, &after, operation)?;
                }
                Err(error) => errors.push(error),
            }
        }
        ToolError::all(errors).map(|()| 0)
    }
}

/// The patch as it was given.
fn patch_text(context: &mut Context, arguments: &Arguments) -> Result<String, ToolError> {
    match (arguments.text("patch"), arguments.text("patch-file")) {
        ("", "") => Err(ToolError::plain(
            "must specify --patch or --patch-file containing the contents of the patch",
        )),
        (text, "") => Ok(text.to_owned()),
        ("", path) => {
            let bytes = context.surroundings.read(path).map_err(|why| {
                ToolError::plain(format!("unable to read patch file: open {path}: {}", why.0))
            })?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
        _ => Err(ToolError::plain("cannot specify --patch and --patch-file together")),
    }
}

/// Reads the patch: what starts as an object goes to the server as it is, so that the server complains of it.
fn read(text: &str) -> Result<Value, ToolError> {
    if text.trim_start().starts_with('{') {
        return json_syntax::parse(text).map_err(|why| Status::bad_request(why).into());
    }
    match yaml::parse_document(text) {
        Ok(document) => Ok(document.value),
        Err(why) => Err(ToolError::plain(format!("unable to parse {text:?}: {}", why.cause()))),
    }
}

/// The server takes no strategic merge patch of a custom resource, and says so before it reads any.
fn not_supported(object: &Object) -> ToolError {
    let info = object.kind.info();
    ToolError::plain(format!(
        "application/strategic-merge-patch+json is not supported by {}, Kind={}: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
        info.api_version(),
        info.name
    ))
}

/// Patches an object (or a part of it); answers the documents before and after.
fn patch_one(
    context: &mut Context,
    writer: &Writer,
    object: &Object,
    subresource: Option<Subresource>,
    (form, patch): (PatchType, Value),
) -> Result<(Value, Value), ToolError> {
    let target = Target { subresource, ..Target::of(object) };
    let before = match subresource {
        Some(Subresource::Scale) => {
            document_of(context.ask(Request::new(Ask::Get, target.clone()))?)
        }
        _ => object.to_value(),
    };
    if writer.pretends() {
        let after = patched(object.kind.info().name, &before, form, &patch)?;
        return Ok((before, after));
    }
    let verb = Ask::Patch(form, patch);
    let request = Request { verb, target, options: writer.options.clone() };
    let after = document_of(context.ask(request)?);
    Ok((before, after))
}

/// A document with a patch applied by the client.
fn patched(
    kind: &str,
    document: &Value,
    form: PatchType,
    patch: &Value,
) -> Result<Value, ToolError> {
    let patched = match form {
        PatchType::Json => json_patch::apply(document, patch),
        PatchType::Strategic => strategic::apply(kind, document, patch),
        _ => merge_patch::apply(document, patch),
    };
    patched.map_err(|why| Status::from(why).into())
}

/// `--local`: the documents of files, patched and printed.
fn patch_files(
    context: &mut Context,
    arguments: &Arguments,
    writer: &Writer,
    form: PatchType,
    patch: &Value,
) -> Outcome {
    let sources = Sources::of(arguments);
    if sources.is_empty() {
        return Err(ToolError::plain("one or more files must be specified when --local is set"));
    }
    for manifest in sources.load(context)? {
        let kind = manifest.kind()?.info().name;
        let after = patched(kind, &manifest.value, form, patch)?;
        let operation = if after == manifest.value { "patched (no change)" } else { "patched" };
        writer.say(context, arguments, &after, operation)?;
    }
    Ok(0)
}

fn document_of(answer: Answer) -> Value {
    match answer {
        Answer::Object(object) | Answer::Deleted(object) => object.to_value(),
        Answer::Document(document) => document,
        other => panic!("one object is answered by a document, not by {other:?}"),
    }
}
