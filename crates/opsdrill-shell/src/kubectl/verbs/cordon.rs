//! `kubectl cordon` and `kubectl uncordon`: whether new pods may come to a node.

use opsdrill_engine::api::{PatchType, Target};
use opsdrill_objects::{Kind, Object};
use serde_json::{Value, json};

use crate::kubectl::command::{Outcome, Verb};
use crate::kubectl::completion::Takes;
use crate::kubectl::context::Context;
use crate::kubectl::errors::ToolError;
use crate::kubectl::flags::{Arguments, Flag};
use crate::kubectl::resources::{Query, Want};
use crate::kubectl::shared_flags::{DRY_RUN, LABEL_SELECTOR};
use crate::kubectl::writing::{Writer, reason_of};

/// `kubectl cordon`.
pub(super) struct Cordon;

/// `kubectl uncordon`.
pub(super) struct Uncordon;

impl Verb for Cordon {
    const NAME: &'static str = "cordon";
    const USAGE: &'static str = "NODE";
    const SUMMARY: &'static str = "Mark a node as unschedulable";
    const TAKES: Takes = Takes::Names(Kind::Node);
    const FLAGS: &'static [&'static [Flag]] = &[&[LABEL_SELECTOR, DRY_RUN]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        run(context, arguments, true)
    }
}

impl Verb for Uncordon {
    const NAME: &'static str = "uncordon";
    const USAGE: &'static str = "NODE";
    const SUMMARY: &'static str = "Mark a node as schedulable";
    const TAKES: Takes = Takes::Names(Kind::Node);
    const FLAGS: &'static [&'static [Flag]] = &[&[LABEL_SELECTOR, DRY_RUN]];

    fn run(context: &mut Context, arguments: &Arguments) -> Outcome {
        run(context, arguments, false)
    }
}

fn run(context: &mut Context, arguments: &Arguments, cordon: bool) -> Outcome {
    let writer = Writer::of(context, arguments, "")?;
    let verb = if cordon { "cordon" } else { "uncordon" };
    let selector = arguments.text("selector");
    if selector.is_empty() && arguments.positional.is_empty() {
        return Err(ToolError::usage(format!("USAGE: {verb} NODE [flags]")));
    }
    if !selector.is_empty() && !arguments.positional.is_empty() {
        return Err(ToolError::usage("cannot specify both a node name and a --selector option"));
    }
    let query = Query { labels: selector.to_owned(), ..Query::default() };
    let wants: Vec<Want> = if selector.is_empty() {
        let names = arguments.positional.iter();
        names
            .map(|it| Want::One {
                kind: Kind::Node,
                namespace: String::new(),
                name: it.trim_start_matches("node/").trim_start_matches("nodes/").to_owned(),
            })
            .collect()
    } else {
        vec![Want::All { kind: Kind::Node, namespace: String::new() }]
    };
    let (nodes, mut errors) = query.fetch(context, &wants);
    for node in &nodes {
        if let Err(error) = mark(context, &writer, node, cordon) {
            let (name, why) = (&node.meta.name, reason_of(&error));
            errors.push(ToolError::plain(format!("unable to {verb} node {name:?}: {why}")));
        }
    }
    ToolError::all(errors).map(|()| 0)
}

fn mark(
    context: &mut Context,
    writer: &Writer,
    node: &Object,
    cordon: bool,
) -> Result<(), ToolError> {
    let document = node.to_value();
    let is = document.pointer("/spec/unschedulable").and_then(Value::as_bool).unwrap_or_default();
    let (name, verb) = (&node.meta.name, if cordon { "cordoned" } else { "uncordoned" });
    if is == cordon {
        context.out(&format!("node/{name} already {verb}{}\n", writer.suffix()));
        return Ok(());
    }
    if !writer.pretends() {
        let value = if cordon { json!(true) } else { Value::Null };
        let patch = json!({ "spec": { "unschedulable": value } });
        writer.patch(context, Target::of(node), PatchType::Strategic, patch)?;
    }
    context.out(&format!("node/{name} {verb}{}\n", writer.suffix()));
    Ok(())
}
