//! `kubectl scale`: sets the number of replicas.

use opsdrill_engine::api::{Answer, Request, Subresource, Target, Verb as Ask};
use opsdrill_objects::{Kind, Object};
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::resources::Query;
use crate::kubectl::shared_flags::{DRY_RUN, FILES, LABEL_SELECTOR, PRINTING};
use crate::kubectl::writing::{Writer, reason_of};

/// `kubectl scale`.
pub(super) struct Scale;

impl Verb for Scale {
    const NAME: &'static str = "scale";
    const USAGE: &'static str = "--replicas=COUNT (-f FILE | TYPE NAME)";
    const SUMMARY: &'static str = "Set a new size for a deployment or replica set";
    const TAKES: Takes = Takes::Objects(&[Kind::Deployment, Kind::ReplicaSet]);
    const FLAGS: &'static [&'static [Flag]] = &[
        &[
            Flag::integer("replicas", "0").about("The new number of replicas."),
            Flag::integer("current-replicas", "-1").about("Only if there are so many now."),
            Flag::text("resource-version").about("Only if the object is at this version."),
            Flag::switch("all").about("All objects of the type."),
            Flag::duration("timeout", "0s").not_simulated(),
            LABEL_SELECTOR,
            DRY_RUN,
        ],
        FILES,
        PRINTING,
    ];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        let replicas = arguments.integer("replicas");
        if !arguments.is_set("replicas") {
            return Err(ToolError::plain("required flag(s) \"replicas\" not set"));
        }
        if replicas < 0 {
            return Err(ToolError::plain(
                "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
            ));
        }
        let current = arguments.integer("current-replicas");
        if arguments.is_set("current-replicas") && current < -1 {
            return Err(ToolError::plain(
                "The --current-replicas must specify an integer of -1 or greater",
            ));
        }
        let writer = Writer::of(context, arguments, "")?;
        let query = Query::of(arguments);
        let wants = query.resolve(context)?;
        let (objects, mut errors) = query.fetch(context, &wants.list);
        if objects.is_empty() {
            let whys: Vec<String> = errors.iter().map(reason_of).collect();
            let text = format!("no objects passed to scale {}", whys.join(", "));
            return Err(ToolError::plain(text.trim_end()));
        }
        for object in &objects {
            let written = if writer.pretends() {
                Ok(())
            } else {
                check(context, arguments, object, current)
                    .and_then(|()| scale(context, &writer, object, replicas))
            };
            match written {
                Ok(()) => writer.say(context, arguments, &object.to_value(), "scaled")?,
                Err(error) => errors.push(error),
            }
        }
        ToolError::all(errors).map(|()| 0)
    }
}

/// Whether the object is as the line expects it to be.
fn check(
    context: &mut Context,
    arguments: &Arguments,
    object: &Object,
    expected: i64,
) -> Result<(), ToolError> {
    let version = arguments.text("resource-version");
    if expected < 0 && version.is_empty() {
        return Ok(());
    }
    let target = Target::of(object).with(Subresource::Scale);
    let Answer::Document(scale) = context.ask(Request::new(Ask::Get, target))? else {
        panic!("the scale of an object is a document");
    };
    let replicas = scale.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or_default();
    if expected >= 0 && replicas != expected {
        return Err(ToolError::plain(format!(
            "Expected replicas to be {expected}, was {replicas}"
        )));
    }
    let actual = object.meta.resource_version.to_string();
    if !version.is_empty() && version != actual {
        return Err(ToolError::plain(format!(
            "Expected resource version to be {version}, was {actual}"
        )));
    }
    Ok(())
}

fn scale(
    context: &mut Context,
    writer: &Writer,
    object: &Object,
    replicas: i64,
) -> Result<(), ToolError> {
    let patch = json!({ "spec": { "replicas": replicas } });
    let request = Request {
        verb: Ask::Patch(opsdrill_engine::api::PatchType::Merge, patch),
        target: Target::of(object).with(Subresource::Scale),
        options: writer.options.clone(),
    };
    context.ask(request)?;
    Ok(())
}
