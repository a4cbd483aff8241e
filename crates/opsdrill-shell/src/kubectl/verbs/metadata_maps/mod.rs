//! `kubectl label` and `kubectl annotate`: the two maps of an object's metadata.

mod annotate;
mod label;

use std::sync::Arc;

use opsdrill_engine::api::{PatchType, Target};
use opsdrill_objects::patch::merge_patch;
use opsdrill_objects::{Kind, Object};
use serde_json::{Value, json};

use crate::kubectl::command::Outcome;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::manifests::Sources;
use crate::kubectl::pairs::Words;
use crate::kubectl::resources::Query;
use crate::kubectl::shared_flags::{
    ALL_NAMESPACES, DRY_RUN, FIELD_MANAGER, FIELD_SELECTOR, LABEL_SELECTOR,
};
use crate::kubectl::writing::Writer;

pub(super) use annotate::Annotate;
pub(super) use label::Label;

/// Flags of both verbs.
const SHARED: &[Flag] = &[
    LABEL_SELECTOR,
    FIELD_SELECTOR,
    ALL_NAMESPACES,
    DRY_RUN,
    FIELD_MANAGER,
    Flag::switch("all").about("All objects of the types."),
    Flag::switch("list").about("Print what there is."),
    Flag::switch("overwrite").about("Change values that exist."),
    Flag::text("resource-version").about("Only if the object is of this version."),
    Flag::switch("local").about("Change what a file says, without asking the server."),
];

/// One of the maps.
#[derive(Clone, Copy)]
struct Map {
    /// `label`.
    name: &'static str,
    /// `labels`, the field.
    field: &'static str,
    /// The name under which fields are owned.
    manager: &'static str,
    /// Complaint about a pair that cannot be, before the server is asked.
    refuse: fn(key: &str, value: &str) -> Option<String>,
    /// Complaint about values that exist, from `(key, value)`.
    exists: fn(&[(String, String)]) -> String,
    /// Complaint about keys that are to be set and removed at once.
    both: fn(&[&str]) -> String,
    /// What was done, from the documents before and after.
    operation: fn(&Value, &Value, overwrite: bool) -> &'static str,
}

fn run(context: &mut Context, arguments: &Arguments, map: Map) -> Outcome {
    let words = Words::split(&arguments.positional, map.name)?;
    let lists = arguments.switch("list");
    if words.objects.is_empty() && arguments.list("filename").is_empty() {
        return Err(ToolError::plain(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    if words.pairs.is_empty() && words.removals.is_empty() && !lists {
        return Err(ToolError::plain(format!("at least one {} update is required", map.name)));
    }
    if let Some(refusal) = words.pairs.iter().find_map(|(key, value)| (map.refuse)(key, value)) {
        return Err(ToolError::plain(refusal));
    }
    let both: Vec<&str> = words
        .removals
        .iter()
        .filter(|it| words.pairs.iter().any(|(key, _)| key == *it))
        .map(String::as_str)
        .collect();
    if !both.is_empty() {
        return Err(ToolError::plain((map.both)(&both)));
    }
    let writer = Writer::of(context, arguments, map.manager)?;
    if arguments.switch("local") {
        return change_files(context, arguments, &writer, (map, &words));
    }
    let query = Query { words: words.objects.clone(), ..Query::of(arguments) };
    let wants = query.resolve(context)?;
    let (objects, mut errors) = query.fetch(context, &wants.list);
    for object in &objects {
        if lists {
            let overwrite = arguments.switch("overwrite");
            let document = object.to_value();
            // What the line also changes is shown as if it were done, and not done.
            let (document, _) = changed(&document, object.kind, overwrite, (map, &words))?;
            let text = listing(object, &document, map, wants.single);
            context.out(&text);
            continue;
        }
        if let Err(error) = change(context, arguments, &writer, object, (map, &words)) {
            errors.push(error);
        }
    }
    ToolError::all(errors).map(|()| 0)
}

fn listing(object: &Object, document: &Value, map: Map, single: bool) -> String {
    let fields = document["metadata"][map.field].as_object();
    let mut text = String::new();
    if !single {
        let info = object.kind.info();
        text = format!(
            "Listing {} for {}.{}/{}:\n",
            map.field, info.name, info.group, object.meta.name
        );
    }
    let indent = if single { "" } else { " " };
    for (key, value) in fields.into_iter().flatten() {
        text.push_str(&format!("{indent}{key}={}\n", value.as_str().unwrap_or_default()));
    }
    text
}

/// The document with the map changed, and the complaints about labels that are not there.
fn changed(
    before: &Value,
    kind: Kind,
    overwrite: bool,
    (map, words): (Map, &Words),
) -> Result<(Value, String), ToolError> {
    let mut after = before.clone();
    if !after["metadata"][map.field].is_object() {
        after["metadata"][map.field] = json!({});
    }
    let fields = after["metadata"][map.field].as_object_mut().expect("made one just now");
    if !overwrite {
        let taken: Vec<(String, String)> = words
            .pairs
            .iter()
            .filter_map(|(key, value)| {
                let old = fields.get(key)?.as_str()?;
                (old != value).then(|| (key.clone(), old.to_owned()))
            })
            .collect();
        if !taken.is_empty() {
            return Err(ToolError::plain((map.exists)(&taken)));
        }
    }
    for (key, value) in &words.pairs {
        fields.insert(key.clone(), value.clone().into());
    }
    let mut missing = String::new();
    for key in &words.removals {
        if fields.remove(key).is_none() && kind != Kind::Event && map.name == "label" {
            missing.push_str(&format!("label {key:?} not found.\n"));
        }
    }
    if fields.is_empty()
        && let Some(metadata) = after["metadata"].as_object_mut()
    {
        metadata.remove(map.field);
    }
    Ok((after, missing))
}

/// `--local`: the documents of files, changed and printed.
fn change_files(
    context: &mut Context,
    arguments: &Arguments,
    writer: &Writer,
    (map, words): (Map, &Words),
) -> Outcome {
    let overwrite = arguments.switch("overwrite");
    for manifest in Sources::of(arguments).load(context)? {
        let before = &manifest.value;
        let (after, missing) = changed(before, manifest.kind()?, overwrite, (map, words))?;
        context.out(&missing);
        writer.say(context, arguments, &after, (map.operation)(before, &after, overwrite))?;
    }
    Ok(0)
}

fn change(
    context: &mut Context,
    arguments: &Arguments,
    writer: &Writer,
    object: &Arc<Object>,
    (map, words): (Map, &Words),
) -> Result<(), ToolError> {
    let before = object.to_value();
    let overwrite = arguments.switch("overwrite");
    let (after, missing) = changed(&before, object.kind, overwrite, (map, words))?;
    context.out(&missing);
    let operation = (map.operation)(&before, &after, overwrite);
    let mut patch = merge_patch::create(&before, &after);
    let version = arguments.text("resource-version");
    if !version.is_empty() && patch != json!({}) {
        patch["metadata"]["resourceVersion"] = version.into();
    }
    if writer.pretends() || patch == json!({}) {
        return writer.say(context, arguments, &after, operation);
    }
    let written = writer.patch(context, Target::of(object), PatchType::Merge, patch)?;
    writer.say(context, arguments, &written.to_value(), operation)
}
