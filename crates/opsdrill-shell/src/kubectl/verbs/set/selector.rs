//! `kubectl set selector`: by which labels a service finds its pods.

use opsdrill_engine::api::{PatchType, Target};
use opsdrill_objects::Kind;
use serde_json::{Map, Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::resources::Query;
use crate::kubectl::shared_flags::{DRY_RUN, FIELD_MANAGER, FILES, PRINTING};
use crate::kubectl::writing::Writer;

use super::{LOCAL, local_documents};

/// `kubectl set selector`.
pub(super) struct Selector;

impl Verb for Selector {
    const NAME: &'static str = "selector";
    const USAGE: &'static str = "(-f FILE | TYPE NAME) EXPRESSION";
    const SUMMARY: &'static str = "Set the selector of a service";
    const TAKES: Takes = Takes::Objects(&[Kind::Service]);
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            DRY_RUN,
            FIELD_MANAGER,
            Flag::switch("all").about("All objects of the types."),
            LOCAL,
            Flag::text("resource-version").about("Only if the object is of this version."),
        ],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let Some((expression, words)) = arguments.positional.split_last() else {
            return Err(ToolError::plain("one selector is required"));
        };
        let writer = Writer::of(context, arguments, "kubectl-set")?;
        if arguments.switch("local") {
            return select_locally(context, arguments, &writer, (words, &parse(expression)?));
        }
        let query = Query { words: words.to_vec(), ..Query::of(arguments) };
        let wants = query.resolve(context)?;
        let selector = parse(expression)?;
        let (objects, mut errors) = query.fetch(context, &wants.list);
        for object in &objects {
            if object.kind != Kind::Service {
                errors.push(ToolError::plain(
                    "error: setting a selector is only supported for Services",
                ));
                continue;
            }
            let mut document = object.to_value();
            document["spec"]["selector"] = selector.clone();
            if !writer.pretends() {
                let mut patch = json!({ "spec": { "selector": replacing(object, &selector) } });
                let version = arguments.text("resource-version");
                if !version.is_empty() {
                    patch["metadata"] = json!({ "resourceVersion": version });
                }
                let target = Target::of(object);
                match writer.patch(context, target, PatchType::Merge, patch) {
                    Ok(written) => document = written.to_value(),
                    Err(refusal) => {
                        errors.push(refusal.into());
                        continue;
                    }
                }
            }
            writer.say(context, arguments, &document, "selector updated")?;
        }
        ToolError::all(errors).map(|()| 0)
    }
}

/// Changes the services of files and shows them.
fn select_locally(
    context: &mut Context,
    arguments: &Arguments,
    writer: &Writer,
    (words, selector): (&[String], &Value),
) -> Outcome {
    let mut errors = Vec::new();
    for (kind, mut document) in local_documents(context, arguments, words)? {
        if kind == Kind::Service {
            document["spec"]["selector"] = selector.clone();
            writer.say(context, arguments, &document, "selector updated")?;
        } else {
            errors
                .push(ToolError::plain("error: setting a selector is only supported for Services"));
        }
    }
    ToolError::all(errors).map(|()| 0)
}

/// The selector, with what the old one has beyond it taken away.
fn replacing(object: &opsdrill_objects::Object, selector: &Value) -> Value {
    let mut patch = selector.clone();
    let document = object.to_value();
    for key in document["spec"]["selector"].as_object().into_iter().flat_map(Map::keys) {
        if selector.get(key).is_none() {
            patch[key] = Value::Null;
        }
    }
    patch
}

/// `app=web,tier=front`: services know equality only.
fn parse(expression: &str) -> Result<Value, ToolError> {
    let mut map = Map::new();
    if let Some((key, values)) = expression.split_once(" in ") {
        let values = values.trim().trim_matches(['(', ')']).replace(',', " ");
        return Err(ToolError::plain(format!(
            "match expression [{{{} In [{values}]}}] not supported on this object",
            key.trim()
        )));
    }
    for pair in expression.split(',') {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| ToolError::not_simulated(format!("the selector {expression:?}")))?;
        map.insert(key.trim().to_owned(), value.trim_start_matches('=').trim().into());
    }
    Ok(Value::Object(map))
}
